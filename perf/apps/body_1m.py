"""One bytes object of 1 MiB: what does it cost to move a large body?"""

BODY = b"0123456789abcdef" * 65536
HEADERS = [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(BODY)))]


def application(environ, start_response):
    start_response("200 OK", HEADERS[:])
    return [BODY]
