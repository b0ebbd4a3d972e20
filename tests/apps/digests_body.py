"""An upload sink in constant memory: answers "SIZE SHA256" of the body; with ?size only "SIZE"."""

import hashlib


def application(environ, start_response):
    digest = None if environ["QUERY_STRING"] == "size" else hashlib.sha256()
    size = 0
    for block in iter(lambda: environ["wsgi.input"].read(262144), b""):
        size += len(block)
        if digest:
            digest.update(block)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{size} {digest.hexdigest()}".encode() if digest else str(size).encode()]
