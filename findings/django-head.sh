#!/bin/bash
# Django leaves it to the server to drop the content of HEAD, and five servers leave it to Django.
#
# Packages: Django 5.2.19 on Tornado 6.6.1 (WSGIContainer), waitress 3.0.2, gevent 26.9.0, cheroot
#   11.1.2 and eventlet 0.41.3; gunicorn 27.0.1 (gthread) to compare.
# Standard: RFC 9110, 9.3.2: the server must not send content in the answer to HEAD. Django's
#   manual, on require_safe(): servers strip the content, so a view may treat HEAD as GET.
# Behaviour: one view, HttpResponse("hello"), and HEAD for it.
#   - Tornado closes the connection without a single byte of an answer.
#   - waitress, gevent, cheroot and eventlet send the fields and then "hello".
#   - gunicorn drops the content. It works there, so it goes unseen until the server is changed.
source "$(dirname "$0")/common/lib.sh"
packages django==5.2.19 tornado==6.6.1 waitress==3.0.2 gevent==26.9.0 cheroot==11.1.2 \
    eventlet==0.41.3 gunicorn==27.0.1

cat >"$tmp/app.py" <<'PY'
import django.conf
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

django.conf.settings.configure(
    ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="a",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"])
urlpatterns = [path("", lambda request: HttpResponse("hello"))]
app = get_wsgi_application()
PY
cat >"$tmp/server.py" <<'PY'
import sys

from app import app

name, address = sys.argv[1], ("127.0.0.1", int(sys.argv[2]))
if name == "Tornado":
    import asyncio, tornado.httpserver, tornado.wsgi

    async def forever():
        tornado.httpserver.HTTPServer(tornado.wsgi.WSGIContainer(app)).listen(address[1], address[0])
        await asyncio.Event().wait()

    asyncio.run(forever())
elif name == "waitress":
    import waitress; waitress.serve(app, listen="%s:%d" % address)
elif name == "gevent":
    import gevent.pywsgi; gevent.pywsgi.WSGIServer(address, app).serve_forever()
elif name == "cheroot":
    import cheroot.wsgi; cheroot.wsgi.Server(address, app).start()
elif name == "eventlet":
    import eventlet, eventlet.wsgi; eventlet.wsgi.server(eventlet.listen(address), app)
PY
run() {
    local name
    for name in Tornado waitress gevent cheroot eventlet gunicorn; do
        new_port
        if [ $name = gunicorn ]; then serve gunicorn -k gthread -b "127.0.0.1:$port" app:app
        else serve python "$tmp/server.py" $name "$port"; fi
        echo "$name: $(ask 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' |
            sed 's/\\r\\n.*\\r\\n\\r\\n/ ... /')"
    done
}
run >"$tmp/now"

seen <<'EOF'
Tornado: ''
waitress: 'HTTP/1.1 200 OK ... hello'
gevent: 'HTTP/1.1 200 OK ... hello'
cheroot: 'HTTP/1.1 200 OK ... hello'
eventlet: 'HTTP/1.1 200 OK ... hello'
gunicorn: 'HTTP/1.1 200 OK ... '
EOF
