#!/bin/bash
# The same field twice: bjoern glues the values, cheroot and pyruvate keep the last, and netius
# sends only the last cookie.
#
# Packages: bjoern 3.2.2 (with Debian's libev 1:4.33-1), cheroot 11.1.2, pyruvate 1.6.1, netius
#   1.64.0; waitress 3.0.2 to compare.
# Standard: RFC 9110, 5.2 and 5.3: the value of a field that comes on several lines is all of them
#   in order, joined by commas; only Set-Cookie cannot be joined. RFC 7240, 2: Prefer may come on
#   several lines. PEP 3333, "The start_response() Callable": the headers are a list of pairs.
# Behaviour: a request has "Prefer: respond-async" and "Prefer: wait=10"; the answer has two cookies.
#   - bjoern puts nothing between the values: HTTP_PREFER is "respond-asyncwait=10".
#   - cheroot (for every field that is not on a list of its own) and pyruvate forget all but the
#     last.
#   - netius joins with a semicolon; of the answer's two Set-Cookie it sends the second only.
source "$(dirname "$0")/common/lib.sh"
(
    cd "$tmp" && timeout 120 apt-get download libev4=1:4.33-1 libev-dev=1:4.33-1 >"$tmp/apt" 2>&1 &&
        for file in libev*.deb; do dpkg-deb -x "$file" "$tmp/libev"; done
) || { cat "$tmp/apt"; exit 2; }
library=$(dirname "$tmp"/libev/usr/lib/*/libev.so)
export CFLAGS=-I$tmp/libev/usr/include LDFLAGS=-L$library LD_LIBRARY_PATH=$library
packages bjoern==3.2.2 cheroot==11.1.2 pyruvate==1.6.1 netius==1.64.0 waitress==3.0.2

cat >"$tmp/app.py" <<'PY'
def app(environ, start_response):
    body = environ["HTTP_PREFER"].encode()
    start_response("200 OK", [
        ("Content-Length", str(len(body))), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [body]
PY
cat >"$tmp/server.py" <<'PY'
import sys

from app import app

name, port = sys.argv[1], int(sys.argv[2])
if name == "bjoern":
    import bjoern

    bjoern.run(app, "127.0.0.1", port)
elif name == "cheroot":
    import cheroot.wsgi

    cheroot.wsgi.Server(("127.0.0.1", port), app).start()
elif name == "pyruvate":
    import pyruvate

    pyruvate.serve(app, f"127.0.0.1:{port}", 1)
elif name == "netius":
    import netius.servers

    netius.servers.WSGIServer(app=app).serve(host="127.0.0.1", port=port)
else:
    import waitress

    waitress.serve(app, host="127.0.0.1", port=port)
PY
run() {
    local name reply
    for name in bjoern cheroot pyruvate netius waitress; do
        new_port && serve python "$tmp/server.py" $name "$port"
        reply=$(ask 'GET / HTTP/1.0\r\nHost: a\r\nPrefer: respond-async\r\nPrefer: wait=10\r\n\r\n')
        reply=${reply%"'"}
        echo "$name: HTTP_PREFER is ${reply##*'\n'}, and it sent" $(grep -o 'Set-Cookie: ...' <<<"$reply")
    done
}
run >"$tmp/now"

seen <<'EOF'
bjoern: HTTP_PREFER is respond-asyncwait=10, and it sent Set-Cookie: a=1 Set-Cookie: b=2
cheroot: HTTP_PREFER is wait=10, and it sent Set-Cookie: a=1 Set-Cookie: b=2
pyruvate: HTTP_PREFER is wait=10, and it sent Set-Cookie: a=1 Set-Cookie: b=2
netius: HTTP_PREFER is respond-async;wait=10, and it sent Set-Cookie: b=2
waitress: HTTP_PREFER is respond-async, wait=10, and it sent Set-Cookie: a=1 Set-Cookie: b=2
EOF
