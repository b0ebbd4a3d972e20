"""Ends its own process with signal ?N, after its first bytes with ?N&late."""

import os


def application(environ, start_response):
    number, _, late = environ["QUERY_STRING"].partition("&")
    start_response("200 OK", [("Content-Type", "text/plain")])
    if late:
        yield b"part1"
    os.kill(os.getpid(), int(number))
    yield b"survived"
