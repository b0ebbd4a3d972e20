"""A crowd of connections that ask once, then stay and say nothing: what does each one cost?"""

import contextlib
import socket
import time

from harness.server import ServerFailed

ANSWER_SECONDS_MAX = 5
ALL_SECONDS_MAX = 30
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def read_answer(client: socket.socket, end: bytes):
    answer = b""
    while not answer.endswith(end):
        part = client.recv(4096)
        if not part:
            raise ServerFailed("closed a connection that should be kept alive")
        answer += part


def connect(port: int, number: int, stack: contextlib.ExitStack, body: bytes) -> socket.socket:
    try:
        client = stack.enter_context(
            socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS_MAX)
        )
        client.sendall(REQUEST)
        read_answer(client, body)
    except OSError as error:
        raise ServerFailed(f"connection {number}: {error}") from error
    return client


def is_closed(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


@contextlib.contextmanager
def connected(port: int, count: int, body: bytes):
    """While the block runs, `count` connections are open and idle, each after one answer."""
    with contextlib.ExitStack() as stack:
        deadline, clients = time.monotonic() + ALL_SECONDS_MAX, []
        while len(clients) < count:
            if time.monotonic() > deadline:
                raise ServerFailed(
                    f"answered {len(clients)} of {count} connections in {ALL_SECONDS_MAX} s"
                )
            clients.append(connect(port, len(clients) + 1, stack, body))
        closed = sum(is_closed(client) for client in clients)
        if closed:
            raise ServerFailed(f"closed {closed} of {count} idle connections")
        yield
