"""Says on ?tell=FIFO that it has begun, waits for a byte from ?gate=FIFO if there is one, and echoes its body."""

from urllib.parse import parse_qs


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    with open(query["tell"][0], "w") as tell:
        tell.write("begun\n")
    for path in query.get("gate", []):
        with open(path, "rb", buffering=0) as gate:
            gate.read(1)
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
