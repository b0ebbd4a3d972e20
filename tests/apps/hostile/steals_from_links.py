"""Receives from every socket of its process, as a loop over range(3, 60) does: what comes for the server's own threads
is gone. ?ever does so for as long as it lives."""

import os
import select
import socket
import stat


def sockets():
    found = []
    for number in sorted(int(name) for name in os.listdir("/proc/self/fd")):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                found.append(socket.socket(fileno=os.dup(number)))
        except OSError:
            continue
    return found


def steal(tell):
    poll = select.poll()
    # By their places: what another has closed meanwhile is no fault of the thief's.
    victims = {each.fileno(): each for each in sockets()}
    for number in victims:
        poll.register(number, select.POLLIN)
    tell()
    while True:
        for number, _ in poll.poll():
            try:
                got = victims[number].recv(1 << 20, socket.MSG_DONTWAIT)
            except OSError:
                continue
            if not got:
                poll.unregister(number)


def application(environ, start_response):
    mode, _, path = environ["QUERY_STRING"].partition("&")
    if mode == "pid":
        start_response("200 OK", [])
        return [str(os.getpid()).encode()]

    def tell():
        with open(path, "w") as pipe:
            pipe.write("begun\n")

    steal(tell)
