#!/bin/bash
# On five WSGI servers Django's request_finished never comes, so database connections stay open.
#
# Packages: Django 5.2.19 on fastpysgi 0.6, freastal 0.0.3, pyruvate 1.6.1, netius 1.64.0 and
#   fastwsgi 0.0.9; waitress 3.0.2 to compare.
# Standard: PEP 3333, "Specification Details": if the iterable that the application returns has a
#   close() method, the server must call it at the end of the request, however it ended.
# Behaviour: Django sends the signal request_finished from HttpResponse.close(), and its
#   close_old_connections() hangs on that signal. HttpResponse.__iter__() returns another object.
#   fastwsgi, fastpysgi and netius close (if anything) the iterator, which has no close();
#   freastal and pyruvate close nothing. Nothing fails: the answers are right, and what Django
#   does between requests is not done.
source "$(dirname "$0")/common/lib.sh"
packages django==5.2.19 fastpysgi==0.6 freastal==0.0.3 pyruvate==1.6.1 netius==1.64.0 \
    fastwsgi==0.0.9 waitress==3.0.2

cat >"$tmp/app.py" <<'PY'
import django.conf
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

django.conf.settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="a")
count = {"started": 0, "finished": 0}


def started(**_):
    count["started"] += 1


def finished(**_):
    count["finished"] += 1


request_started.connect(started)
request_finished.connect(finished)
urlpatterns = [path("", lambda request: HttpResponse("%(started)d %(finished)d" % count))]
app = get_wsgi_application()
PY
cat >"$tmp/server.py" <<'PY'
import importlib
import sys

from app import app

name, port = sys.argv[1], int(sys.argv[2])
module = importlib.import_module("netius.servers" if name == "netius" else name)
if name == "pyruvate":
    module.serve(app, f"127.0.0.1:{port}", 1)
elif name == "netius":
    module.WSGIServer(app=app).serve(host="127.0.0.1", port=port)
else:
    (module.run if "pysgi" in name or "wsgi" in name else module.serve)(app, host="127.0.0.1", port=port)
PY
run() {
    local name
    for name in fastwsgi fastpysgi freastal pyruvate netius waitress; do
        new_port && serve python "$tmp/server.py" $name "$port"
        for _ in 1 2 3; do ask -b 'GET / HTTP/1.0\r\nHost: a\r\n\r\n' >"$tmp/last"; done
        echo "$name, third request: started and finished so far: $(cat "$tmp/last")"
    done
}
run >"$tmp/now"

seen <<'EOF'
fastwsgi, third request: started and finished so far: '3 0'
fastpysgi, third request: started and finished so far: '3 0'
freastal, third request: started and finished so far: '3 0'
pyruvate, third request: started and finished so far: '3 0'
netius, third request: started and finished so far: '3 0'
waitress, third request: started and finished so far: '3 2'
EOF
