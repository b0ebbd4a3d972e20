"""Evaluates calls on wsgi.input: ?read(10);readline();list(input), percent-encoded. One line per call: the repr of
its result, or the exception. With ?fifo=PATH|calls a line "begun" and then those lines go to that pipe too, for clients
who have left; wait('PATH') is a call that waits for a line of another pipe."""

from urllib.parse import unquote


def wait(path):
    with open(path) as pipe:
        return pipe.readline().strip()


def call(text, stream):
    names = {name: getattr(stream, name) for name in ("read", "readline", "readlines")}
    try:
        return repr(eval(text, {"input": stream, "list": list, "next": next, "iter": iter, "wait": wait, **names}))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def application(environ, start_response):
    fifo, _, calls = unquote(environ["QUERY_STRING"]).rpartition("|")
    path = fifo.removeprefix("fifo=")
    if path:
        with open(path, "w") as pipe:
            pipe.write("begun\n")
    results = [call(text, environ["wsgi.input"]) + "\n" for text in calls.split(";")]
    if path:
        with open(path, "w") as pipe:
            pipe.writelines(results)
    body = "".join(results).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
