"""The WSGI application that a server loads: `innograph.server.wsgi:app`, set up by the environment."""

import os

from innograph.server import lifecycle
from innograph.server.application import create_wsgi, engine_of
from innograph.server.settings import Settings, secret_variables

settings = Settings.from_environment()
for variable in secret_variables():  # the processes that evaluate what clients send need none of them
    os.environ.pop(variable, None)
lifecycle.take_signals()
lifecycle.follow_parent(settings.grace)
engine = engine_of(settings)
lifecycle.at_exit(engine.close)
app = create_wsgi(settings, engine)
