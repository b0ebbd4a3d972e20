"""?bytes=N bytes in pieces of ?piece=BYTES (default 64 KiB), with Content-Length when ?length is there."""

from urllib.parse import parse_qs


def pieces(total, size):
    block = b"d" * size
    for _ in range(total // size):
        yield block
    yield block[: total % size]


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    total = int(query["bytes"][0])
    headers = [("Content-Type", "application/octet-stream")]
    if "length" in query:
        headers.append(("Content-Length", str(total)))
    start_response("200 OK", headers)
    return pieces(total, int(query.get("piece", ["65536"])[0]))
