"""Says more than anybody wants to know, where the query string says: every text that an application can give."""

SIZE = 5_000_000


class Endless(Exception):
    def __str__(self):
        return "x" * SIZE


def application(environ, start_response):
    query = environ["QUERY_STRING"]
    text = "x" * SIZE
    if query == "exception":
        raise ValueError(text)
    if query == "exception-str":
        raise Endless()
    if query == "type-name":
        raise type(text, (Exception,), {})()
    if query == "syntax":
        compile(text + " " + text, text, "exec")
    if query == "unicode":
        ("é" * SIZE).encode("ascii")
    if query == "status":
        start_response("200 " + text, [])
    elif query == "value":
        start_response("200 OK", [("X-Large", text)])
    elif query == "name":
        start_response("200 OK", [(text, "small")])
    elif query == "fields":
        start_response("200 OK", [("X", "y")] * 500_000)
    elif query == "length":
        start_response("200 OK", [("Content-Length", text)])
    elif query.startswith("head="):
        start_response("200 OK", [("X-Large", "x" * int(query[5:]))])
    else:
        start_response("200 OK", [])
    return [b"done"]
