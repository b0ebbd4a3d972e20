"""Tells which script it is: its file name, SCRIPT_NAME and PATH_INFO, a line each."""

import os


def application(environ, start_response):
    lines = (os.path.basename(__file__), environ["SCRIPT_NAME"], environ["PATH_INFO"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return ["".join(line + "\n" for line in lines).encode("latin-1")]
