"""The smallest answer that a WSGI application can give: it measures the server, not itself."""

BODY = b"Hello, World!"
HEADERS = [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))]


def application(environ, start_response):
    start_response("200 OK", HEADERS[:])
    return [BODY]
