"""Goes on for ever and says nothing, in the way ?how=; tells on the pipe ?tell= that it has begun and, in one line, how it ended. ?first: but for one byte."""

import time
from urllib.parse import parse_qs

PAUSE = 0.01


def tell(query, line):
    with open(query["tell"][0], "w") as pipe:
        pipe.write(line + "\n")


def generator(query):
    how = "came to its end"
    try:
        if "first" in query:
            yield b"x"
        while True:
            time.sleep(PAUSE)
            yield b""
    except GeneratorExit:
        how = "closed"
    finally:
        tell(query, how)


class Sequence:
    def __init__(self, query):
        self.query = query

    def __getitem__(self, index):
        return b"x" if index == 0 and "first" in self.query else b""

    def close(self):
        tell(self.query, "closed")


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    how = query["how"][0]
    fields = [("Content-Length", "5")] if how == "sized" else []
    write = start_response("200 OK", fields)
    tell(query, "begun")
    if how == "written":
        try:
            write(b"x" if "first" in query else b"")
            while True:
                time.sleep(PAUSE)
                write(b"")
        except OSError:
            tell(query, "closed")
            return []
    return Sequence(query) if how == "sequence" else generator(query)
