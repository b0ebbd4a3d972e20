"""The application of every site of a chaos run: says exactly which request it answers, or does what an application must
never do.

An honest answer is JSON with all that identifies the request. Behind /harm/ stands one misdeed each.
"""

import ctypes
import hashlib
import json
import os
import signal
import sys
import tempfile
import threading
import time


def answer(environ, start_response):
    body = environ["wsgi.input"]
    digest = hashlib.sha256()
    size = 0
    while piece := body.read(65536):
        digest.update(piece)
        size += len(piece)
    said = json.dumps({
        "site": os.environ.get("CHAOS_SITE") or environ.get("chaos.site"),
        "group": environ["mod_wsgi.process_group"],
        "host": environ["HTTP_HOST"],
        "method": environ["REQUEST_METHOD"],
        "path": environ["SCRIPT_NAME"] + environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "token": environ.get("HTTP_X_TOKEN", ""),
        "size": size,
        "sha256": digest.hexdigest(),
    }).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(said))),
                              ("X-Token", environ.get("HTTP_X_TOKEN", ""))])
    return [said]


def large(environ, start_response):
    """A body of ?N bytes that its token determines, in pieces of an odd size."""
    count = int(environ["QUERY_STRING"])
    unit = hashlib.sha256(environ.get("HTTP_X_TOKEN", "").encode()).hexdigest().encode()
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(count))])
    whole = unit * (count // len(unit) + 1)
    return (whole[at:min(at + 70_001, count)] for at in range(0, count, 70_001))


def raises(environ, start_response):
    raise RuntimeError("x" * int(environ["QUERY_STRING"] or 10))


def raises_midway(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"begun"
    raise RuntimeError("midway")


def sends_less(environ, start_response):
    start_response("200 OK", [("Content-Length", "1000")])
    return [b"less"]


def has_large_head(environ, start_response):
    start_response("200 OK", [("X-Large", "h" * int(environ["QUERY_STRING"] or 10))])
    return [b"head"]


def sleeps(environ, start_response):
    time.sleep(float(environ["QUERY_STRING"] or 0.1))
    return answer(environ, start_response)


def computes(environ, start_response):
    end = time.monotonic() + float(environ["QUERY_STRING"] or 0.1)
    while time.monotonic() < end:
        pass
    return answer(environ, start_response)


def computes_behind(environ, start_response):
    """A thread of the application goes on computing when the request has been answered."""
    end = time.monotonic() + 0.5

    def compute():
        while time.monotonic() < end:
            pass

    threading.Thread(target=compute, daemon=True).start()
    return answer(environ, start_response)


def dies(environ, start_response):
    os.kill(os.getpid(), signal.SIGKILL)


def exits(environ, start_response):
    os._exit(3)


def forks(environ, start_response):
    """The child comes back into the server, as a view that forgets to leave does."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return answer(environ, start_response)


def wraps(environ, start_response):
    """A temporary file by wsgi.file_wrapper, with the token in it."""
    file = tempfile.TemporaryFile()
    file.write(environ.get("HTTP_X_TOKEN", "").encode() * 4096)
    file.seek(0)
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return environ["wsgi.file_wrapper"](file)


def logs(environ, start_response):
    print("chaos " * 2000, file=sys.stderr)
    ctypes.CDLL(None).write(2, b"chaos of a C library\n", 21)
    return answer(environ, start_response)


HARM = {f.__name__: f for f in (
    raises, raises_midway, sends_less, has_large_head, sleeps, computes, computes_behind, dies, exits, forks, logs)}


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path.startswith("/harm/"):
        return HARM[path.removeprefix("/harm/")](environ, start_response)
    if path.startswith("/large"):
        return large(environ, start_response)
    if path.startswith("/wraps"):
        return wraps(environ, start_response)
    return answer(environ, start_response)


def process_group(environ):
    """For WSGIDispatchScript: the same group for every request, after a look at it."""
    return "asked"
