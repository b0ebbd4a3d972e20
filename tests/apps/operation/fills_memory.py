"""?PIPE: takes all the memory that this process may still have, and gives it back when something comes on the pipe."""

import ctypes
import os
import resource
import threading

held = []
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]


def give_back(pipe):
    os.read(pipe, 1)
    os.close(pipe)
    held.clear()
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def application(environ, start_response):
    if environ["QUERY_STRING"]:
        pipe = os.open(environ["QUERY_STRING"], os.O_RDWR)
        threading.Thread(target=give_back, args=(pipe,), daemon=True).start()
        with open("/proc/self/statm") as statm:
            size = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + (32 << 20), resource.RLIM_INFINITY))
        for piece in 1 << 20, 1 << 16, 1 << 12:
            try:
                while True:
                    held.append(bytes(piece))
            except MemoryError:
                pass
        for piece in 1 << 11, 1 << 10, 1 << 9, 1 << 8:  # little of it all: it stays
            while libc.malloc(piece):
                pass
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
