"""Writes as many lines of 1000 bytes to the error log as the query string says, and then answers."""


def application(environ, start_response):
    for number in range(int(environ["QUERY_STRING"] or 0)):
        environ["wsgi.errors"].write(f"{number:08} ".ljust(999, "x") + "\n")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"said"]
