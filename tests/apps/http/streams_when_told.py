"""Yields "tick N\\n" for each byte that arrives on the pipe ?gate=PATH; "." is one more tick, "!" raises, "#" ends."""

from urllib.parse import parse_qs


def ticks(gate):
    with open(gate, "rb", buffering=0) as pipe:
        number = 0
        while (order := pipe.read(1)) == b".":
            number += 1
            yield b"tick %d\n" % number
        if order == b"!":
            raise ValueError("told to raise")


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    headers = [("Content-Type", "text/plain")]
    if "length" in query:
        headers.append(("Content-Length", query["length"][0]))
    start_response("200 OK", headers)
    return ticks(query["gate"][0])
