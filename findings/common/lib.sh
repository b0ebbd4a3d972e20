# Sourced by the scripts one folder up: a temporary folder with a virtual environment, servers that
# are ended by their pid, one raw request, and the comparison with what was seen.
set -u
tmp=$(mktemp -d) || exit 2
started=()

finish() {
    local pid
    for pid in ${started[@]+"${started[@]}"}; do kill -TERM "$pid"; done 2>/dev/null
    for pid in ${started[@]+"${started[@]}"}; do wait "$pid"; done 2>/dev/null
    rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 2' HUP INT TERM

# packages NAME==VERSION...: installs them for /usr/bin/python3 and puts their commands first.
packages() {
    /usr/bin/python3 -m venv "$tmp/venv" &&
        timeout 400 "$tmp/venv/bin/pip" install -q --disable-pip-version-check "$@" 2>"$tmp/pip" ||
        { cat "$tmp/pip"; echo "could not install: $*"; exit 2; }
    PATH=$tmp/venv/bin:$PATH
    cd "$tmp" || exit 2
}

# debian NAME VERSION...: stops unless these Debian packages are installed in these versions.
debian() {
    local found
    while [ $# -gt 1 ]; do
        found=$(dpkg-query -W -f '${Version}' "$1" 2>/dev/null)
        [ "$found" = "$2" ] || { echo "needs $1 $2, found: ${found:-none}"; exit 2; }
        shift 2
    done
}

# new_port: sets $port to a free port of 127.0.0.1.
new_port() {
    port=$(/usr/bin/python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
}

# serve COMMAND...: starts a server that listens on $port and waits until it does.
serve() {
    PYTHONPATH=$tmp timeout -k 3 60 "$@" >"$tmp/log" 2>&1 &
    started+=($!)
    local i
    for ((i = 0; i < 200; i++)); do
        if (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
        sleep .1
    done
    { cat "$tmp/log" && echo "no server: $*"; } >&2
    exit 2
}

# ask [-b] REQUEST: sends it (with \r\n for line ends) to $port and prints the whole reply as Python
# would, without the fields that name a date or a program; with -b only what follows the fields.
ask() {
    timeout 20 /usr/bin/python3 - "$port" "$@" <<'PY'
import re, socket, sys
request = sys.argv[-1].encode().decode("unicode_escape").encode("latin-1")
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5) as s:
    s.sendall(request)
    reply = b""
    try:
        while piece := s.recv(65536):
            reply += piece
    except OSError:
        reply += b"<no more>"
reply = re.sub(rb"(?i)\r\n(date|server|via): [^\r]*", b"", reply)
print(repr(reply.partition(b"\r\n\r\n")[2] if sys.argv[2] == "-b" else reply)[1:])
PY
}

# seen: compares $tmp/now with its standard input.
seen() {
    cat >"$tmp/seen"
    cat "$tmp/now"
    diff "$tmp/seen" "$tmp/now" >"$tmp/diff" && { echo "as seen before"; exit 0; }
    echo "this has changed (< was seen, > is now):"
    cat "$tmp/diff"
    exit 1
}
