#!/bin/bash
# On Granian wsgi.input.read() finds nothing after one readline(), though the rest is there.
#
# Packages: Granian 2.8.9 (WSGI), waitress 3.0.2 to compare.
# Standard: PEP 3333, "Input and Error Streams": read(), readline(), readlines() and iteration mean
#   what they mean in the Python Library Reference, so each goes on where the last one stopped.
# Behaviour: an upload begins with a line that says what follows; the application reads that line
#   with readline() and the rest with read(). On Granian, after a readline(), read() and readlines()
#   say that the body is at its end. It is not: the next readline(), or a read() that names a size,
#   still gets it. And read(-1), which elsewhere means read(), raises OverflowError.
source "$(dirname "$0")/common/lib.sh"
packages granian==2.8.9 waitress==3.0.2

cat >"$tmp/app.py" <<'PY'
def app(environ, start_response):
    said = []
    for call in environ["QUERY_STRING"].split(";"):
        name, size = call[:-1].split("(")
        try:
            result = getattr(environ["wsgi.input"], name)(*map(int, size.split()))
        except Exception as error:
            result = error
        said.append(f"{call} {result!r}")
    body = ", ".join(said).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
PY

asked() {
    local calls
    for calls in 'readline();read();readline()' 'readline();readlines()' 'readline();read(9)' 'read(-1)'; do
        echo "$1, $(ask -b "POST /?$calls HTTP/1.0\r\nHost: a\r\nContent-Length: 14\r\n\r\ncsv 2\n1,one\n2,")"
    done
}
run() {
    new_port && serve granian --interface wsgi --host 127.0.0.1 --port "$port" app:app && asked Granian
    new_port && serve waitress-serve --listen "127.0.0.1:$port" app:app && asked waitress
}
run >"$tmp/now"

seen <<'EOF'
Granian, "readline() b'csv 2\\n', read() b'', readline() b'1,one\\n'"
Granian, "readline() b'csv 2\\n', readlines() []"
Granian, "readline() b'csv 2\\n', read(9) b'1,one\\n2,'"
Granian, 'read(-1) OverflowError("can\'t convert negative int to unsigned")'
waitress, "readline() b'csv 2\\n', read() b'1,one\\n2,', readline() b''"
waitress, "readline() b'csv 2\\n', readlines() [b'1,one\\n', b'2,']"
waitress, "readline() b'csv 2\\n', read(9) b'1,one\\n2,'"
waitress, "read(-1) b'csv 2\\n1,one\\n2,'"
EOF
