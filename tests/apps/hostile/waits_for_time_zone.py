"""Sets a time zone whose file is ?FILE: the C library keeps others from theirs until it has read it."""

import os
import time


def application(environ, start_response):
    os.environ["TZ"] = ":" + environ["QUERY_STRING"]
    time.tzset()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"set"]
