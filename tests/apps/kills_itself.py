"""Ends its own process with signal ?N, after its first bytes with ?N&late."""

import signal


def application(environ, start_response):
    number, _, late = environ["QUERY_STRING"].partition("&")
    start_response("200 OK", [("Content-Type", "text/plain")])
    if late:
        yield b"part1"
    signal.raise_signal(int(number))  # to this thread, so that nothing below runs
    yield b"survived"
