"""Passes descriptors over the connection to the server process, as a hostile process would: sockets whose close(2)
takes a minute, in numbers. The group's buffer sizes tell that connection from the one to the supervisor."""

import array
import os
import socket
import stat
import struct

FIRST = 1  # the number of this process's next frame: it has said that it has started, and nothing else
MINUTE = struct.pack("ii", 1, 60)
READY, DESCRIPTOR = 9, 6


def lingering(listener):
    client = socket.create_connection(listener.getsockname())
    client.setblocking(False)
    try:
        while True:
            client.send(bytes(1 << 20))
    except BlockingIOError:
        pass
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, MINUTE)
    return client


def links(usual):
    for number in sorted(int(name) for name in os.listdir("/proc/self/fd")):
        try:
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
        except OSError:
            continue
        with socket.socket(fileno=os.dup(number)) as candidate:
            if (candidate.family == socket.AF_UNIX and candidate.type == socket.SOCK_STREAM
                    and candidate.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) != usual):
                yield candidate


def application(environ, start_response):
    kind, count = environ["QUERY_STRING"].split("&")
    usual = socket.socketpair()[0].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    listener = socket.create_server(("127.0.0.1", 0), backlog=300)
    sockets = [lingering(listener) for _ in range(int(count))]
    frame = {
        "unannounced": struct.pack("=IIBBBB", 0, 0, READY, 0, 0, FIRST),
        "announced": struct.pack("=IIBBBB", 0, 0, READY, 0, len(sockets), FIRST),
        "out-of-band": struct.pack("=IIBBBB", 0, 0, READY, 0, 0, FIRST),
        "as-file": struct.pack("=IIBBBB", 16, 0, DESCRIPTOR, 0, 1, FIRST) + struct.pack("=QQ", 0, 1),
    }[kind]
    for link in links(usual):
        fds = array.array("i", [each.fileno() for each in sockets])
        # A byte that is out of band is followed by the others.
        out_of_band = 1 if kind == "out-of-band" else len(frame)
        flags = socket.MSG_OOB if kind == "out-of-band" else 0
        link.sendmsg([frame[:out_of_band]], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)], flags)
        link.send(frame[out_of_band:])
    for each in sockets:
        # The last copy is on its way: an abrupt end here would be one for the receiver, too.
        os.close(each.detach())
    os._exit(0)
