"""Sends descriptors that nobody receives, as many as the kernel lets this process's user have under way; "full" is the
answer. ?let-go receives none of them either, but closes both ends."""

import os
import socket

PAIRS = []


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["QUERY_STRING"] == "let-go":
        while PAIRS:
            for end in PAIRS.pop():
                end.close()
        return [b"none"]
    many = [os.open("/dev/null", os.O_RDONLY)] * 250
    try:
        while True:
            PAIRS.append(socket.socketpair())
            socket.send_fds(PAIRS[-1][0], [b"x"], many)
    except OSError as error:
        return [b"full" if error.errno == 109 else str(error).encode()]
    finally:
        os.close(many[0])
