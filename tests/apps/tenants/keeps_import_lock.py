"""A thread of its import keeps Python's import lock until there is a byte on the pipe gate beside it."""

import _imp
import os
import threading

HERE = os.path.dirname(__file__)
IS_HELD = threading.Event()


def keep():
    with open(os.path.join(HERE, "gate"), "rb", buffering=0) as gate:
        _imp.acquire_lock()
        IS_HELD.set()
        gate.read(1)
        _imp.release_lock()


threading.Thread(target=keep, daemon=True).start()
IS_HELD.wait()


def application(environ, start_response):
    start_response("200 OK", [])
    return [b"imported"]
