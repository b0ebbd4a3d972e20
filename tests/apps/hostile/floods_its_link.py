"""Sends without end on the connection to the server process, as a hostile process would. The group's buffer sizes tell
that connection from the one to the supervisor."""

import array
import os
import socket
import stat
import struct

# The number of this process's next frame: it has said that it has started, and the answer to ?pid in one frame.
NEXT = 2
WINDOW, DESCRIPTOR, READY = 5, 6, 9


def link_of(usual):
    for number in sorted(int(name) for name in os.listdir("/proc/self/fd")):
        try:
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
        except OSError:
            continue
        candidate = socket.socket(fileno=os.dup(number))
        if (candidate.family == socket.AF_UNIX and candidate.type == socket.SOCK_STREAM
                and candidate.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) != usual):
            candidate.setblocking(True)
            return candidate
        candidate.close()


def flood(kind):
    link = link_of(socket.socketpair()[0].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
    numbers = [(NEXT + i) % 256 for i in range(256)]
    ready = b"".join(struct.pack("=IIBBBB", 0, 0, READY, 0, 0, number) for number in numbers)
    files = [struct.pack("=IIBBBB", 16, 0, DESCRIPTOR, 0, 1, number) + struct.pack("=QQ", 0, 1) for number in numbers]
    null = array.array("i", [os.open("/dev/null", os.O_RDONLY)])
    while True:
        if kind == "files":
            for file in files:
                link.sendmsg([file], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, null)])
        else:
            link.sendall(ready)


def application(environ, start_response):
    if environ["QUERY_STRING"] == "pid":
        start_response("200 OK", [])
        return [str(os.getpid()).encode()]
    try:
        environ["wsgi.input"].read()
    except OSError:
        pass  # the client has gone: nobody wants an answer
    try:
        flood(environ["QUERY_STRING"])
    except (BrokenPipeError, ConnectionResetError):
        os._exit(0)
