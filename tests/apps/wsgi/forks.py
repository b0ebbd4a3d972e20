"""Forks as the path says; the answer says how the child has ended: "parent EXITCODE"."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from urllib.parse import parse_qsl


def exit_code_of(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def returns(environ, start_response):
    """The child goes on as its parent does."""
    child = os.fork()
    if child == 0:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"child"]
    return exit_code_of(child)


def raises(environ, start_response):
    child = os.fork()
    if child == 0:
        raise ValueError("raised in the child")
    return exit_code_of(child)


def exits(environ, start_response):
    child = os.fork()
    if child == 0:
        sys.exit(7)
    return exit_code_of(child)


def yields(environ, start_response):
    """The child comes back in the middle of an answer."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"begin "
    child = os.fork()
    if child == 0:
        yield b"child"
    yield b"parent %d" % exit_code_of(child)


def uses_request(environ, start_response):
    """Whatever belongs to the request refuses the child."""
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    child = os.fork()
    if child == 0:
        refused = 0
        for use in (environ["wsgi.input"].read, lambda: write(b"child")):
            try:
                use()
            except (OSError, RuntimeError):
                refused += 1
        os._exit(refused)
    write(b"parent %d" % exit_code_of(child))
    return []


def in_thread(environ, start_response):
    """A thread of the application forks, and that of the child ends by itself."""
    children = []

    def work():
        children.append(os.fork())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return exit_code_of(children[0])


def runs_program(environ, start_response):
    done = subprocess.run(["/bin/sh", "-c", "exit 5"], capture_output=True, check=False)
    return done.returncode


def inherits(environ, start_response):
    """How many descriptors a program that is started has, beside the standard ones."""
    count = 0
    for descriptor in range(3, 1024):
        try:
            count += os.get_inheritable(descriptor)
        except OSError:
            pass  # not open
    return count


def pool(environ, start_response):
    """Leaving `with Pool` terminates its processes with SIGTERM."""
    with context(environ).Pool(2) as workers:
        return sum(workers.map(abs, [-1, -2, -3]))


def terminates(environ, start_response):
    child = context(environ).Process(target=time.sleep, args=(600,))
    child.start()
    child.terminate()
    child.join()
    return child.exitcode


def context(environ):
    return multiprocessing.get_context(arguments(environ)["how"])


def daemonises(environ, start_response):
    """A helper of the classic kind, which outlives the server. It is told to end through a FIFO."""
    child = os.fork()
    if child != 0:
        return exit_code_of(child)
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    told = arguments(environ)
    os.closerange(3, 1024)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    note = os.open(told["note"], os.O_WRONLY)
    os.write(note, b"%d\n" % os.getpid())
    with open(told["gate"], "rb") as gate:
        gate.read(1)
    os.write(note, b"done\n")
    os._exit(0)


def stays(environ, start_response):
    """The child goes on, with whatever it has got from the server, until a signal ends it."""
    child = os.fork()
    if child == 0:
        while True:
            time.sleep(600)
    return child


def logs(environ, start_response):
    """What the child says is said somewhere, also where it has closed what it did not know."""
    child = os.fork()
    if child == 0:
        os.closerange(3, 1024)
        with open(arguments(environ)["file"], "wb", buffering=0) as file:
            print("the child speaks", file=sys.stderr)
            file.write(b"own")
        os._exit(0)
    return exit_code_of(child)


def pid(environ, start_response):
    return os.getpid()


def arguments(environ):
    return dict(parse_qsl(environ["QUERY_STRING"]))


def application(environ, start_response):
    result = globals()[environ["PATH_INFO"].strip("/")](environ, start_response)
    if not isinstance(result, int):
        return result
    body = b"parent %d" % result
    start_response(
        "200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    )
    return [body]
