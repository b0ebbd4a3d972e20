"""Raises at a moment of the query's choice: ?at_call, ?after_start, ?before_first, ?after_first, ?system_exit."""

import sys


def iterate(when):
    if when == "before_first":
        raise ValueError("raised before the first piece")
    yield b"part1"
    raise ValueError("raised after the first piece")


def application(environ, start_response):
    when = environ["QUERY_STRING"]
    if when == "at_call":
        raise ValueError("raised in the call")
    if when == "system_exit":
        sys.exit(3)
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-App", "yes")])
    if when == "after_start":
        raise ValueError("raised after start_response")
    return iterate(when)
