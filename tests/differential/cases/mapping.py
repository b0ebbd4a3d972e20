"""URL → script: WSGIScriptAlias, WSGIScriptAliasMatch, handlers (the specification's cases 25 to 45)."""

from case import Case, Link, PROBE, ask

MOUNTS = """
WSGIScriptAlias /emb $ROOT/probe.wsgi
WSGIScriptAlias /dir/ $ROOT/dir/
WSGIScriptAlias /dirn $ROOT/dir
WSGIScriptAlias /odd/ $ROOT/dir
WSGIScriptAlias /long $ROOT/probe.wsgi
WSGIScriptAlias /long/sub $ROOT/dir/one.wsgi
WSGIScriptAlias /gone $ROOT/gone.wsgi
WSGIScriptAlias /called $ROOT/probe.wsgi callable-object=other
WSGIScriptAlias "/with blank" "$ROOT/dir/with blank.wsgi"
"""
SCRIPTS = {
    "dir/one.wsgi": PROBE, "dir/three": PROBE, "dirthree.py": PROBE, "dir/sub/two.wsgi": PROBE,
    "dir/with blank.wsgi": PROBE, "dir/linked.wsgi": Link("$ROOT/probe.wsgi"), "dir/é.wsgi": PROBE,
}


def ok(target, script, path, **more):
    return ask(target, status=200, script=script, path=path, REQUEST_URI=target, **more)


def status(number, *targets):
    return [ask(target, status=number) for target in targets]


CASES = [
    Case("mapping_25_to_34_mounts", MOUNTS, [
        ok("/emb", "/emb", ""),
        ok("/emb/", "/emb", "/"),
        ok("/emb/a/b?c=d&e=%2F", "/emb", "/a/b", QUERY_STRING="c=d&e=%2F"),
        ok("/emb?", "/emb", "", QUERY_STRING=""),
        ok("/emb?a?b", "/emb", "", QUERY_STRING="a?b"),
        *status(404, "/embx", "/EMB", "/emb.html", "/emb;p", "/em"),
        ok("//emb/a", "/emb", "/a"),
        ok("/emb//a//b", "/emb", "/a/b"),
        ok("/emb///", "/emb", "/"),
        ok("/e%6db/%C3%A9%20x", "/emb", "/\u00c3\u00a9 x"),
        ok("/emb/%2b+%26%3b;p=1", "/emb", "/++&;;p=1"),
        *status(404, "/emb/a%2Fb", "/emb/a%2fb", "/emb/%00", "/em%2fb"),
        *status(400, "/emb/%", "/emb/%4", "/emb/%zz"),
        ok("/emb/./a/../b", "/emb", "/b"),
        ok("/emb/a/..", "/emb", "/"),
        ok("/emb/a/.", "/emb", "/a/"),
        ok("/emb/.../..a/.b", "/emb", "/.../..a/.b"),
        ok("/emb/%2e/a/%2e%2E/b", "/emb", "/b"),
        ok("/x/../emb", "/emb", ""),
        ok("/dir/one.wsgi/x", "/dir/one.wsgi", "/x"),
        ok("/dir/one.wsgi", "/dir/one.wsgi", ""),
        ok("/dir/sub/two.wsgi/y/z", "/dir/sub/two.wsgi", "/y/z"),
        ok("/dirn/three", "/dirn/three", ""),
        ok("/dirn/three/x", "/dirn/three", "/x"),
        ok("//dirn//three//x", "/dirn/three", "/x"),
        ok("/dir/linked.wsgi/x", "/dir/linked.wsgi", "/x"),
        ok("/dir/%c3%a9.wsgi/%e9", "/dir/\u00c3\u00a9.wsgi", "/\u00e9"),
        ok("/with%20blank/x", "/with blank", "/x"),
        ok("/dir/with%20blank.wsgi/x", "/dir/with blank.wsgi", "/x"),
        *status(404, "/dir", "/dirx", "/dir/missing", "/dir/sub/missing/x", "/odd/three", "/missing", "/gone", "/gone/x"),
        *status(403, "/dir/", "/dir/sub/"),
        ok("/odd/three.py/x", "/odd/three.py", "/x"),
        ask("/dirn", status=301, location="http://main.example.com:$PORT/dirn/"),
        ask("/dirn?q=1", status=301, location="http://main.example.com:$PORT/dirn/?q=1"),
        ask("/dir/sub", status=301, location="http://main.example.com:$PORT/dir/sub/"),
        ask("/dirn", host="other.example.com:8080", status=301, location="http://other.example.com:8080/dirn/"),
        ok("/long/sub", "/long", "/sub"),
        ask("/called", status=200, callable_object="other"),
        ask("http://absolute.example.com/emb/x?y", status=200, script="/emb", path="/x",
            REQUEST_URI="http://absolute.example.com/emb/x?y", HTTP_HOST="absolute.example.com"),
        ask("/emb/x", method="POST", body="abc", status=200, REQUEST_METHOD="POST", CONTENT_LENGTH="3"),
        ask("/emb/x", method="BREW", status=200, REQUEST_METHOD="BREW"),
        ask("/emb/x", method="OPTIONS", status=200, REQUEST_METHOD="OPTIONS"),
        ask("/emb", host=None, version="HTTP/1.0", status=200, SERVER_NAME="main.example.com"),
    ], SCRIPTS),
    Case("mapping_50_dot_segments", MOUNTS + "Alias /files/ $ROOT/htdocs/sub/\n", [
        ask(target) for target in (
            "/..", "/../emb", "/emb/../../emb", "/%2e%2e/emb", "/dir/../../dir/one.wsgi", "/dir/%252e%252e/dirthree.py",
            "/dir/..%2fdirthree.py", "/dir/..%5cdirthree.py", "/dir/%c0%ae%c0%ae/dirthree.py", "/dir/one.wsgi%00.html",
            "/dir/%2e%2e%2fdirthree.py", "/dir/../dirthree.py", "/dir/one.wsgi.", "/dir/one.wsgi/.", "/dir/one.wsgi/..",
            "/dir/./one.wsgi", "/dir//one.wsgi", "/dir/one.wsgi;p", "/files/../plain.txt", "/files/..%2fplain.txt",
            "/files/%2e%2e/plain.txt", "/files/.%2e/plain.txt", "/files/..\\plain.txt", "/files//index.html",
            "/files/./index.html", "/files/index.html/", "/files/index.html/x", "/files/deep/../index.html", "/files/...",
        )
    ], SCRIPTS),
    Case("mapping_root_mount", """
        WSGIScriptAlias / $ROOT/probe.wsgi
        Alias /static $ROOT/htdocs
    """, [
        ok("/", "", "/"),
        ok("/a/b", "", "/a/b"),
        ok("//", "", "/"),
        ok("/plain.txt", "", "/plain.txt"),
        ok("/staticx", "", "/staticx"),
        ask("/static/plain.txt", status=200),
        ask("/static/missing", status=404),
        ask("*", method="OPTIONS"),
    ]),
    Case("mapping_35_to_37_match", """
        WSGIScriptAliasMatch ^/m1/([^/]+) $ROOT/dir/$1.wsgi
        WSGIScriptAliasMatch ^/m2/ $ROOT/probe.wsgi
        WSGIScriptAliasMatch ^/m3(/.*)?$ $ROOT/probe.wsgi$1
        WSGIScriptAliasMatch ^/m4 $ROOT/probe.wsgi
        WSGIScriptAliasMatch "^/m5/(a|b)" "$ROOT/dir/with blank.wsgi" callable-object=other
        WSGIScriptAliasMatch /inner/ $ROOT/dir/
        WSGIScriptAliasMatch ^/amp/(.+)$ $ROOT/dir&
    """, [
        ok("/m1/one/z", "/m1/one", "/z"),
        ok("/m1/one", "/m1/one", ""),
        *status(404, "/m1/none", "/m1/", "/m1"),
        ok("/m2/", "/m2/", ""),
        *status(404, "/m2/a/b", "/m2"),
        ok("/m3", "/m3", ""),
        ok("/m3/a", "/m3", "/a"),
        ok("/m4", "/m4", ""),
        ok("/m4/a", "/m4", "/a"),
        *status(404, "/m4xyz/a"),
        ask("/m5/a/x", status=200, callable_object="other"),
        ask("/before/inner/one.wsgi/x"),
        ask("/amp/three"),
    ], SCRIPTS),
    Case("mapping_39_aliases_come_first", """
        Alias /both $ROOT/htdocs/plain.txt
        WSGIScriptAlias /both $ROOT/probe.wsgi
        WSGIScriptAlias /wsgi $ROOT/probe.wsgi
        AliasMatch ^/wsgi/static/(.*)$ $ROOT/htdocs/$1
        Redirect /wsgi/old http://elsewhere.example.com/new
        Alias /wsgi/alias $ROOT/htdocs
    """, [
        ask("/both", status=200, content_type="text/plain"),
        ask("/wsgi/static/plain.txt", status=200, content_type="text/plain"),
        ask("/wsgi/old/x?y", status=302, location="http://elsewhere.example.com/new/x?y"),
        ask("/wsgi/alias/style.css", status=200, content_type="text/css"),
        ok("/wsgi/other", "/wsgi", "/other"),
    ]),
    Case("mapping_41_accept_path_info", """
        WSGIScriptAlias /on $ROOT/probe.wsgi
        WSGIScriptAlias /off $ROOT/probe.wsgi
        WSGIScriptAlias /default $ROOT/dir/one.wsgi
        <Location /off>
            AcceptPathInfo Off
        </Location>
        <Location /on>
            AcceptPathInfo On
        </Location>
        <Location /default>
            AcceptPathInfo Default
        </Location>
        <Files plain.txt>
            AcceptPathInfo On
        </Files>
    """, [
        ok("/off", "/off", ""),
        ask("/off/x", status=404),
        ask("/off/", status=404),
        ok("/on/x", "/on", "/x"),
        ok("/default/x", "/default", "/x"),
        ask("/plain.txt/x"),
        ask("/style.css/x", status=404),
        ask("/index.html/", status=404),
    ], SCRIPTS),
    Case("mapping_42_handlers", """
        Alias /noexec $ROOT/dir
        Alias /exec $ROOT/execdir
        Alias /set $ROOT/setdir
        Alias /removed $ROOT/execdir/removed
        AddHandler wsgi-script .wsgi
        <Directory $ROOT/execdir>
            Options +ExecCGI
        </Directory>
        <Directory $ROOT/execdir/removed>
            RemoveHandler .wsgi
        </Directory>
        <Directory $ROOT/setdir>
            Options ExecCGI
            SetHandler wsgi-script
        </Directory>
        <Files none.wsgi>
            SetHandler None
        </Files>
        <Directory $ROOT/minus>
            Options -ExecCGI
        </Directory>
        Alias /minus $ROOT/minus
        Alias /type $ROOT/type
        <Directory $ROOT/type>
            Options +ExecCGI
            AddType application/x-httpd-wsgi .app
        </Directory>
    """, [
        ask("/noexec/one.wsgi", status=403),
        ask("/noexec/one.wsgi/x", status=403),
        ask("/exec/one.wsgi", status=200, script="/exec/one.wsgi", path=""),
        ask("/exec/one.wsgi/x?y", status=200, script="/exec/one.wsgi", path="/x"),
        ask("/exec/one.en.wsgi"),
        ask("/exec/one.wsgi.en"),
        ask("/exec/one.wsgi.txt"),
        ask("/exec/missing.wsgi", status=404),
        ask("/exec/plain.txt", status=200, content_type="text/plain"),
        ask("/exec/", status=403),
        ask("/removed/one.wsgi"),
        ask("/set/any", status=200, script="/set/any", path=""),
        ask("/set/any/x", status=200, script="/set/any", path="/x"),
        ask("/set/missing", status=404),
        ask("/set/", status=403),
        ask("/exec/none.wsgi"),
        ask("/minus/one.wsgi", status=403),
        ask("/type/one.app/x"),
        ask("/exec/one.wsgi", method="POST", body="a=b", status=200),
    ], {
        **SCRIPTS, "execdir/one.wsgi": PROBE, "execdir/plain.txt": "plain\n", "execdir/removed/one.wsgi": "not run\n",
        "setdir/any": PROBE, "execdir/none.wsgi": "shown\n", "minus/one.wsgi": PROBE, "type/one.app": PROBE,
        "execdir/one.en.wsgi": PROBE, "execdir/one.wsgi.en": PROBE, "execdir/one.wsgi.txt": PROBE,
    }),
    Case("mapping_43_vhost_before_main", """
        WSGIScriptAlias /emb $ROOT/probe.wsgi
        WSGIScriptAlias /main $ROOT/probe.wsgi
        <VirtualHost *:$PORT>
            ServerName vh.example.com
            WSGIScriptAlias /only $ROOT/probe.wsgi
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName root.example.com
            WSGIScriptAlias / $ROOT/dir/one.wsgi
        </VirtualHost>
    """, [
        ask("/emb", host="root.example.com", status=200, script="", path="/emb"),
        ask("/emb", host="vh.example.com", status=200, script="/emb", path=""),
        ask("/only/x", host="vh.example.com", status=200, script="/only", path="/x"),
        ask("/main", host="vh.example.com", status=200, script="/main"),
        ask("/plain.txt", host="vh.example.com", status=200),
    ], SCRIPTS),
    Case("mapping_44_handler_script", """
        WSGIHandlerScript my-handler $ROOT/probe.wsgi
        <Directory $ROOT/htdocs>
            AddHandler my-handler .foo
        </Directory>
        <Location /set>
            SetHandler my-handler
        </Location>
        <Directory $ROOT/htdocs/sub>
            WSGIHandlerScript my-handler $ROOT/dir/one.wsgi
        </Directory>
    """, [
        ask("/doc.foo/extra", status=200, script="/doc.foo", path="/extra"),
        ask("/doc.foo?q", status=200, script="/doc.foo", path=""),
        ask("/missing.foo", status=200, script="/missing.foo"),
        ask("/set/anything"),
        ask("/set"),
        ask("/sub/x.foo"),
        ask("/plain.txt", status=200),
    ], {**SCRIPTS, "htdocs/doc.foo": "a document\n", "htdocs/sub/x.foo": "another\n"}),
    Case("mapping_45_merge_slashes", """
        MergeSlashes Off
        WSGIScriptAlias //slashy $ROOT/probe.wsgi
        WSGIScriptAlias /plain $ROOT/probe.wsgi
    """, [
        ask("//slashy", status=200, script="/slashy", path=""),
        ask("//slashy//a//b", status=200, script="/slashy", path="/a/b"),
        ask("/slashy", status=200),
        ask("//plain/a"),
        ask("/plain//a//b", status=200, script="/plain", path="/a/b"),
    ]),
    Case("mapping_encoded_slashes", """
        AllowEncodedSlashes On
        WSGIScriptAlias /emb $ROOT/probe.wsgi
        <VirtualHost *:$PORT>
            ServerName main.example.com
            AllowEncodedSlashes On
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName nodecode.example.com
            AllowEncodedSlashes NoDecode
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName inherits.example.com
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName off.example.com
            AllowEncodedSlashes Off
        </VirtualHost>
    """, [
        *[ask(target, host=f"{name}.example.com")
          for target in ("/emb/a%2Fb", "/emb/a%2fb%2F%2fc", "/emb%2fx", "/emb/..%2fx", "/emb/%2e%2e%2fx", "/emb/%00")
          for name in ("main", "nodecode", "off", "inherits")],
    ]),
    Case("mapping_permissions", """
        <Directory $ROOT>
            Require all denied
        </Directory>
        <Directory $ROOT/dir>
            Require all granted
        </Directory>
        <Files with*>
            Require all denied
        </Files>
        WSGIScriptAlias /denied $ROOT/probe.wsgi
        WSGIScriptAlias /granted $ROOT/dir/one.wsgi
        WSGIScriptAlias /dir $ROOT/dir
        WSGIScriptAlias /gone $ROOT/gone.wsgi
    """, [
        ask("/denied", status=403),
        ask("/granted", status=200),
        ask("/granted/../denied", status=403),
        ask("/dir/one.wsgi/x", status=200),
        ask("/dir/with%20blank.wsgi", status=403),
        ask("/gone", status=403),
        ask("/plain.txt", status=403),
    ], SCRIPTS),
]
