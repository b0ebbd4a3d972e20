"""Does to its own process what the query string says."""

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import threading
import time

MARK = b"\xff\x00\xfe\x01"


def pipes():
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink("/proc/self/fd/" + name)
        except OSError:
            continue
        if target.startswith("pipe:") and int(name) > 2:
            yield int(name)


def size_of(pipe):
    return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)


def is_large(pipe):
    return size_of(pipe) > 65536


def write_to_pipes(junk, which=lambda pipe: True):
    # The large one, of the logs, first: what reads the other one may end this process at once.
    for number in filter(which, sorted(pipes(), key=size_of, reverse=True)):
        try:
            os.write(number, junk)
        except OSError:
            pass


def many_lines(descriptor):
    line = "%08g " + "of many".rjust(900)
    return subprocess.run(
        ["/bin/sh", "-c", f"exec seq -f '{line}' 500 >&{descriptor}"], check=False
    ).returncode


def shut_down_listener():
    """All processes have it, under many numbers."""
    for number in numbers_of(["socket:"]):
        with socket.socket(fileno=os.dup(number)) as end:
            if end.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                end.shutdown(socket.SHUT_RDWR)
                return


KEPT = []


def system_call(number, *arguments):
    """Past the C library, whose functions leave alone what is the server's."""
    return ctypes.PyDLL(None).syscall(number, *arguments)


def close(number):
    system_call({"x86_64": 3, "aarch64": 57}[os.uname().machine], number)


def close_all():
    system_call(436, 3, 1000, 0)  # close_range, of all machines


def replace(by, number):
    system_call({"x86_64": 292, "aarch64": 24}[os.uname().machine], by, number, 0)  # dup3(2)


def refusals(number):
    """What the library says to whoever closes it, or puts something else in its place."""
    for attempt in (os.close, lambda taken: os.dup2(0, taken), lambda taken: os.dup2(0, taken, False)):
        try:
            attempt(number)
            yield "done"
        except OSError as error:
            yield error.strerror


def close_as_libraries_do():
    """One by one, and then all of them; what each attempt of the first kind has been told."""
    said = [list(refusals(number)) for number in list(numbers_of(["socket:", "pipe:", "[event"])) if number > 2]
    mine, other = os.pipe()
    os.closerange(3, 1000)
    try:
        os.close(mine)
        return "its own are left"
    except OSError:
        return sorted({" / ".join(each) for each in said})


def close_and_take(numbers):
    """Socket pairs get the numbers; what comes into one of them is told."""
    for number in numbers:
        close(number)
    KEPT.extend(socket.socketpair() for _ in range(50))
    for pair in KEPT:
        for end in pair:
            threading.Thread(target=tell_of, args=(end,), daemon=True).start()


def tell_of(end):
    if end.recv(100):
        print("a stranger's connection has got something", flush=True)


def numbers_of(kinds):
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink("/proc/self/fd/" + name)
        except OSError:
            continue
        if any(kind in target for kind in kinds):
            yield int(name)


def ends_to_processes():
    for number in numbers_of(["socket:"]):
        with socket.socket(fileno=os.dup(number)) as end:
            if end.family == socket.AF_UNIX:
                yield number, end


def shut_down_links():
    for _, end in ends_to_processes():
        end.shutdown(socket.SHUT_RDWR)


def lead_nowhere():
    nowhere = os.open("/dev/null", os.O_RDWR)
    for number in [*pipes(), *(number for number, _ in ends_to_processes())]:
        replace(nowhere, number)


def connections():
    for number in numbers_of(["socket:"]):
        with socket.socket(fileno=os.dup(number)) as end:
            try:
                is_one = end.family == socket.AF_INET and end.getpeername()
            except OSError:
                is_one = False
        if is_one:
            yield number


def close_connection(gate):
    """Closes that of its own client, and answers when there is a file; no file of its own gets the number."""
    for number in list(connections()):
        close(number)
    os.mkdir(gate + ".closed")
    while not os.path.exists(gate):
        time.sleep(0.01)


def replace_connections():
    """Everybody's, by ends of socket pairs."""
    for number in list(connections()):
        KEPT.append(socket.socketpair())
        replace(KEPT[-1][0].fileno(), number)


def hoard():
    try:
        while True:
            KEPT.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass


def fork_past_the_library(gate):
    """The child, of which no handler of pthread_atfork() hears, stays until there is a byte."""
    clone = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
    child = ctypes.PyDLL(None).syscall(clone, int(signal.SIGCHLD), 0, 0, 0, 0)
    if child == 0:
        with open(gate, "rb", buffering=0) as byte:
            byte.read(1)
        os._exit(0)


def do(what, text, environ):
    if what == "junk":
        write_to_pipes(b"\xff" * 100)
    elif what == "half":
        # The beginning of a line that never comes.
        write_to_pipes(MARK + b"\0\0\0\0" + b"\x00\x08" + b"\0\0" + b"half", is_large)
    elif what == "say":
        environ["wsgi.errors"].write(text + "\n")
    elif what == "exit":
        os._exit(int(text))
    elif what == "programs":
        flags = [fcntl.fcntl(number, fcntl.F_GETFL) & os.O_NONBLOCK for number in (1, 2)]
        return flags + [many_lines(1), many_lines(2)]
    elif what == "change":
        os.set_blocking(2, False)
    elif what == "long":
        environ["wsgi.errors"].write("A" * int(text) + f"\nbehind {text}\n")
    elif what == "close":
        close_all()
    elif what == "take":
        close_all()
        close_and_take([])
    elif what == "replace_connections":
        replace_connections()
    elif what == "close_as_libraries":
        return close_as_libraries_do()
    elif what == "bells":
        close_and_take(list(numbers_of(["[eventfd]", "[eventpoll]"])))
    elif what == "nowhere":
        lead_nowhere()
    elif what == "shut_down_links":
        shut_down_links()
    elif what == "close_connection":
        close_connection(text)
    elif what == "hoard":
        hoard()
    elif what == "fork":
        fork_past_the_library(text)
    elif what == "shutdown":
        shut_down_listener()
    return "done"


def application(environ, start_response):
    what, _, text = environ["QUERY_STRING"].partition("=")
    result = do(what, text, environ)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(result).encode()]
