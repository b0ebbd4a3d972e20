#!/bin/bash
# The same RewriteMap as text and as DBM: the first of two equal keys wins, then the last.
#
# Packages: Debian 12's apache2-bin and apache2-utils 2.4.71-1~deb12u1.
# Standard: Apache's manual, httxt2dbm: it makes DBM files from text input, for use as a RewriteMap
#   of the type dbm; RewriteMap: dbm is the text map, indexed, for speed.
# Behaviour: mod_rewrite reads a map of the type txt from the top and takes the first line with the
#   key. httxt2dbm stores line after line, and each replaces what its key had before. Where a map
#   has grown a general line below the special one, converting it "for speed" changes the answers,
#   and neither the tool (even with -v) nor the server says so.
source "$(dirname "$0")/common/lib.sh"
debian apache2-bin '2.4.71-1~deb12u1'
cd "$tmp" && chmod 755 "$tmp" || exit 2
if ! command -v httxt2dbm >"$tmp/which"; then
    timeout 120 apt-get download apache2-utils='2.4.71-1~deb12u1' >"$tmp/apt" 2>&1 &&
        dpkg-deb -x apache2-utils_*.deb "$tmp/utils" || { cat "$tmp/apt"; exit 2; }
    PATH=$tmp/utils/usr/sbin:$PATH
fi

printf '%s\n' '/old /new' '/help /manual' '/old /archive' >"$tmp/map.txt"
cat >"$tmp/conf" <<EOF
ServerRoot $tmp
ServerName localhost
PidFile $tmp/pid
ErrorLog $tmp/error.log
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so
User nobody
Group nogroup
RewriteEngine on
RewriteMap text txt:$tmp/map.txt
RewriteMap dbm dbm=sdbm:$tmp/map.dbm
RewriteRule ^/text(/.*) \${text:\$1} [R]
RewriteRule ^/dbm(/.*) \${dbm:\$1} [R]
EOF
run() {
    local target
    httxt2dbm -f sdbm -i map.txt -o map.dbm && chmod 644 map.*
    new_port && serve apache2 -DFOREGROUND -f "$tmp/conf" -c "Listen 127.0.0.1:$port"
    for target in /text/help /dbm/help /text/old /dbm/old; do
        echo "$target: $(ask "GET $target HTTP/1.0\r\n\r\n" | grep -o 'Location: [^\\]*')"
    done
}
run >"$tmp/now"

seen <<'EOF'
/text/help: Location: http://localhost/manual
/dbm/help: Location: http://localhost/manual
/text/old: Location: http://localhost/new
/dbm/old: Location: http://localhost/archive
EOF
