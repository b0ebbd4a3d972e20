"""Says the query string in every place that leads to the error log; the last one without a newline."""

import sys


def application(environ, start_response):
    text = environ["QUERY_STRING"]
    print(f"print {text}")
    print(f"stderr {text}", file=sys.stderr)
    environ["wsgi.errors"].write(f"errors {text}\nhalf a line {text}")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"said"]
