"""Reads the first line of the body only, and returns it."""


def application(environ, start_response):
    line = environ["wsgi.input"].readline()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(line)))])
    return [line]
