"""Files behind DocumentRoot and Alias, directories, redirects, error documents."""

from case import Case, Link, PROBE, ask

MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT"  # of every file in the tree

CASES = [
    Case("static_files", """
        Alias /icons/ $ROOT/htdocs/sub/
        Alias /one $ROOT/htdocs/plain.txt
        Alias /dir $ROOT/htdocs/sub
        Alias /slashless/ $ROOT/htdocs/sub
        AliasMatch ^/m/([a-z]+)\\.page$ $ROOT/htdocs/$1.txt
        AliasMatch /in/ $ROOT/htdocs/sub/
        Alias /first $ROOT/htdocs
        Alias /first/sub $ROOT/nowhere
        <Directory $ROOT/htdocs/nolinks>
            Options -FollowSymLinks
        </Directory>
        <Directory $ROOT/htdocs/owner>
            Options -FollowSymLinks +SymLinksIfOwnerMatch
        </Directory>
        AddType text/x-special .special
        <Files forced.txt>
            ForceType image/png
        </Files>
    """, [
        ask("/", status=200, content_type="text/html", last_modified=MODIFIED),
        ask("/index.html", status=200, content_length="22"),
        ask("/index.html", method="HEAD", status=200, content_length="22"),
        ask("/plain.txt", status=200, content_type="text/plain"),
        ask("/plain.txt?q", status=200),
        ask("/pl%61in.txt", status=200),
        ask("//plain.txt", status=200),
        ask("/style.css", status=200, content_type="text/css"),
        ask("/unknown.xyz", status=200, content_type=None),
        ask("/noextension", status=200, content_type=None),
        ask("/UPPER.TXT", status=200),
        ask("/a.special", status=200, content_type="text/x-special"),
        ask("/forced.txt", status=200, content_type="image/png"),
        ask("/page.utf8.html"),
        ask("/page.html.xyz"),
        ask("/empty.txt", status=200, content_length="0"),
        ask("/missing.txt", status=404),
        ask("/plain.txt/", status=404),
        ask("/plain.txt", f"If-Modified-Since: {MODIFIED}", status=304),
        ask("/plain.txt", "If-Modified-Since: Mon, 13 Nov 2023 22:13:20 GMT", status=200),
        ask("/plain.txt", 'If-None-Match: "no"', status=200),
        ask("/plain.txt", "If-None-Match: *", status=304),
        ask("/plain.txt", 'If-Match: "no"', status=412),
        ask("/plain.txt", "If-Unmodified-Since: Mon, 13 Nov 2023 22:13:20 GMT", status=412),
        ask("/plain.txt", method="POST", body="x", status=200),
        ask("/plain.txt", method="PUT", body="x", status=405),
        ask("/plain.txt", method="DELETE", status=405),
        ask("/plain.txt", method="OPTIONS"),
        ask("/plain.txt", method="BREW", status=501),
        ask("/missing.txt", method="POST", body="x"),
        ask("/icons/index.html", status=200),
        ask("/icons/", status=200),
        ask("/icons", status=404),
        ask("/one", status=200),
        ask("/one/x", status=404),
        ask("/onex", status=404),
        ask("/dir/deep/page.html", status=200),
        ask("/dir/", status=200),
        ask("/dir", status=301, location="http://main.example.com:$PORT/dir/"),
        ask("/slashless/index.html", status=404),
        ask("/m/plain.page", status=200),
        ask("/m/PLAIN.page", status=404),
        ask("/x/in/deep/page.html"),
        ask("/first/sub/index.html", status=200),
        ask("/nolinks/link.txt", status=403),
        ask("/link.txt", status=200),
        ask("/linkdir/index.html", status=200),
        ask("/dangling.txt"),
        ask("/owner/link.txt", status=200),
        ask("/.htaccess"),
        ask("/.hidden"),
        ask("/sp%20ace.txt", status=200),
        ask("/b%c3%a9.txt", status=200),
        ask("/" + "x" * 300, status=403),
        ask("/" + "y/" * 500, status=404),
    ], {
        "htdocs/unknown.xyz": "?\n", "htdocs/noextension": "?\n", "htdocs/UPPER.TXT": "upper\n", "htdocs/a.special": "s\n",
        "htdocs/forced.txt": "forced\n", "htdocs/empty.txt": "", "htdocs/page.utf8.html": "<p>\n",
        "htdocs/page.html.xyz": "<p>\n", "htdocs/link.txt": Link("$ROOT/htdocs/plain.txt"),
        "htdocs/linkdir": Link("$ROOT/htdocs/sub"), "htdocs/dangling.txt": Link("$ROOT/none"),
        "htdocs/nolinks/link.txt": Link("$ROOT/htdocs/plain.txt"), "htdocs/.hidden": "hidden\n",
        "htdocs/owner/link.txt": Link("$ROOT/htdocs/plain.txt"), "htdocs/sp ace.txt": "blank\n", "htdocs/bé.txt": "e\n",
    }),
    Case("static_directories", """
        DirectoryIndex first.html index.html /probe-index
        WSGIScriptAlias /probe-index $ROOT/probe.wsgi
        <Directory $ROOT/htdocs/noslash>
            DirectorySlash Off
        </Directory>
        <Directory $ROOT/htdocs/disabled>
            DirectoryIndex disabled
        </Directory>
        <Directory $ROOT/htdocs/other>
            DirectoryIndex other.txt
        </Directory>
        <Directory $ROOT/htdocs/script>
            Options +ExecCGI
            AddHandler wsgi-script .wsgi
            DirectoryIndex index.wsgi
        </Directory>
    """, [
        ask("/"),
        ask("/sub/", status=200),
        ask("/sub", status=301, location="http://main.example.com:$PORT/sub/"),
        ask("/sub?a=b", status=301, location="http://main.example.com:$PORT/sub/?a=b"),
        ask("/sub", method="POST", body="x"),
        ask("/sub", host="named.example.org", status=301, location="http://named.example.org:$PORT/sub/"),
        ask("/sub", host="named.example.org:8080", status=301, location="http://named.example.org:8080/sub/"),
        ask("/sub", host=None, version="HTTP/1.0", status=301, location="http://main.example.com:$PORT/sub/"),
        ask("/two/", status=200),
        ask("/bare/"),
        ask("/bare/?q=1"),
        ask("/noslash"),
        ask("/noslash/", status=200),
        ask("/disabled/"),
        ask("/other/", status=200, content_type="text/plain"),
        ask("/script/", status=200),
        ask("/script/?q", status=200, QUERY_STRING="q"),
        ask("/script/index.wsgi/x", status=200),
        ask("/sub//"),
        ask("/sp%20ace", status=301),
        ask("/d%c3%a9", status=301),
    ], {
        "htdocs/two/first.html": "first\n", "htdocs/two/index.html": "second\n", "htdocs/noslash/index.html": "n\n",
        "htdocs/disabled/index.html": "d\n", "htdocs/other/other.txt": "o\n",
        "htdocs/script/index.wsgi": PROBE, "htdocs/sp ace/index.html": "s\n", "htdocs/dé/index.html": "e\n",
    }),
    Case("static_fallback", """
        WSGIScriptAlias /app $ROOT/probe.wsgi
        <Directory $ROOT/htdocs/spa>
            FallbackResource /spa/index.html
        </Directory>
        <Directory $ROOT/htdocs/dynamic>
            FallbackResource /app
        </Directory>
        <Directory $ROOT/htdocs/script>
            Options +ExecCGI
            AddHandler wsgi-script .wsgi
            FallbackResource /script/main.wsgi
        </Directory>
        <Directory $ROOT/htdocs/spa/off>
            FallbackResource disabled
        </Directory>
    """, [
        ask("/spa/anything", status=200),
        ask("/spa/any/deep/path?q", status=200),
        ask("/spa/real.txt", status=200, content_type="text/plain"),
        ask("/spa/off/missing", status=404),
        ask("/dynamic/x"),
        ask("/dynamic/x/y?q=1"),
        ask("/dynamic/"),
        ask("/script/"),
        ask("/script/x/y?q=1"),
        ask("/script/main.wsgi/z", status=200),
        ask("/outside", status=404),
    ], {
        "htdocs/spa/index.html": "spa\n", "htdocs/spa/real.txt": "real\n", "htdocs/spa/off/x.txt": "x\n",
        "htdocs/dynamic/x.txt": "x\n", "htdocs/script/main.wsgi": PROBE,
    }),
    Case("static_redirects", """
        Redirect /temp http://other.example.com/there
        Redirect permanent /perm http://other.example.com/
        Redirect 303 /see /local/see
        Redirect seeother /see2 /local/see2
        Redirect 307 /keep http://other.example.com
        Redirect 308 /keep2 https://other.example.com/x
        Redirect gone /gone
        Redirect 410 /gone2
        Redirect 403 /forbidden
        Redirect 404 /hidden
        RedirectPermanent /rp http://other.example.com/rp
        RedirectTemp /rt http://other.example.com/rt
        Redirect /query http://other.example.com/q?a=b
        RedirectMatch ^/m/(.*)\\.gif$ http://other.example.com/$1.png
        RedirectMatch 301 "^/m2/([^/]+)/([^/]+)$" "/$2/$1"
        RedirectMatch gone ^/old
        RedirectMatch /anywhere http://other.example.com/found$0
        RedirectMatch ^/esc/(.*)$ http://other.example.com/?v=$1
        Redirect / http://last.example.com/
        <Location /inloc>
            Redirect 301 http://other.example.com/inloc
        </Location>
        <LocationMatch ^/lm/(?<what>[a-z]+)>
            Redirect 302 http://other.example.com/%{env:MATCH_WHAT}
        </LocationMatch>
    """, [
        *[ask(target) for target in (
            "/temp", "/temp/x", "/temp/x?q=1", "/tempx", "/temp?q", "/perm", "/perm/x", "/see", "/see/x", "/see2?q", "/keep",
            "/keep/x", "/keep2/y", "/gone", "/gone/x", "/gone2", "/forbidden", "/hidden/x", "/rp/x", "/rt", "/query",
            "/query/x", "/query?c=d", "/m/a/b.gif", "/m/a.gif?q=1", "/m/a.jpg", "/m2/one/two", "/old", "/oldest", "/x/anywhere/y",
            "/esc/a%20b", "/esc/a%26b%3fc", "/temp/%20x", "/temp/%c3%a9", "/", "/plain.txt", "/inloc", "/inloc/x", "/lm/abc",
            "/temp/a%0d%0aX-Evil:%20yes", "/esc/%0d%0aX-Evil:%20yes",
        )],
        ask("/temp", method="POST", body="x", status=302),
        ask("/see", host="named.example.org:8080", location="http://named.example.org:8080/local/see"),
    ]),
    Case("static_error_documents", """
        ErrorDocument 404 "nothing \\"here\\""
        ErrorDocument 403 /errors/forbidden.html
        ErrorDocument 410 /app/gone?from=errors
        ErrorDocument 405 http://other.example.com/405
        ErrorDocument 500 "broken"
        Redirect gone /gone
        Redirect 410 /local/gone
        WSGIScriptAlias /app $ROOT/probe.wsgi
        WSGIScriptAlias /syntax $ROOT/broken.wsgi
        <Location /forbidden>
            Require all denied
        </Location>
        <Location /local>
            ErrorDocument 404 "a local text"
            ErrorDocument 410 default
        </Location>
        <Location /missingdoc>
            ErrorDocument 404 /errors/none.html
        </Location>
    """, [
        ask("/missing", status=404),
        ask("/missing", method="HEAD", status=404),
        ask("/local/missing", status=404),
        ask("/local/gone", status=410),
        ask("/forbidden/x?q=1", status=403),
        ask("/gone?a=b", status=200, script="/app", path="/gone", QUERY_STRING="from=errors"),
        ask("/gone", method="POST", body="abc", status=200),
        ask("/gone", method="HEAD", status=200),
        ask("/plain.txt", method="DELETE"),
        ask("/missingdoc", status=404),
        ask("/syntax", status=500),
        ask("/app", status=200),
        ask("/errors/forbidden.html", status=200),
    ], {"htdocs/errors/forbidden.html": "<p>no</p>\n", "broken.wsgi": "def application(:\n"},
        compares_bodies_of=(403, 404, 410, 500)),
    Case("static_user_directories", """
        UserDir $ROOT/home/*/public_html
        UserDir disabled carol
        <Directory $ROOT/home/*/public_html/wsgi-scripts/>
            Options ExecCGI
            SetHandler wsgi-script
        </Directory>
    """, [
        ask("/~bob/page.txt", status=200),
        ask("/~bob", status=301),
        ask("/~bob/", status=200),
        ask("/~bob/wsgi-scripts/app.wsgi/x", status=200, script="/~bob/wsgi-scripts/app.wsgi", path="/x"),
        ask("/~bob/missing", status=404),
        ask("/~alice/page.txt", status=404),
        ask("/~carol/page.txt", status=404),
        ask("/~../plain.txt"),
        ask("/~./plain.txt"),
        ask("/~/plain.txt"),
        ask("/~bob/../../plain.txt"),
    ], {
        "home/bob/public_html/page.txt": "bob\n", "home/bob/public_html/index.html": "bob's\n",
        "home/bob/public_html/wsgi-scripts/app.wsgi": PROBE, "home/carol/public_html/page.txt": "carol\n",
    }),
    Case("static_scripts_are_not_shown", """
        Alias /scripts $ROOT/scripts
        <Directory $ROOT/scripts>
            Options +ExecCGI
            AddHandler wsgi-script .wsgi
        </Directory>
        <Location /scripts/default>
            SetHandler none
        </Location>
    """, [
        ask("/scripts/a.wsgi", status=200),
        ask("/scripts/a.wsgi.bak"),
        ask("/scripts/a.WSGI"),
        ask("/scripts/a.wsgi/../b.txt", status=200),
        ask("/scripts/a.wsgi%20"),
        ask("/scripts/a.wsgi."),
        ask("/scripts/A.wsgi", status=404),
    ], {"scripts/a.wsgi": PROBE, "scripts/a.wsgi.bak": PROBE, "scripts/b.txt": "b\n", "scripts/a.WSGI": PROBE}),
]
