"""?GATE: starts a process by fork(2) itself, behind Python's back, which goes on until a byte comes on that pipe."""

import ctypes
import os
import platform

FORK = (57,) if platform.machine() == "x86_64" else (220, 17, 0, 0, 0, 0)  # clone(SIGCHLD, …)


def application(environ, start_response):
    with open(environ["QUERY_STRING"], "rb", buffering=0) as gate:
        # With the GIL held, which the new process would not get back.
        if ctypes.PyDLL(None).syscall(*FORK) == 0:
            gate.read(1)
            os._exit(0)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"left"]
