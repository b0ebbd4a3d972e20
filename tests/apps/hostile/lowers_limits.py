"""Lowers limits (setrlimit(2)): PID,NAME,SOFT,HARD of the query string; 0 is this process, and a
hard limit of -2 stays as it is."""

import os
import resource


def application(environ, start_response):
    result = str(os.getpid())
    if environ["QUERY_STRING"]:
        pid, name, soft, hard = environ["QUERY_STRING"].split(",")
        which = getattr(resource, name)
        now = resource.prlimit(int(pid), which)
        resource.prlimit(int(pid), which, (int(soft), now[1] if hard == "-2" else int(hard)))
        result = "lowered"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [result.encode()]
