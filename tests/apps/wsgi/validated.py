"""An application behind wsgiref.validate, which raises when the server or the application breaks PEP 3333."""

from wsgiref.validate import validator


def echo(environ, start_response):
    body = environ["wsgi.input"].read(-1)
    environ["wsgi.errors"].flush()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body) + 3))])
    return [b"ok ", body]


application = validator(echo)
