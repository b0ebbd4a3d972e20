"""wsgi.file_wrapper: of the file ?path=PATH from ?seek=N, or of ?memory=TEXT. ?length=N announces a Content-Length,
?write sends b"first " through write() before, ?tell=PIPE tells each close() of the file."""

import io
from urllib.parse import parse_qs


class TellingFile(io.FileIO):
    pipe = None

    def close(self):
        if self.pipe and not self.closed:
            with open(self.pipe, "w") as pipe:
                pipe.write("closed\n")
        super().close()


def source_of(query):
    if "memory" in query:
        return io.BytesIO(query["memory"][0].encode())
    source = TellingFile(query["path"][0], "rb")
    source.pipe = query.get("tell", [None])[0]
    source.seek(int(query.get("seek", ["0"])[0]))
    return source


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    headers = [("Content-Type", "application/octet-stream")]
    if "length" in query:
        headers.append(("Content-Length", query["length"][0]))
    write = start_response("200 OK", headers)
    if "write" in query:
        write(b"first ")
    return environ["wsgi.file_wrapper"](source_of(query))
