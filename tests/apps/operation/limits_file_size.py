"""Says of the process whose number is the query string that its files may have no bytes."""

import resource


def application(environ, start_response):
    resource.prlimit(int(environ["QUERY_STRING"]), resource.RLIMIT_FSIZE, (0, 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"limited"]
