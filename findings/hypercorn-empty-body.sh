#!/bin/bash
# Flask on Hypercorn: HEAD, "204 No Content" and "304 Not Modified" all become 500.
#
# Packages: Hypercorn 0.18.0 (its own WSGI mode), gunicorn 27.0.1 to compare; Flask 3.1.3,
#   Werkzeug 3.1.9.
# Standard: PEP 3333, "The start_response() Callable": the headers go out after the first non-empty
#   bytestring or when the iterable is exhausted; "The write() Callable": the iterable may be empty.
#   RFC 9110, 9.3.2, 15.3.5 and 15.4.5: such answers have no content.
# Behaviour: Hypercorn sends status and headers when it gets the first item of the iterable, and
#   only then. Werkzeug returns an iterable without any item for HEAD, 204 and 304, as PEP 3333
#   lets it, so the answer never begins and 500 goes out in its place. Django is spared: it yields
#   one empty bytestring.
source "$(dirname "$0")/common/lib.sh"
packages hypercorn==0.18.0 gunicorn==27.0.1 flask==3.1.3 werkzeug==3.1.9

cat >"$tmp/app.py" <<'PY'
import flask

app = flask.Flask(__name__)


@app.get("/")
def index():
    return "hello"


@app.delete("/item")
def item():
    return "", 204


@app.get("/page")
def page():
    response = flask.Response("page")
    response.set_etag("v1")
    return response.make_conditional(flask.request)
PY

asked() {
    local request
    for request in "GET /" "HEAD /" "DELETE /item" "GET /page"; do
        echo "$1, $request: $(ask "$request HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"v1\"\r\nConnection: close\r\n\r\n" |
            sed 's/\\r\\n.*//')'"
    done
}
run() {
    new_port && serve hypercorn -b "127.0.0.1:$port" wsgi:app:app && asked Hypercorn
    new_port && serve gunicorn -b "127.0.0.1:$port" app:app && asked gunicorn
}
run >"$tmp/now"

seen <<'EOF'
Hypercorn, GET /: 'HTTP/1.1 200 '
Hypercorn, HEAD /: 'HTTP/1.1 500 '
Hypercorn, DELETE /item: 'HTTP/1.1 500 '
Hypercorn, GET /page: 'HTTP/1.1 500 '
gunicorn, GET /: 'HTTP/1.1 200 OK'
gunicorn, HEAD /: 'HTTP/1.1 200 OK'
gunicorn, DELETE /item: 'HTTP/1.1 204 NO CONTENT'
gunicorn, GET /page: 'HTTP/1.1 304 NOT MODIFIED'
EOF
