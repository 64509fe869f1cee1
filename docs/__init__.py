"""The documentation, which the server serves at `/docs/`."""
