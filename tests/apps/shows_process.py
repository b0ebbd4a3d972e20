"""One line "key=value" per fact about the process, thread and interpreter that answer."""

import os
import signal
import sys
import threading


def interpreter():
    """The number of this interpreter, and whether it is the main one."""
    try:
        import _interpreters as module  # 3.13
    except ImportError:
        import _xxsubinterpreters as module

    def number(which):
        return int(which[0] if isinstance(which, tuple) else which)

    return number(module.get_current()), number(module.get_current()) == number(module.get_main())


def facts(environ):
    number, is_main = interpreter()
    yield "pid", os.getpid()
    yield "thread", threading.get_ident()
    yield "interpreter", number
    yield "is_main_interpreter", is_main
    yield "main_thread_is_process", threading.main_thread().native_id == os.getpid()
    yield "uid", os.getuid()
    yield "gid", os.getgid()
    yield "groups", os.getgroups()
    yield "cwd", os.getcwd()
    yield "name", __name__
    yield "file", __file__
    yield "argv", sys.argv
    yield "path", sys.path
    yield "prefix", sys.prefix
    yield "version", sys.version.split()[0]
    yield "home", os.environ.get("HOME")
    yield "multiprocess", environ["wsgi.multiprocess"]
    yield "multithread", environ["wsgi.multithread"]
    yield "run_once", environ["wsgi.run_once"]
    yield "process_group", environ["mod_wsgi.process_group"]
    yield "application_group", environ["mod_wsgi.application_group"]
    yield "sigpipe_is_ignored", signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN


def application(environ, start_response):
    body = "".join(f"{key}={value}\n" for key, value in facts(environ)).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
