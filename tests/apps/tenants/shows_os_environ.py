"""One line "NAME=value" per variable of the process."""

import os


def application(environ, start_response):
    body = "".join(f"{name}={value}\n" for name, value in sorted(os.environ.items()))
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [body.encode("utf-8", "surrogateescape")]
