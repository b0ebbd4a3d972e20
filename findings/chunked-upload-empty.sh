#!/bin/bash
# An upload without Content-Length: of ten servers eight show Django an empty body and five Flask,
# with 200 for an answer, and on pyruvate the sizes of the chunks are part of the body.
#
# Packages: Flask 3.1.3, Werkzeug 3.1.9, Django 5.2.19; gunicorn 27.0.1 (gthread), cheroot 11.1.2,
#   gevent 26.9.0, Granian 2.8.9, Hypercorn 0.18.0 (its own WSGI mode), eventlet 0.41.3, Tornado 6.6.1
#   (WSGIContainer), a2wsgi 1.10.10 on uvicorn 0.54.0, pyruvate 1.6.1; waitress 3.0.2 to compare.
# Standard: RFC 9112, 6.1 and 7.1: a client that does not know the length sends chunks, and every
#   recipient must be able to read them. PEP 3333, "environ Variables": CONTENT_LENGTH may be missing.
# Behaviour: eleven bytes in two chunks are posted to one view in each framework, which answers with
#   how many it got. Django reads as much as CONTENT_LENGTH says, and nothing where there is none;
#   Werkzeug does the same unless the server sets wsgi.input_terminated. Neither raises. waitress,
#   which reads the body first and sets CONTENT_LENGTH, is the only one here that suits both.
#   pyruvate sets it to the size that the body has with its framing, and hands that over.
source "$(dirname "$0")/common/lib.sh"
packages Flask==3.1.3 Werkzeug==3.1.9 Django==5.2.19 gunicorn==27.0.1 cheroot==11.1.2 gevent==26.9.0 \
    granian==2.8.9 Hypercorn==0.18.0 eventlet==0.41.3 tornado==6.6.1 a2wsgi==1.10.10 uvicorn==0.54.0 \
    pyruvate==1.6.1 waitress==3.0.2

cat >"$tmp/on_flask.py" <<'PY'
import flask

app = flask.Flask(__name__)


@app.post("/")
def count():
    return str(len(flask.request.get_data()))
PY
cat >"$tmp/on_django.py" <<'PY'
from django.conf import settings

settings.configure(SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])

from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path


def count(request):
    size = str(len(request.body))
    return HttpResponse(size, headers={"Content-Length": str(len(size))})


urlpatterns = [path("", count)]
app = get_wsgi_application()
PY
cat >"$tmp/server.py" <<'PY'
import importlib
import sys

name, module, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
app, host = importlib.import_module(module).app, "127.0.0.1"
if name == "waitress":
    import waitress

    waitress.serve(app, host=host, port=port)
elif name == "cheroot":
    import cheroot.wsgi

    cheroot.wsgi.Server((host, port), app).start()
elif name == "gevent":
    import gevent.pywsgi

    gevent.pywsgi.WSGIServer((host, port), app).serve_forever()
elif name == "eventlet":
    import eventlet.wsgi

    eventlet.wsgi.server(eventlet.listen((host, port)), app)
elif name == "tornado":
    import tornado.httpserver
    import tornado.ioloop
    import tornado.wsgi

    tornado.httpserver.HTTPServer(tornado.wsgi.WSGIContainer(app)).listen(port, host)
    tornado.ioloop.IOLoop.current().start()
elif name == "a2wsgi":
    import a2wsgi
    import uvicorn

    uvicorn.run(a2wsgi.WSGIMiddleware(app), host=host, port=port)
else:
    import pyruvate

    pyruvate.serve(app, f"{host}:{port}", 1)
PY
# start SERVER MODULE
start() {
    new_port
    case $1 in
    gunicorn) serve gunicorn -b "127.0.0.1:$port" -k gthread "$2:app" ;;
    granian) serve granian --interface wsgi --host 127.0.0.1 --port "$port" "$2:app" ;;
    hypercorn) serve hypercorn -b "127.0.0.1:$port" "wsgi:$2:app" ;;
    *) serve python "$tmp/server.py" "$1" "$2" "$port" ;;
    esac
}
request='POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n'
request+='5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n'
run() {
    local name module reply
    for name in waitress gunicorn cheroot gevent granian hypercorn eventlet tornado a2wsgi pyruvate; do
        echo "$name:" $(for module in on_flask on_django; do
            start "$name" "$module"
            reply=$(ask "$request")
            echo "$module $(cut -d' ' -f2 <<<"$reply") $(ask -b "$request" | tr -d \')"
        done)
    done
}
run >"$tmp/now"

seen <<'EOF'
waitress: on_flask 200 11 on_django 200 11
gunicorn: on_flask 200 11 on_django 200 0
cheroot: on_flask 200 11 on_django 200 0
gevent: on_flask 200 11 on_django 200 0
granian: on_flask 200 11 on_django 200 0
hypercorn: on_flask 200 0 on_django 200 0
eventlet: on_flask 200 0 on_django 200 0
tornado: on_flask 200 0 on_django 200 0
a2wsgi: on_flask 200 0 on_django 200 0
pyruvate: on_flask 200 0 on_django 200 26
EOF
