"""A dispatch script: says what the query asks for, e.g. ?process_group=dp&wait. `wait` takes turns on two pipes."""

from urllib.parse import parse_qs

SPECIAL = {"None": None, "five": 5, "bytes": b"dp"}


def said(environ, name):
    query = parse_qs(environ["QUERY_STRING"])
    value = query.get(name, ["None"])[0]
    if value == "raise":
        raise ValueError("raised in the dispatch script")
    return SPECIAL.get(value, value)


def process_group(environ):
    query = parse_qs(environ["QUERY_STRING"])
    if "tell" in query:
        with open(query["tell"][0], "w") as tell:
            tell.write("asked\n")
        with open(query["gate"][0], "rb", buffering=0) as gate:
            gate.read(1)
    if "expect" in query:
        assert environ["FROM_SETENV"] == "yes", environ
        assert environ["mod_wsgi.process_group"] == "configured", environ
        assert "wsgi.input" not in environ and "mod_wsgi.callable_object" not in environ, environ
        environ["wsgi.errors"].write("the dispatch script saw what it expects\n")
    return said(environ, "process_group")


def application_group(environ):
    return said(environ, "application_group")


def callable_object(environ):
    return said(environ, "callable_object")
