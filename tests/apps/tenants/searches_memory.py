"""How often the two halves of ?FIRST.SECOND stand side by side in this process's own memory.

The whole is never put together here, or it would be found for that.
"""

REGION_MAX = 256 * 1024 * 1024  # what a sanitizer reserves for itself is larger, and empty
STEP = 1024 * 1024


def regions():
    with open("/proc/self/maps") as maps:
        for line in maps:
            span, rights = line.split()[:2]
            begin, end = (int(number, 16) for number in span.split("-"))
            if rights.startswith("r") and "[v" not in line and end - begin <= REGION_MAX:
                yield begin, end


def pieces(begin, end, overlap):
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        while begin < end:
            try:
                memory.seek(begin)
                yield memory.read(min(STEP + overlap, end - begin))
            except OSError:
                pass
            begin += STEP


def count(first, second):
    found = 0
    for begin, end in regions():
        for piece in pieces(begin, end, len(first) + len(second)):
            place = piece.find(first)
            while place >= 0:
                found += piece.startswith(second, place + len(first))
                place = piece.find(first, place + 1)
    return found


def application(environ, start_response):
    first, second = environ["QUERY_STRING"].encode().split(b".")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(count(first, second)).encode()]
