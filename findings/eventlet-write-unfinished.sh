#!/bin/bash
# On eventlet an answer written with write() never ends: no last chunk.
#
# Packages: eventlet 0.41.3; waitress 3.0.2 to compare.
# Standard: PEP 3333, "The write() Callable": an application may send its whole body with write();
#   the iterable that it returns may be empty. RFC 9112, 7.1: a chunked body ends with a last chunk
#   ("0"); section 8: without it the message is incomplete.
# Behaviour: the application calls write(b"done") and returns []. eventlet sends the chunk and
#   leaves out the "0" that ends the body, and keeps the connection open: a client that reads to
#   the end waits until somebody's time-out (here 5 seconds, "<no more>"). With "Connection: close"
#   it sees an answer cut short. return [b""] is no better; after return [b"!"] the body ends.
source "$(dirname "$0")/common/lib.sh"
packages eventlet==0.41.3 waitress==3.0.2

cat >"$tmp/app.py" <<'PY'
def app(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"done")
    return {"/nothing": [], "/empty": [b""], "/more": [b"!"]}[environ["PATH_INFO"]]
PY

asked() {
    local target
    for target in /nothing /empty /more; do
        echo "$1, $target: $(ask -b "GET $target HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")"
    done
    echo "$1, /nothing, connection kept: $(ask -b "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")"
}
run() {
    new_port && serve python -c "
import app, eventlet.wsgi
eventlet.wsgi.server(eventlet.listen(('127.0.0.1', $port)), app.app)" && asked eventlet
    new_port && serve waitress-serve --listen "127.0.0.1:$port" app:app && asked waitress
}
run >"$tmp/now"

seen <<'EOF'
eventlet, /nothing: '4\r\ndone\r\n'
eventlet, /empty: '4\r\ndone\r\n'
eventlet, /more: '4\r\ndone\r\n1\r\n!\r\n0\r\n\r\n'
eventlet, /nothing, connection kept: '4\r\ndone\r\n<no more>'
waitress, /nothing: '4\r\ndone\r\n0\r\n\r\n'
waitress, /empty: '4\r\ndone\r\n0\r\n\r\n'
waitress, /more: '4\r\ndone\r\n1\r\n!\r\n0\r\n\r\n'
waitress, /nothing, connection kept: '4\r\ndone\r\n0\r\n\r\n'
EOF
