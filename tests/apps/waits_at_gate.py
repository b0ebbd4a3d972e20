"""Tells on the pipe ?tell=PATH that it has begun, waits for a byte on ?gate=PATH, and answers."""

import os
from urllib.parse import parse_qs


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    # Open before it is told: whoever has been told may remove it.
    with open(query["gate"][0], "rb", buffering=0) as gate:
        with open(query["tell"][0], "w") as tell:
            tell.write(f"begun {os.getpid()}\n")
        gate.read(1)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return [b"passed"]
