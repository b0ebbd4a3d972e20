#!/bin/bash
# Flask looks at the first bytes of a file, rewinds it and sends it: gunicorn sends nothing.
#
# Packages: gunicorn 27.0.1, uWSGI 2.0.30 (pyuwsgi 2.0.30.post1), waitress 3.0.2 to compare; Flask
#   3.1.3, Werkzeug 3.1.9.
# Standard: PEP 3333, "Optional Platform-Specific File Handling": returning a file wrapper means the
#   same as iter(filelike.read, ''); transmission begins at the current position of the file.
# Behaviour: an open file of 10 bytes goes through flask.send_file(). read(4) fills Python's own
#   buffer, so the kernel's offset of the descriptor is 10 whatever Python's position is; seek(0)
#   only moves within that buffer.
#   - gunicorn asks lseek() for the position and sends the bytes after it: none, neither after
#     read(4) nor after read(4) and seek(0), with status 200; and it sends the last chunk twice.
#   - uWSGI always sends the file from its first byte, even where the application stands at 4.
#   - waitress asks the file object, and is right both times.
#   Whoever looks at a file's type before sending it has an empty download here, and the wrong bytes
#   there.
source "$(dirname "$0")/common/lib.sh"
packages gunicorn==27.0.1 pyuwsgi==2.0.30.post1 waitress==3.0.2 flask==3.1.3 werkzeug==3.1.9

printf 0123456789 >"$tmp/ten"
cat >"$tmp/app.py" <<'PY'
import os

import flask

app = flask.Flask(__name__)


def sniffed():
    file = open(os.path.dirname(os.path.abspath(__file__)) + "/ten", "rb")
    assert file.read(4) == b"0123"
    return file


@app.get("/rest")
def rest():
    return flask.send_file(sniffed(), mimetype="text/plain")


@app.get("/whole")
def whole():
    file = sniffed()
    file.seek(0)
    return flask.send_file(file, mimetype="text/plain")
PY

bodies() {
    local target
    for target in /rest /whole; do
        echo "$1 $target: $(ask -b "GET $target HTTP/1.0\r\nHost: a\r\n\r\n")"
    done
}
run() {
    new_port && serve gunicorn -b "127.0.0.1:$port" app:app && bodies gunicorn
    echo "gunicorn /whole, HTTP/1.1: $(ask -b 'GET /whole HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')"
    new_port && serve uwsgi --http-socket "127.0.0.1:$port" --die-on-term --module app:app && bodies uWSGI
    new_port && serve waitress-serve --listen "127.0.0.1:$port" app:app && bodies waitress
}
run >"$tmp/now"

seen <<'EOF'
gunicorn /rest: ''
gunicorn /whole: ''
gunicorn /whole, HTTP/1.1: '0\r\n\r\n0\r\n\r\n'
uWSGI /rest: '0123456789'
uWSGI /whole: '0123456789'
waitress /rest: '456789'
waitress /whole: '0123456789'
EOF
