"""Has a thread of its own that computes and never waits, from ?start to ?stop; `greedy` is the same, and keeps the
interpreter for as long as it can. `hold` computes in the request itself until ?stop."""

import sys
import threading

computing = None
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
        compute()
    elif query == "stop":
        has_to_stop = True
        if computing:
            computing.join()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"done"]
