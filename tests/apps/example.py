"""The example site of `./dev serve`: a page that shows that Python answers, and how it was asked."""

import html
import os
import sys
from urllib.parse import parse_qs

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>It works - Hoopsnake</title>
<style>
body {{ font: 17px/1.5 system-ui, sans-serif; max-width: 42em; margin: 4em auto; padding: 0 1em; color: #223 }}
h1 {{ font-size: 1.8em }} td {{ padding: .1em 1em .1em 0; vertical-align: top }} code {{ background: #eef; padding: 0 .2em }}
</style>
</head>
<body>
<h1>It works.</h1>
<p>{greeting} This page was made by <code>{script}</code>.</p>
<table>{rows}</table>
<p>Try <a href="/greet?name=Ada">/greet?name=Ada</a>, <a href="/stream">/stream</a> (a body that grows line by line)
and <a href="/environ">/environ</a> (all that an application is told).</p>
</body>
</html>
"""


def facts(environ):
    group = environ.get("mod_wsgi.process_group", "")
    yield "Server", environ.get("SERVER_SOFTWARE", "")
    yield "Python", sys.version.split()[0]
    yield "Mode", f"daemon group {group}" if group else "embedded"
    yield "Process", str(os.getpid())
    yield "You asked for", environ["REQUEST_METHOD"] + " " + environ["PATH_INFO"]


def page(environ, greeting):
    rows = "".join(f"<tr><td>{name}<td>{html.escape(value)}" for name, value in facts(environ))
    return PAGE.format(greeting=html.escape(greeting), rows=rows, script=html.escape(__file__)).encode()


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        return (b"line %d\n" % number for number in range(1, 101))
    if path == "/environ":
        body = "".join(f"{key} = {environ[key]!r}\n" for key in sorted(environ)).encode()
        content_type = "text/plain; charset=utf-8"
    elif path in ("", "/", "/greet"):
        name = parse_qs(environ["QUERY_STRING"]).get("name", [""])[0]
        body = page(environ, f"Hello, {name}!" if name else "Your request has reached a WSGI application.")
        content_type = "text/html; charset=utf-8"
    else:
        start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "10")])
        return [b"Not found\n"]
    start_response("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]
