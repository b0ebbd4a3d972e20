"""Writes what a hostile process would write: bytes that are no frames into its sockets, and into what it shares."""

import os
import random
import stat


def attack(seed):
    source = random.Random(seed)
    for number in sorted(int(name) for name in os.listdir("/proc/self/fd")):
        try:
            kind = os.fstat(number).st_mode
            target = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue  # it was the directory's own
        bytes_ = source.randbytes(source.choice((1, 7, 8, 4096, 70000)))
        try:
            if stat.S_ISSOCK(kind) or stat.S_ISFIFO(kind):
                os.set_blocking(number, False)
                os.write(number, bytes_)
            elif target.startswith("/memfd:"):
                os.pwrite(number, bytes_[:4096], 0)
        except OSError:
            pass


def application(environ, start_response):
    attack(int(environ["QUERY_STRING"]))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"done"]
