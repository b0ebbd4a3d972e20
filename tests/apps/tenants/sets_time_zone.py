"""Lives in Japan, and takes its whole process there."""

import os
import time


def application(environ, start_response):
    os.environ["TZ"] = "JST-9"
    time.tzset()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [time.strftime("%H%M").encode()]
