#!/bin/bash
# An error page that takes back a page: gunicorn and cheroot send the headers of both, uWSGI raises.
#
# Packages: gunicorn 27.0.1, cheroot 11.1.2, uWSGI 2.0.30 (pyuwsgi 2.0.30.post1), waitress 3.0.2 to
#   compare.
# Standard: PEP 3333, "The start_response() Callable": if exc_info is supplied and no headers have
#   been output yet, start_response replaces the stored headers with the new ones; "Error Handling":
#   it will then return normally.
# Behaviour: an application announces a page of 10 bytes that may be cached and sets a cookie,
#   fails before the first byte, and calls start_response again with sys.exc_info().
#   - gunicorn and cheroot replace the status only: the error goes out with the cookie, may be kept
#     for an hour, and has two Content-Length fields, of which only the second is true.
#   - On uWSGI the call does replace both, and then raises SystemError ("returned a result with an
#     exception set"): the application's error page never comes.
#   - waitress replaces.
source "$(dirname "$0")/common/lib.sh"
packages gunicorn==27.0.1 cheroot==11.1.2 pyuwsgi==2.0.30.post1 waitress==3.0.2

cat >"$tmp/app.py" <<'PY'
import sys


def app(environ, start_response):
    try:
        start_response("200 OK", [
            ("Content-Length", "10"), ("Cache-Control", "max-age=3600"), ("Set-Cookie", "paid=yes")])
        raise ValueError("no connection to the database")
    except ValueError:
        start_response("500 Oops", [("Content-Length", "5")], sys.exc_info())
        return [b"sorry"]
PY

asked() { echo "$1: $(ask 'GET / HTTP/1.0\r\nHost: a\r\n\r\n')"; }
run() {
    new_port && serve gunicorn -b "127.0.0.1:$port" app:app && asked gunicorn
    new_port && serve python -c "
import app, cheroot.wsgi
cheroot.wsgi.Server(('127.0.0.1', $port), app.app).start()" && asked cheroot
    new_port && serve uwsgi --http-socket "127.0.0.1:$port" --die-on-term --module app:app && asked uWSGI
    grep -o '^SystemError.*' "$tmp/log"
    new_port && serve waitress-serve --listen "127.0.0.1:$port" app:app && asked waitress
}
run >"$tmp/now"

seen <<'EOF'
gunicorn: 'HTTP/1.0 500 Oops\r\nConnection: close\r\nContent-Length: 10\r\nCache-Control: max-age=3600\r\nSet-Cookie: paid=yes\r\nContent-Length: 5\r\n\r\nsorry'
cheroot: 'HTTP/1.1 500 Oops\r\nContent-Length: 10\r\nCache-Control: max-age=3600\r\nSet-Cookie: paid=yes\r\nContent-Length: 5\r\n\r\nsorry'
uWSGI: 'HTTP/1.0 500 Oops\r\nContent-Length: 5\r\n\r\n'
SystemError: <built-in function uwsgi_spit> returned a result with an exception set
waitress: 'HTTP/1.0 500 Oops\r\nConnection: close\r\nContent-Length: 5\r\n\r\nsorry'
EOF
