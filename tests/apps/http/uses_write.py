"""The write() callable: b"one ", b"two " before the callable returns, b"three" from the iterable. ?raise raises after
the first write; ?gate=PATH waits for a byte between the writes; ?type writes a str."""

from urllib.parse import parse_qs


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write("text" if "type" in query else b"one ")
    if "raise" in query:
        raise ValueError("raised after write()")
    if "gate" in query:
        with open(query["gate"][0], "rb", buffering=0) as gate:
            gate.read(1)
    write(b"")
    write(b"two ")
    return [b"three"]
