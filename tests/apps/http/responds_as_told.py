"""Answers with the status, headers and body pieces that the query string spells as a Python literal:
?{'status': '200 OK', 'headers': [('X', 'y')], 'body': [b'a', b'b']}, percent-encoded. What start_response raises
is raised on, unless 'catch' is there: then its text is the body. 'again' is a second set of arguments, 'long' the
length of its only header."""

import ast
import sys
from urllib.parse import unquote


def application(environ, start_response):
    told = ast.literal_eval(unquote(environ["QUERY_STRING"]))
    try:
        headers = [("X-Long", "h" * told["long"])] if "long" in told else told.get("headers", [])
        start_response(told.get("status", "200 OK"), headers)
        if "again" in told:
            start_response(*told["again"])
        if "again_with_exc_info" in told:
            try:
                raise KeyError("replaced")
            except KeyError:
                start_response(*told["again_with_exc_info"], sys.exc_info())
    except Exception as error:
        if "catch" not in told:
            raise
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{type(error).__name__}: {error}".encode()]
    return told.get("body", [b"body"])
