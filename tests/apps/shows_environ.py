"""One line "KEY=repr(value)" per entry of environ, sorted."""


def application(environ, start_response):
    body = "".join(f"{key}={environ[key]!r}\n" for key in sorted(environ)).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


other = application  # a second callable, for callable-object=
