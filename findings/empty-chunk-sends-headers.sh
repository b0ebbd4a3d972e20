#!/bin/bash
# Python's own wsgiref, gunicorn and Werkzeug send the headers at an empty chunk: too soon.
#
# Packages: wsgiref of CPython 3.11, gunicorn 27.0.1, Werkzeug 3.1.9; waitress 3.0.2 and gevent
#   26.9.0 to compare.
# Standard: PEP 3333, "The start_response() Callable": the headers must not be sent before the
#   iterable yields a non-empty bytestring, so that an application can still turn its "200 OK" into
#   an error; "Middleware Handling of Block Boundaries": middleware that has nothing to yield yet
#   must yield an empty bytestring.
# Behaviour: an application says "200 OK", yields b"" as middleware must, fails, and calls
#   start_response("500 Oops", ..., sys.exc_info()). On wsgiref, which many take for the reference,
#   on gunicorn and on Werkzeug's development server the 200 is gone already: start_response raises,
#   and the client has an empty success. waitress and gevent send the 500.
source "$(dirname "$0")/common/lib.sh"
packages gunicorn==27.0.1 werkzeug==3.1.9 waitress==3.0.2 gevent==26.9.0

cat >"$tmp/app.py" <<'PY'
import sys


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b""
    try:
        raise ValueError("the first row cannot be read")
    except ValueError:
        start_response("500 Oops", [("Content-Type", "text/plain")], sys.exc_info())
    yield b"sorry"
PY
cat >"$tmp/server.py" <<'PY'
import sys

from app import app

name, port = sys.argv[1], int(sys.argv[2])
if name == "wsgiref":
    import wsgiref.simple_server as module

    module.make_server("127.0.0.1", port, app).serve_forever()
elif name == "Werkzeug":
    import werkzeug.serving as module

    module.run_simple("127.0.0.1", port, app)
else:
    import gevent.pywsgi as module

    module.WSGIServer(("127.0.0.1", port), app).serve_forever()
PY
run() {
    local name
    for name in wsgiref gunicorn Werkzeug waitress gevent; do
        new_port
        case $name in
            gunicorn) serve gunicorn -b "127.0.0.1:$port" app:app ;;
            waitress) serve waitress-serve --listen "127.0.0.1:$port" app:app ;;
            *) serve python "$tmp/server.py" $name "$port" ;;
        esac
        echo "$name: $(ask 'GET / HTTP/1.0\r\nHost: a\r\n\r\n' | sed 's/\\r\\n.*\\r\\n\\r\\n/ ... /')"
    done
}
run >"$tmp/now"

seen <<'EOF'
wsgiref: 'HTTP/1.0 200 OK ... '
gunicorn: 'HTTP/1.0 200 OK ... '
Werkzeug: 'HTTP/1.0 200 OK ... '
waitress: 'HTTP/1.0 500 Oops ... sorry'
gevent: 'HTTP/1.1 500 Oops ... sorry'
EOF
