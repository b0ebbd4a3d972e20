"""Keeps the GIL busy with pure Python for ?seconds=F."""

import time
from urllib.parse import parse_qs


def application(environ, start_response):
    end = time.monotonic() + float(parse_qs(environ["QUERY_STRING"])["seconds"][0])
    rounds = 0
    while time.monotonic() < end:
        rounds += 1
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(rounds).encode()]
