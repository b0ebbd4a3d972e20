#!/bin/bash
# fetch(url, {method: "patch"}) works with Flask, until it moves to one of five servers: 400.
#
# Packages: Flask 3.1.3, Werkzeug 3.1.9; gunicorn 27.0.1, waitress 3.0.2, cheroot 11.1.2, fastwsgi
#   0.0.9, fastpysgi 0.6, Hypercorn 0.18.0 (its own WSGI mode), netius 1.64.0; gevent 26.9.0 and
#   Granian 2.8.9 to compare.
# Standard: RFC 9110, 9.1: the method is a case-sensitive token; a server that does not know it
#   should answer 501, one that does not allow it 405. PEP 3333, "environ Variables": REQUEST_METHOD
#   is the method. (The Fetch standard makes capitals of get, post, put and others, and not of
#   patch, so browsers send "patch" as it was written.)
# Behaviour: a Flask view for PATCH is asked with "patch". Flask makes capitals of it itself, so the
#   view is found on gevent and Granian, which hand the method over as it came, and on Hypercorn and
#   netius, which make capitals of it. gunicorn (unless --casefold-http-method), waitress, cheroot,
#   fastwsgi and fastpysgi say that the request is malformed.
source "$(dirname "$0")/common/lib.sh"
packages Flask==3.1.3 Werkzeug==3.1.9 gunicorn==27.0.1 waitress==3.0.2 cheroot==11.1.2 fastwsgi==0.0.9 \
    fastpysgi==0.6 Hypercorn==0.18.0 netius==1.64.0 gevent==26.9.0 granian==2.8.9

cat >"$tmp/view.py" <<'PY'
import flask

app = flask.Flask(__name__)


@app.patch("/")
def change():
    return "changed"
PY
cat >"$tmp/server.py" <<'PY'
import sys

from view import app

name, host, port = sys.argv[1], "127.0.0.1", int(sys.argv[2])
if name == "waitress":
    import waitress

    waitress.serve(app, host=host, port=port)
elif name == "cheroot":
    import cheroot.wsgi

    cheroot.wsgi.Server((host, port), app).start()
elif name == "fastwsgi":
    import fastwsgi

    fastwsgi.run(app, host, port)
elif name == "fastpysgi":
    import fastpysgi

    fastpysgi.run(app, host, port)
elif name == "netius":
    import netius.servers

    netius.servers.WSGIServer(app=app).serve(host=host, port=port)
else:
    import gevent.pywsgi

    gevent.pywsgi.WSGIServer((host, port), app).serve_forever()
PY
run() {
    local name
    for name in gunicorn waitress cheroot fastwsgi fastpysgi hypercorn netius gevent granian; do
        new_port
        case $name in
        gunicorn) serve gunicorn -b "127.0.0.1:$port" view:app ;;
        granian) serve granian --interface wsgi --host 127.0.0.1 --port "$port" view:app ;;
        hypercorn) serve hypercorn -b "127.0.0.1:$port" wsgi:view:app ;;
        *) serve python "$tmp/server.py" $name "$port" ;;
        esac
        echo "$name: $(ask 'patch / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' | cut -d' ' -f2)"
    done
}
run >"$tmp/now"

seen <<'EOF'
gunicorn: 400
waitress: 400
cheroot: 400
fastwsgi: 400
fastpysgi: 400
hypercorn: 200
netius: 200
gevent: 200
granian: 200
EOF
