#!/bin/bash
# flask.send_file(gzip.open(...)): text, compressed bytes or half an answer, as the server pleases.
#
# Packages: Flask 3.1.3 and Werkzeug 3.1.9 on waitress 3.0.2, uWSGI 2.0.30 (pyuwsgi 2.0.30.post1),
#   and gunicorn 27.0.1; gzip of CPython 3.11.
# Standard: Flask's manual, send_file(): it takes a file object. PEP 3333, "Optional
#   Platform-Specific File Handling": sending a wrapped file means sending what its read() gives;
#   fileno() may be taken to mean what it means for a built-in file. GzipFile has a fileno(), but
#   it is that of the compressed file.
# Behaviour: one Flask view sends a gzip file opened for reading, as text/plain.
#   - waitress, which asks read(), sends the text.
#   - uWSGI sends the compressed bytes behind fileno(), without a Content-Encoding.
#   - gunicorn announces the compressed size, then stops: socket.sendfile() looks for "b" in the
#     file's mode, and GzipFile.mode is a number before Python 3.13. The client has a 200 without
#     its body.
source "$(dirname "$0")/common/lib.sh"
packages flask==3.1.3 werkzeug==3.1.9 waitress==3.0.2 pyuwsgi==2.0.30.post1 gunicorn==27.0.1

cat >"$tmp/app.py" <<'PY'
import gzip
import os

import flask

app = flask.Flask(__name__)
name = os.path.dirname(os.path.abspath(__file__)) + "/hello.gz"
with gzip.GzipFile(name, "wb", mtime=0) as file:
    file.write(b"hello")


@app.get("/")
def index():
    return flask.send_file(gzip.open(name), mimetype="text/plain")
PY

asked() { echo "$1: $(ask -b 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')"; }
run() {
    new_port && serve waitress-serve --listen "127.0.0.1:$port" app:app && asked waitress
    new_port && serve uwsgi --http-socket "127.0.0.1:$port" --die-on-term --module app:app && asked uWSGI
    new_port && serve gunicorn -b "127.0.0.1:$port" app:app && asked gunicorn
    grep '^TypeError' "$tmp/log"
}
run >"$tmp/now"

seen <<'EOF'
waitress: 'hello'
uWSGI: '\x1f\x8b\x08\x08\x00\x00\x00\x00\x02\xffhello\x00\xcbH\xcd\xc9\xc9\x07\x00\x86\xa6\x106\x05\x00\x00\x00'
gunicorn: '1F\r\n'
TypeError: argument of type 'int' is not iterable
EOF
