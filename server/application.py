"""The web application: SPARQL, linked data, catalogue and pages over an engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask

from innograph.server import (
    catalog,
    citations,
    discovery,
    documentation,
    downloads,
    graph_store,
    headers,
    health,
    memento,
    metrics,
    observing,
    openapi,
    pages,
    pictures,
    problems,
    releases,
    resources,
    search,
    sparql,
    timemaps,
    update,
    verify,
)
from innograph.server.context import Context
from innograph.server.engine import Engine
from innograph.server.engine.local import LocalEngine
from innograph.server.exports import Exports
from innograph.server.look_ups import LookUps
from innograph.server.observing import Observed
from innograph.server.reconciliation import views as reconciliation
from innograph.server.response_cache import ResponseCache
from innograph.server.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


def create_wsgi(settings: Settings, engine: Engine) -> WSGIApplication:
    """The whole server as a WSGI application: the log, the response cache, look-ups, Flask."""
    application: WSGIApplication = LookUps(create_app(settings, engine), engine)
    if settings.cache_bytes:
        application = ResponseCache(application, engine, settings.cache_bytes, settings.cache_entries)
    return Observed(application)


def create_app(settings: Settings | None = None, engine: Engine | None = None) -> Flask:
    """Make the application. `engine` defaults to the local one over the settings' store."""
    settings = settings or Settings.from_environment()
    # Flask cannot guess its folders for a part of a namespace package.
    here = Path(__file__).parent
    app = Flask(__name__, root_path=str(here), instance_path=str(here), static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["innograph"] = Context(
        settings,
        engine or engine_of(settings),
        Exports(settings.store, enabled=not settings.scratch),
    )
    observing.register(app)
    headers.register(app)
    problems.register(app)
    memento.register(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(openapi.blueprint)
    app.register_blueprint(metrics.blueprint)
    app.register_blueprint(sparql.blueprint)
    app.register_blueprint(update.blueprint)
    app.register_blueprint(graph_store.blueprint)
    app.register_blueprint(catalog.blueprint)
    app.register_blueprint(downloads.blueprint)
    app.register_blueprint(documentation.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(citations.blueprint)
    app.register_blueprint(pictures.blueprint)
    app.register_blueprint(search.blueprint)
    app.register_blueprint(releases.blueprint)
    app.register_blueprint(timemaps.blueprint)
    app.register_blueprint(discovery.blueprint)
    app.register_blueprint(reconciliation.blueprint)
    app.register_blueprint(verify.blueprint)
    app.register_blueprint(resources.blueprint)
    return app


def engine_of(settings: Settings) -> Engine:
    """The engine that the settings describe: over a store elsewhere where they name one, else the local one.

    Raises:
        ValueError: the settings of a store elsewhere make no sense.
    """
    if not settings.engine:
        return local_engine(settings)
    from innograph.server.engine.remote import remote_engine  # its HTTP client takes a while to import

    return remote_engine(settings)


def entries(text: str) -> tuple[str, ...]:
    """The entries of a setting that lists some, separated by commas."""
    return tuple(entry for part in text.split(",") if (entry := part.strip()))


def local_engine(settings: Settings) -> LocalEngine:
    """The local engine that the settings describe."""
    return LocalEngine(
        settings.store,
        deadline=settings.deadline,
        evaluators=settings.evaluators,
        ready=settings.ready_evaluators,
        memory=settings.evaluator_memory,
        memory_together=settings.evaluators_memory,
        max_result_bytes=settings.max_result_bytes,
        writer_memory=settings.writer_memory,
        write_deadline=settings.write_deadline,
        general=settings.scratch,
        allow_service=entries(settings.allow_service),
        allow_load=entries(settings.allow_load),
        on_end=metrics.evaluator_ended,
    )
