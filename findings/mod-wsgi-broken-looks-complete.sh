#!/bin/bash
# Behind mod_wsgi's daemon mode a download that breaks off looks complete.
#
# Packages: Debian 12's libapache2-mod-wsgi-py3 4.9.4-1+b2 with apache2-bin 2.4.71-1~deb12u1;
#   gunicorn 27.0.1 to compare. (mod_wsgi 6.1.1, built for the same Apache, does the same.)
# Standard: RFC 9112, 7.1: the last chunk says that the content is whole; section 8: a client must
#   take a chunked message without it for incomplete. PEP 3333, "Error Handling": an exception from
#   the iterable aborts the response.
# Behaviour: an application without a Content-Length yields one row of a table and then raises. By
#   then 200 is out, so the missing last chunk is all that can tell the client. gunicorn leaves it
#   out, and so does mod_wsgi in embedded mode. In daemon mode, the one that its manual recommends,
#   mod_wsgi logs the same exception, but Apache sees no more than the end of what the daemon wrote,
#   and ends the body in good order: curl and every cache take half a table for a whole one.
source "$(dirname "$0")/common/lib.sh"
debian libapache2-mod-wsgi-py3 4.9.4-1+b2 apache2-bin '2.4.71-1~deb12u1'
packages gunicorn==27.0.1

cat >"$tmp/app.py" <<'PY'
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/csv")])
    yield b"1,one\n"
    raise RuntimeError("the connection to the database is gone")
PY
cat >"$tmp/conf" <<EOF
ServerRoot $tmp
ServerName localhost
PidFile $tmp/pid
ErrorLog $tmp/error.log
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule wsgi_module /usr/lib/apache2/modules/mod_wsgi.so
User nobody
Group nogroup
WSGISocketPrefix $tmp/socket
WSGIDaemonProcess apart threads=1
WSGIApplicationGroup %{GLOBAL}
WSGIScriptAlias /daemon $tmp/app.py process-group=apart
WSGIScriptAlias /embedded $tmp/app.py
<Directory $tmp>
    Require all granted
</Directory>
EOF
chmod 755 "$tmp"

asked() { echo "$1: $(ask -b "GET /${2-} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")"; }
run() {
    new_port && serve apache2 -DFOREGROUND -f "$tmp/conf" -c "Listen 127.0.0.1:$port"
    asked "mod_wsgi, daemon mode" daemon
    asked "mod_wsgi, embedded" embedded
    echo "logged: $(grep -c 'RuntimeError: the connection' "$tmp/error.log")"
    new_port && serve gunicorn -b "127.0.0.1:$port" app:application && asked gunicorn
}
run >"$tmp/now"

seen <<'EOF'
mod_wsgi, daemon mode: '6\r\n1,one\n\r\n0\r\n\r\n'
mod_wsgi, embedded: '6\r\n1,one\n\r\n'
logged: 2
gunicorn: '6\r\n1,one\n\r\n'
EOF
