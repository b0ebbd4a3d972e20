"""Answers without a look at the body. ?bytes=N makes the answer longer."""

from urllib.parse import parse_qs


def application(environ, start_response):
    size = int(parse_qs(environ["QUERY_STRING"]).get("bytes", ["7"])[0])
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(size))])
    return (b"x" * min(65536, size - start) for start in range(0, size, 65536))
