"""Does to the listening sockets of its process what the query string says."""

import os
import socket
import struct
import subprocess
import sys

TCP_MD5SIG = 14

HOLDER = """
import fcntl, struct, sys
for number in map(int, sys.argv[2:]):
    fcntl.fcntl(number, fcntl.F_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
print("held", flush=True)
open(sys.argv[1], "rb", buffering=0).read(1)
"""


def listeners():
    for name in os.listdir("/proc/self/fd"):  # a list: what is opened meanwhile is not in it
        try:
            copy = os.dup(int(name))
        except OSError:
            continue
        try:
            end = socket.socket(fileno=copy)
        except OSError:
            os.close(copy)
            continue
        with end:
            if end.family != socket.AF_UNIX and end.getsockopt(
                socket.SOL_SOCKET, socket.SO_ACCEPTCONN
            ):
                yield end


def sign(end):
    """Connections from 127.0.0.1 must be signed from now on (RFC 2385)."""
    address = struct.pack("=HH4s120s", socket.AF_INET, 0, socket.inet_aton("127.0.0.1"), b"")
    key = struct.pack("=BBHi80s", 0, 0, 3, 0, b"key")
    end.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, address + key)


def hold(gate):
    """A program that has them all, and locks them, until the gate opens."""
    numbers = [os.dup(end.fileno()) for end in listeners()]
    holder = subprocess.Popen(
        [sys.executable or "/usr/bin/python3", "-c", HOLDER, gate, *map(str, numbers)],
        pass_fds=numbers,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout.readline() == b"held\n"
    for number in numbers:
        os.close(number)


def do(what, text):
    if what == "set":
        level, option, value = map(int, text.split(","))
        for end in listeners():
            end.setsockopt(level, option, value)
    elif what == "set_and_exit":
        do("set", text)
        os._exit(3)
    elif what == "sign":
        for end in listeners():
            sign(end)
    elif what == "listen":
        for end in listeners():
            end.listen(int(text))
    elif what == "hold":
        hold(text)
    elif what == "shut":
        for end in listeners():
            end.shutdown(socket.SHUT_RDWR)
    return "done"


def application(environ, start_response):
    what, _, text = environ["QUERY_STRING"].partition("=")
    result = do(what, text)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [result.encode()]
