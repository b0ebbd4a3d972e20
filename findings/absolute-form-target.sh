#!/bin/bash
# "GET http://a.example/x": six servers give the application a path that begins with "http:", and
# one of them loses a letter.
#
# Packages: Twisted 26.10.0, gevent 26.9.0, Tornado 6.6.1 (WSGIContainer), Hypercorn 0.18.0, uWSGI
#   2.0.30 (pyuwsgi 2.0.30.post1), cheroot 11.1.2, wsgiref of CPython 3.11; gunicorn 27.0.1 to
#   compare.
# Standard: RFC 9112, 3.2.2: a server must accept the absolute-form in requests. PEP 3333, "environ
#   Variables": SCRIPT_NAME and PATH_INFO are parts of the URL's path.
# Behaviour: the request is "GET http://a.example/x HTTP/1.1", as a proxy may send it on. The
#   application's PATH_INFO should be "/x".
#   - gevent, Tornado, Hypercorn, uWSGI and wsgiref put the whole URL there: every router says 404.
#   - Twisted does so too, after it has replaced the first letter with a slash.
#   - cheroot answers 400.
#   - gunicorn gives "/x".
source "$(dirname "$0")/common/lib.sh"
packages twisted==26.10.0 gevent==26.9.0 tornado==6.6.1 hypercorn==0.18.0 pyuwsgi==2.0.30.post1 \
    cheroot==11.1.2 gunicorn==27.0.1

cat >"$tmp/app.py" <<'PY'
def app(environ, start_response):
    body = environ["PATH_INFO"].encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
PY
cat >"$tmp/server.py" <<'PY'
import asyncio
import sys

from app import app

name, address = sys.argv[1], ("127.0.0.1", int(sys.argv[2]))
if name == "Twisted":
    from twisted.internet import reactor
    from twisted.web import server, wsgi

    site = server.Site(wsgi.WSGIResource(reactor, reactor.getThreadPool(), app))
    reactor.listenTCP(address[1], site, interface=address[0])
    reactor.run()
elif name == "gevent":
    import gevent.pywsgi; gevent.pywsgi.WSGIServer(address, app).serve_forever()
elif name == "Tornado":
    import tornado.httpserver, tornado.wsgi

    async def forever():
        tornado.httpserver.HTTPServer(tornado.wsgi.WSGIContainer(app)).listen(*reversed(address))
        await asyncio.Event().wait()

    asyncio.run(forever())
elif name == "cheroot":
    import cheroot.wsgi; cheroot.wsgi.Server(address, app).start()
else:
    import wsgiref.simple_server; wsgiref.simple_server.make_server(*address, app).serve_forever()
PY
run() {
    local name
    for name in Twisted gevent Tornado Hypercorn uWSGI wsgiref cheroot gunicorn; do
        new_port
        case $name in
            Hypercorn) serve hypercorn -b "127.0.0.1:$port" wsgi:app:app ;;
            uWSGI) serve uwsgi --http-socket "127.0.0.1:$port" --die-on-term --module app:app ;;
            gunicorn) serve gunicorn -b "127.0.0.1:$port" app:app ;;
            *) serve python "$tmp/server.py" $name "$port" ;;
        esac
        echo "$name: $(ask -b 'GET http://a.example/x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n')"
    done
}
run >"$tmp/now"

seen <<'EOF'
Twisted: '/ttp://a.example/x'
gevent: 'http://a.example/x'
Tornado: 'http://a.example/x'
Hypercorn: 'http://a.example/x'
uWSGI: 'http://a.example/x'
wsgiref: 'http://a.example/x'
cheroot: 'Absolute URI not allowed if server is not a proxy.'
gunicorn: '/x'
EOF
