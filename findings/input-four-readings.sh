#!/bin/bash
# Four servers on which wsgi.input is a file that reads like no file.
#
# Packages: cheroot 11.1.2, eventlet 0.41.3, uWSGI 2.0.30 (pyuwsgi 2.0.30.post1), a2wsgi 1.10.10 on
#   uvicorn 0.54.0; waitress 3.0.2 to compare.
# Standard: PEP 3333, "Input and Error Streams": read(size), readline(), readlines(hint) and
#   iteration must be there, with the semantics of the Python Library Reference. (A server may leave
#   out the size of readline(), and may ignore the hint of readlines().)
# Behaviour: for a body of three lines, the last one without a line end,
#   - cheroot: readlines() is an empty list, and the body is still there.
#   - eventlet: iteration gives one item, the whole body, rather than lines.
#   - uWSGI: read(0) reads everything.
#   - a2wsgi: readlines() puts a line end where the client sent none; readline(2), called first, is
#     b"", which means the end of the file.
#   - waitress does as io.BytesIO does.
source "$(dirname "$0")/common/lib.sh"
packages cheroot==11.1.2 eventlet==0.41.3 pyuwsgi==2.0.30.post1 a2wsgi==1.10.10 uvicorn==0.54.0 \
    waitress==3.0.2

cat >"$tmp/app.py" <<'PY'
import a2wsgi


def wsgi(environ, start_response):
    stream = environ["wsgi.input"]
    call = {
        "/readlines": lambda: stream.readlines(),
        "/iteration": lambda: [line for line in stream],
        "/read-0": lambda: stream.read(0),
        "/readline-2": lambda: stream.readline(2),
    }[environ["PATH_INFO"]]
    body = repr(call()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


asgi = a2wsgi.WSGIMiddleware(wsgi)
PY
cat >"$tmp/server.py" <<'PY'
import sys

from app import wsgi

address = ("127.0.0.1", int(sys.argv[2]))
if sys.argv[1] == "cheroot":
    import cheroot.wsgi

    cheroot.wsgi.Server(address, wsgi).start()
else:
    import eventlet.wsgi

    eventlet.wsgi.server(eventlet.listen(address), wsgi)
PY

asked() {
    local name=$1 call
    shift
    for call; do
        echo "$name $call: $(ask -b "POST /$call HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\na\nb\nc")"
    done
}
run() {
    new_port && serve python "$tmp/server.py" cheroot "$port" && asked cheroot readlines
    new_port && serve python "$tmp/server.py" eventlet "$port" && asked eventlet iteration
    new_port && serve uwsgi --http-socket "127.0.0.1:$port" --die-on-term --module app:wsgi && asked uWSGI read-0
    new_port && serve uvicorn --port "$port" app:asgi && asked a2wsgi readlines readline-2
    new_port && serve waitress-serve --listen "127.0.0.1:$port" app:wsgi &&
        asked waitress readlines iteration read-0 readline-2
}
run >"$tmp/now"

seen <<'EOF'
cheroot readlines: '[]'
eventlet iteration: "[b'a\\nb\\nc']"
uWSGI read-0: "b'a\\nb\\nc'"
a2wsgi readlines: "[b'a\\n', b'b\\n', b'c\\n']"
a2wsgi readline-2: "b''"
waitress readlines: "[b'a\\n', b'b\\n', b'c']"
waitress iteration: "[b'a\\n', b'b\\n', b'c']"
waitress read-0: "b''"
waitress readline-2: "b'a\\n'"
EOF
