"""wsgi.file_wrapper of a file that becomes another one, ?path=PATH, between the look at it and its use."""

import os
import tempfile
from urllib.parse import parse_qs


class Swapped:
    def __init__(self, path):
        self.file = tempfile.TemporaryFile()
        self.file.write(b"x" * 4096)
        self.file.seek(0)
        self.path = path

    def fileno(self):
        return self.file.fileno()

    def tell(self):
        other = os.open(self.path, os.O_RDONLY)
        os.dup2(other, self.file.fileno())
        return 0

    def read(self, size):
        return b""


def application(environ, start_response):
    path = parse_qs(environ["QUERY_STRING"])["path"][0]
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return environ["wsgi.file_wrapper"](Swapped(path))
