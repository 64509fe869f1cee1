"""The web server: `application` makes the Flask application, `engine` answers SPARQL.

Nothing is imported here, so that an evaluator, which is a part of this package, starts at once.
"""
