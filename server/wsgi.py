"""The WSGI application that a server loads: `innograph.server.wsgi:app`, set up by the environment."""

from innograph.server.application import create_app

app = create_app()
