"""Says on ?tell=FIFO that it has begun, waits for a byte from ?gate=FIFO, and echoes its body."""

from urllib.parse import parse_qs


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    with open(query["tell"][0], "w") as tell:
        tell.write("begun\n")
    with open(query["gate"][0], "rb", buffering=0) as gate:
        gate.read(1)
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
