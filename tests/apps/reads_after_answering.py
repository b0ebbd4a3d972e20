"""Sends its first bytes, then reads the body and tells its size."""


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"first "
    size = sum(len(block) for block in iter(lambda: environ["wsgi.input"].read(65536), b""))
    yield str(size).encode()
