"""Iterables with close(). ?KIND chooses how the iteration goes; ?count tells how often close() was called so far."""

closes = 0


class Body:
    def __init__(self, pieces, fails=False):
        self.pieces = pieces
        self.fails = fails

    def __iter__(self):
        return iter(self.pieces)

    def close(self):
        global closes
        closes += 1
        if self.fails:
            raise ValueError("raised in close()")


class SizedBody(Body):
    def __len__(self):
        return len(self.pieces)


def raising():
    yield b"part"
    raise ValueError("raised while iterating")


def generator():
    global closes
    try:
        while True:
            yield b"x" * 65536
    finally:
        closes += 1


KINDS = {
    "normal": lambda: Body([b"a", b"b"]),
    "sized": lambda: SizedBody([b"ab"]),
    "empty": lambda: Body([]),
    "iterator_raises": lambda: Body(raising()),
    "bad_item": lambda: Body([b"part", 12345]),
    "close_raises": lambda: Body([b"whole"], fails=True),
    "endless": generator,
}


def application(environ, start_response):
    kind = environ["QUERY_STRING"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(closes).encode()] if kind == "count" else KINDS[kind]()
