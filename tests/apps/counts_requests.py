"""A module global that counts: separate interpreters and processes have separate counts."""

count = 0


def application(environ, start_response):
    global count
    count += 1
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(count).encode()]
