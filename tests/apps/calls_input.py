"""Evaluates calls on wsgi.input: ?read(10);readline();list(input), percent-encoded. One line per call: the repr of
its result, or the exception. With ?fifo=PATH|calls the lines go to that pipe too, for clients who have left."""

from urllib.parse import unquote


def call(text, stream):
    names = {name: getattr(stream, name) for name in ("read", "readline", "readlines")}
    try:
        return repr(eval(text, {"input": stream, "list": list, "next": next, "iter": iter, **names}))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def application(environ, start_response):
    fifo, _, calls = unquote(environ["QUERY_STRING"]).rpartition("|")
    results = [call(text, environ["wsgi.input"]) + "\n" for text in calls.split(";")]
    if fifo:
        with open(fifo.removeprefix("fifo="), "w") as pipe:
            pipe.writelines(results)
    body = "".join(results).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
