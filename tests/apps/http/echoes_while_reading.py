"""Full duplex: each piece of the body goes back as soon as it was read. ?piece=BYTES sets how much is read at once."""

from urllib.parse import parse_qs


def application(environ, start_response):
    piece = int(parse_qs(environ["QUERY_STRING"]).get("piece", ["65536"])[0])
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return iter(lambda: environ["wsgi.input"].read(piece), b"")
