"""The web application: SPARQL, linked data, catalogue and pages over an engine."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from innograph.server import (
    catalog,
    graph_store,
    headers,
    health,
    pages,
    problems,
    resources,
    search,
    sparql,
    update,
)
from innograph.server.context import Context
from innograph.server.engine import Engine
from innograph.server.engine.local import LocalEngine
from innograph.server.settings import Settings


def create_app(settings: Settings | None = None, engine: Engine | None = None) -> Flask:
    """Make the application. `engine` defaults to the local one over the settings' store."""
    settings = settings or Settings.from_environment()
    # Flask cannot guess its folders for a part of a namespace package.
    here = Path(__file__).parent
    app = Flask(__name__, root_path=str(here), instance_path=str(here), static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["innograph"] = Context(settings, engine or local_engine(settings))
    headers.register(app)
    problems.register(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(sparql.blueprint)
    app.register_blueprint(update.blueprint)
    app.register_blueprint(graph_store.blueprint)
    app.register_blueprint(catalog.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(search.blueprint)
    app.register_blueprint(resources.blueprint)
    return app


def local_engine(settings: Settings) -> LocalEngine:
    """The local engine that the settings describe."""
    return LocalEngine(
        settings.store,
        deadline=settings.deadline,
        evaluators=settings.evaluators,
        spares=settings.spares,
        memory=settings.evaluator_memory,
        max_result_bytes=settings.max_result_bytes,
        writer_memory=settings.writer_memory,
        write_deadline=settings.write_deadline,
        general=settings.scratch,
    )
