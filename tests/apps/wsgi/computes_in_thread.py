"""Has a thread of its own that computes and never waits, from ?start to ?stop."""

import threading

computing = None
has_to_stop = False


def compute():
    while not has_to_stop:
        pass


def application(environ, start_response):
    global computing, has_to_stop
    query = environ["QUERY_STRING"]
    if query == "start":
        computing = threading.Thread(target=compute, daemon=True)
        computing.start()
    elif query == "stop":
        has_to_stop = True
        computing.join()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"done"]
