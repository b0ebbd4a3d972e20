"""Writes to descriptor 2 past Python's streams: itself, through a child process, or as it dies."""

import faulthandler
import os
import signal
import subprocess

faulthandler.enable(2)


def application(environ, start_response):
    how = environ["QUERY_STRING"]
    if how == "itself":
        os.write(2, f"words of {os.getpid()}\nand \x1b[31mmore".encode())
    elif how == "child":
        subprocess.run(["/bin/sh", "-c", "echo words of a child >&2"], check=True)
    elif how == "flood":
        # What does not go is nobody's loss but its own.
        for _ in range(20_000):
            try:
                os.write(2, b"flood ".ljust(999, b"x") + b"\n")
            except BlockingIOError:
                pass
    elif how == "die":
        signal.raise_signal(signal.SIGABRT)
    elif how == "vanish":
        environ["wsgi.errors"].write("said before the end\n")
        os.kill(os.getpid(), signal.SIGKILL)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
