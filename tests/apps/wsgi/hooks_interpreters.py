"""Has an audit hook (sys.addaudithook) that lets nobody make an interpreter, once it has been asked."""

import sys


def hook(event, arguments):
    if event == "cpython.PyInterpreterState_New":
        raise RuntimeError("no interpreter is made here")


def application(environ, start_response):
    sys.addaudithook(hook)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"done"]
