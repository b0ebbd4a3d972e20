#!/bin/bash
# gevent and eventlet count an iterable that knows its len() by eating it: the body is gone.
#
# Packages: gevent 26.9.0, eventlet 0.41.3; waitress 3.0.2 to compare; tqdm 4.67.1.
# Standard: PEP 3333, "Specification Details": if len(iterable) can be called, the server may rely on
#   it; "Handling the Content-Length Header": a server may take the length of the one bytestring of
#   an iterable whose len() is 1. An iterable need not last for a second iteration.
# Behaviour: the application returns something with __len__() that can be iterated over once: here
#   a generator of three pieces in tqdm, which draws a progress bar and has the len() that it was
#   told. For want of a Content-Length both servers add up the lengths of the pieces by iterating,
#   and iterate once more to send them: nothing is left.
#   - eventlet says Content-Length: 11 and sends nothing: the client waits or reports a short body.
#   - gevent has its first piece when it counts: Content-Length says 7, the body has 4 bytes.
#   - waitress sends all.
source "$(dirname "$0")/common/lib.sh"
packages gevent==26.9.0 eventlet==0.41.3 waitress==3.0.2 tqdm==4.67.1

cat >"$tmp/app.py" <<'PY'
import tqdm


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    pieces = (piece for piece in (b"one,", b"two,", b"end"))
    return tqdm.tqdm(pieces, total=3)
PY
cat >"$tmp/server.py" <<'PY'
import sys

from app import app

address = ("127.0.0.1", int(sys.argv[2]))
if sys.argv[1] == "gevent":
    import gevent.pywsgi

    gevent.pywsgi.WSGIServer(address, app).serve_forever()
else:
    import eventlet.wsgi

    eventlet.wsgi.server(eventlet.listen(address), app)
PY

asked() { echo "$1: $(ask 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')"; }
run() {
    local name
    for name in gevent eventlet; do
        new_port && serve python "$tmp/server.py" $name "$port" && asked $name
    done
    new_port && serve waitress-serve --listen "127.0.0.1:$port" app:app && asked waitress
}
run >"$tmp/now"

seen <<'EOF'
gevent: 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\none,'
eventlet: 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\nConnection: close\r\n\r\n'
waitress: 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none,\r\n4\r\ntwo,\r\n3\r\nend\r\n0\r\n\r\n'
EOF
