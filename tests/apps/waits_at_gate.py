"""Tells on the pipe ?tell=PATH that it has begun, waits for a byte on ?gate=PATH, and answers."""

import os
from urllib.parse import parse_qs


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    with open(query["tell"][0], "w") as tell:
        tell.write(f"begun {os.getpid()}\n")
    with open(query["gate"][0], "rb", buffering=0) as gate:
        gate.read(1)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return [b"passed"]
