"""A response that goes on for ever behind its Content-Length, in the way that the query string says."""

ended = []


class Zeros:
    def read(self, size):
        return b"\0" * size

    def close(self):
        ended.append("file")


def items(how):
    try:
        if how == "nothing":
            yield b"x"
            while True:
                yield b""
        while True:
            yield b"x" * 1000
    finally:
        ended.append(how)


def application(environ, start_response):
    how = environ["QUERY_STRING"].replace("+", " ")
    if how == "ended":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [" ".join(ended).encode()]
    if how == "written nothing":
        write = start_response("200 OK", [])
        try:
            while True:
                write(b"")
        finally:
            ended.append(how)
    if how in ("unknown", "nothing"):
        start_response("200 OK", [])
        return items(how)
    write = start_response("200 OK", [("Content-Length", "5")])
    if how == "write":
        try:
            while True:
                write(b"x" * 1000)
        finally:
            ended.append(how)
    if how == "file":
        return environ["wsgi.file_wrapper"](Zeros())
    return items(how)
