"""Has a thread of its own that computes and never waits, from ?start to ?stop; `greedy` is the same, and keeps the
interpreter for as long as it can. `hold` computes in the request itself until ?stop."""

import sys
import threading

computing = None
holding = []  # of each request that computes: set when it has ended
has_to_stop = False


def compute():
    while not has_to_stop:
        pass


def application(environ, start_response):
    global computing, has_to_stop
    query = environ["QUERY_STRING"]
    if query in ("greedy", "hold"):
        sys.setswitchinterval(1000)
    if query in ("start", "greedy"):
        has_to_stop = False
        computing = threading.Thread(target=compute, daemon=True)
        computing.start()
    elif query == "hold":
        has_to_stop = False
        ended = threading.Event()
        holding.append(ended)
        compute()
        ended.set()
    elif query == "stop":
        has_to_stop = True
        if computing:
            computing.join()
        while holding:
            holding.pop().wait()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"done"]
