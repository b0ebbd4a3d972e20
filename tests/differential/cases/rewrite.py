"""mod_rewrite: the server's context, the directory's, the flags, the maps."""

from case import Case, Dbm, PROBE, ask

BASE = """
WSGIScriptAlias /gs $ROOT/probe.wsgi
RewriteEngine On
"""


def paths(*targets, host="main.example.com"):
    return [ask(target, host=host) for target in targets]


CASES = [
    Case("rewrite_40_pass_through", BASE + """
        RewriteRule ^/rw/(.*)$ /gs/$1?q=1 [PT,QSA,E=V:yes]
        RewriteRule ^/nopt/(.*)$ /gs/$1
        RewriteRule ^/noqsa/(.*)$ /gs/$1?q=1 [PT]
        RewriteRule ^/keep/(.*)$ /gs/$1 [PT]
        RewriteRule ^/drop/(.*)$ /gs/$1? [PT]
        RewriteRule ^/qsd/(.*)$ /gs/$1 [PT,QSD]
        RewriteRule ^/slash$ gs/x [PT]
    """, [
        ask("/rw/a?b=c", status=200, script="/gs", path="/a", REQUEST_URI="/rw/a?b=c", QUERY_STRING="q=1&b=c", V="yes"),
        ask("/rw/a%20b", status=200, path="/a b"),
        ask("/nopt/a", status=404),
        ask("/noqsa/a?b=c", QUERY_STRING="q=1"), ask("/keep/a?b=c", QUERY_STRING="b=c"),
        ask("/drop/a?b=c", QUERY_STRING=""), ask("/qsd/a?b=c", QUERY_STRING=""),
        *paths("/rw/", "/rw//a//b", "/rw/a?b=%20c", "/slash", "/gs/plain?x", "/rw/a%3fb", "/rw/%25", "/rw/a%26b?c"),
    ]),
    Case("rewrite_flags", BASE + r"""
        <Directory $ROOT>
            Options +ExecCGI
        </Directory>
        RewriteRule ^/last$ /gs/last1 [E=X_ONE:1,L,PT]
        RewriteRule ^/gs/last1$ /gs/never [PT]
        RewriteRule ^/end$ /gs/end1 [END,PT]
        RewriteRule ^/forbidden$ - [F]
        RewriteRule ^/gone$ - [G]
        RewriteRule ^/r$ /target [R]
        RewriteRule ^/r301$ /target [R=301,L]
        RewriteRule ^/rperm$ /target [R=permanent,L]
        RewriteRule ^/rtemp$ http://other.example.com/t [R=temp]
        RewriteRule ^/rsee$ /target [R=seeother]
        RewriteRule ^/r307$ /target [R=307,L]
        RewriteRule ^/r308$ /target [R=308,L]
        RewriteRule ^/r404$ - [R=404,L]
        RewriteRule ^/abs/(.*)$ http://other.example.com/$1
        RewriteRule ^/self/(.*)$ http://main.example.com/plain.txt
        RewriteRule ^/ne$ /target#anchor [R,NE]
        RewriteRule ^/esc$ /target#anchor [R]
        RewriteRule ^/ne2/(.*)$ /t/$1%20x [R,NE]
        RewriteRule ^/esc2/(.*)$ /t/$1%20x [R]
        RewriteRule ^/NC/([a-z]+)$ /gs/nc/$1 [NC,PT]
        RewriteRule ^/chain1/(.*)$ /chain2/$1 [C]
        RewriteRule ^/chain2/(a.*)$ /chain3/$1 [C]
        RewriteRule ^/chain3/(.*)$ /gs/chained/$1 [PT]
        RewriteRule ^/skip/(.*)$ - [S=2]
        RewriteRule ^/skip/(.*)$ /gs/not-skipped-1 [PT,L]
        RewriteRule ^/skip/(.*)$ /gs/not-skipped-2 [PT,L]
        RewriteRule ^/skip/(.*)$ /gs/skipped/$1 [PT,L]
        RewriteRule ^/next/(.*)_(.*)$ /next/$1-$2 [N]
        RewriteRule ^/next/(.*)$ /gs/next/$1 [PT,L]
        RewriteRule ^/nmax/(.*)_(.*)$ /nmax/$1-$2 [N=10]
        RewriteRule ^/nmax/(.*)$ /gs/nmax/$1 [PT,L]
        RewriteRule ^/type$ $ROOT/htdocs/noext [T=text/x-mine]
        RewriteRule ^/typed\.foo$ - [T=text/x-mine]
        RewriteRule ^/handler$ $ROOT/probe.wsgi [H=wsgi-script]
        RewriteRule ^/cookie$ - [CO=name:value:.example.com:60:/path:secure:httponly]
        RewriteRule ^/cookie2$ /target [CO=a:b:main.example.com,R]
        RewriteRule ^/cookie3$ /gs/c [CO=;a:x;b;main.example.com,PT]
        RewriteRule ^/env/(.*)$ /gs/env [E=X_A:$1,E=X_B:two,E=!X_C,E=X_D,PT]
        RewriteRule ^/b/(.*)$ /gs/$1 [B,PT]
        RewriteRule ^/bq/(.*)$ /gs?v=$1 [B,PT]
        RewriteRule ^/nob/(.*)$ /gs?v=$1 [PT]
        RewriteRule ^/bnp/(.*)$ /gs?v=$1 [B,BNP,PT]
        RewriteRule ^/bset/(.*)$ /gs?v=$1 "[B= &,PT]"
        RewriteRule ^/nosubreq$ /gs/ns [NS,PT]
        RewriteRule ^/dpi/(.*)$ /gs/dpi/$1 [PT,DPI]
        RewriteRule ^/qsl /gs/x?y?z=1 [QSL,PT]
        RewriteRule !^/(gs|plain|sub|index|style|target|t/|typed|cookie$|bare|icons|chain|r2|$).* - [E=X_NEGATED:1]
        RewriteRule ^/file$ $ROOT/htdocs/plain.txt
        RewriteRule ^/docroot$ /plain.txt
        RewriteRule ^/nested/((a)(b)?)$ /gs/$0-$1-$2-$3-$4 [PT]
        RewriteRule ^/dollar$ /gs/\$1/\% [PT]
        RewriteRule ^/vars$ /gs?h=%{HTTP_HOST}&m=%{REQUEST_METHOD}&u=%{REQUEST_URI}&x=%{HTTP:X-One}&e=%{ENV:X_EARLY} [PT]
        SetEnvIf Request_URI . X_EARLY=early
        RewriteRule ^/dash$ - [PT]
        RewriteRule "^/with blank$" "/gs/with blank" [PT]
        RewriteRule ^/r2$ /gs/r2 [R=303,QSA,E=X:1]
    """, [
        *paths(
            "/last", "/end", "/forbidden", "/gone", "/r", "/r?a=b", "/r301", "/rperm", "/rtemp", "/rsee", "/r307", "/r308",
            "/r404", "/abs/x%20y?q", "/self/x", "/ne", "/esc", "/ne2/a%20b", "/esc2/a%20b", "/nc/ABC", "/NC/abc",
            "/chain1/abc", "/chain1/xyz", "/chain2/a", "/chain3/z", "/skip/x", "/next/a_b_c_d", "/nmax/a_b_c", "/nmax/" + "_" * 20,
            "/type", "/typed.foo", "/handler", "/handler/x", "/cookie", "/cookie2", "/cookie3", "/env/value", "/b/a%26b", "/b/a%2fb",
            "/b/a b".replace(" ", "%20"), "/bq/a%26b=c", "/nob/a%26b=c", "/bq/a%20b+c", "/bnp/a%20b+c", "/bset/a%20b%26c+d",
            "/nosubreq", "/dpi/x", "/qsl", "/gs/x", "/file", "/docroot", "/docroot/x", "/nested/a", "/nested/ab", "/dollar", "/dash",
            "/with%20blank", "/r2?a=b", "/plain.txt", "/sub/", "/sub", "/nothing", "/",
        ),
        ask("/vars", "X-One: one"),
        ask("/vars", "X-One: a&b c", host="other.example.com:8080"),
        ask("/r", method="POST", body="x"), ask("/r", host="named.example.com:8080"),
        ask("/r", host="named.example.com"), ask("http://absolute.example.com/r"),
        ask("/esc2/a%0d%0aX-Evil:%20yes"), ask("/r/%0d%0aX-Evil:%20yes"), ask("/abs/%0d%0aX-Evil:%20yes"),
        ask("/nob/%0d%0aX-Evil:%20yes"), ask("/abs/%3fa=b"), ask("/abs/%23frag"), ask("/abs/%2e%2e/x"),
    ], {"htdocs/noext": "no extension\n", "htdocs/typed.foo": "typed\n"}),
    Case("rewrite_conditions", BASE + r"""
        RewriteCond %{HTTP_HOST} ^www\.(.+)$ [NC]
        RewriteRule ^/host(.*)$ http://%1$1 [R=301,L]
        RewriteCond %{QUERY_STRING} (^|&)a=([^&]+)
        RewriteRule ^/query$ /gs/query/%2? [PT,L]
        RewriteCond %{REQUEST_METHOD} =POST
        RewriteRule ^/method$ /gs/posted [PT,L]
        RewriteCond %{REQUEST_METHOD} !=POST
        RewriteRule ^/method$ /gs/not-posted [PT,L]
        RewriteCond %{HTTP:X-One} ^1$ [OR]
        RewriteCond %{HTTP:X-Two} ^2$
        RewriteCond %{HTTP:X-Three} 3
        RewriteRule ^/or$ /gs/or [PT,L]
        RewriteCond $ROOT/htdocs%{REQUEST_URI} -f
        RewriteRule ^/(.*)\.txt$ - [E=X_FILE:$1,L]
        RewriteCond $ROOT/htdocs%{REQUEST_URI} !-f
        RewriteCond $ROOT/htdocs%{REQUEST_URI} !-d
        RewriteRule ^/front/(.*)$ /gs/front/$1 [PT,L]
        RewriteCond %{DOCUMENT_ROOT}/sub -d
        RewriteRule ^/isdir$ /gs/isdir [PT,L]
        RewriteCond %{DOCUMENT_ROOT}/empty.txt -s
        RewriteRule ^/size$ /gs/size [PT,L]
        RewriteRule ^/size$ /gs/nosize [PT,L]
        RewriteCond $1 <m
        RewriteRule ^/less/(.*)$ /gs/less [PT,L]
        RewriteCond $1 >m
        RewriteRule ^/less/(.*)$ /gs/more [PT,L]
        RewriteCond $1 >=b
        RewriteCond $1 <=d
        RewriteRule ^/between/(.*)$ /gs/between [PT,L]
        RewriteCond $1 -eq5
        RewriteRule ^/number/(.*)$ /gs/five [PT,L]
        RewriteCond $1 -gt5
        RewriteRule ^/number/(.*)$ /gs/greater [PT,L]
        RewriteCond $1 -le5
        RewriteRule ^/number/(.*)$ /gs/less [PT,L]
        RewriteCond %{HTTP_USER_AGENT} robot [NC]
        RewriteRule ^/agent$ /gs/robot [PT,L]
        RewriteCond %{HTTP_USER_AGENT} ^$
        RewriteRule ^/agent$ /gs/nobody [PT,L]
        RewriteCond %{HTTPS} off
        RewriteCond %{SERVER_PORT} !^443$
        RewriteCond %{REQUEST_SCHEME} http
        RewriteRule ^/secure(.*)$ https://%{SERVER_NAME}$1 [R=301,L]
        RewriteCond %{REMOTE_ADDR} ^127\.
        RewriteRule ^/remote$ /gs/%{REMOTE_ADDR} [PT,L]
        RewriteCond a%{REQUEST_URI}b ^a/twice/(\w+)b$
        RewriteCond %1-%{QUERY_STRING} ^(\w+)-(.*)$
        RewriteRule ^/twice /gs/%1/%2 [PT,L]
        RewriteCond expr "%{QUERY_STRING} == 'yes'"
        RewriteRule ^/expr$ /gs/expr [PT,L]
        RewriteCond %{THE_REQUEST} "^GET /the%20request HTTP/1\.1$"
        RewriteRule "^/the request$" /gs/the-request [PT,L]
        RewriteCond %{IS_SUBREQ} ^false$
        RewriteRule ^/sr$ /gs/sr [PT,L]
        RewriteCond %{TIME_YEAR} ^2\d\d\d$
        RewriteRule ^/year$ /gs/year [PT,L]
        RewriteCond %{SERVER_PROTOCOL}-%{SERVER_SOFTWARE} ^HTTP
        RewriteRule ^/protocol$ /gs/protocol [PT,L]
        RewriteCond %{REQUEST_FILENAME} ^/filename$
        RewriteRule ^/filename$ /gs/%{REQUEST_FILENAME} [PT,L]
        RewriteCond %{HTTP_COOKIE} "id=(\d+)" [NV]
        RewriteRule ^/cookie$ /gs/cookie/%1 [PT,L]
        RewriteCond %{NOTHING} ^$
        RewriteRule ^/nothing$ /gs/nothing [PT,L]
    """, [
        ask("/host/x?y", host="www.example.com"), ask("/host/x", host="WWW.example.com"), ask("/host/x"),
        *paths("/query?a=1", "/query?b=2&a=3&c", "/query", "/plain.txt", "/none.txt", "/front/x", "/isdir", "/size", "/less/a",
               "/less/z", "/less/m", "/between/c", "/between/z", "/number/5", "/number/9", "/number/1", "/number/x", "/agent",
               "/secure/x", "/remote", "/twice/abc?def", "/twice/a-b", "/expr?yes", "/expr?no", "/the%20request",
               "/sr", "/year", "/protocol", "/filename", "/cookie", "/nothing"),
        ask("/method", method="POST", body="x"), ask("/method"),
        ask("/or", "X-One: 1", "X-Three: 3"), ask("/or", "X-Two: 2", "X-Three: 3"), ask("/or", "X-Three: 3"), ask("/or", "X-One: 1"),
        ask("/agent", "User-Agent: a ROBOT"), ask("/cookie", "Cookie: id=17"),
    ], {"htdocs/empty.txt": ""}),
    Case("rewrite_in_directories", """
        WSGIScriptAlias /gs $ROOT/probe.wsgi
        Alias /aliased $ROOT/aliased
        <Directory $ROOT>
            AllowOverride FileInfo
            Options +FollowSymLinks
        </Directory>
        <Directory $ROOT/htdocs/conf>
            RewriteEngine On
            RewriteRule ^a$ b.txt
            RewriteRule ^c$ /plain.txt
            RewriteRule ^to-app/(.*)$ /gs/$1 [E=X_CONF:1]
        </Directory>
        <Directory $ROOT/htdocs/nolinks>
            Options -FollowSymLinks
            RewriteEngine On
            RewriteRule ^a$ b.txt
        </Directory>
        <Location /loc>
            RewriteEngine On
            RewriteRule ^ - [F]
        </Location>
        <Files filed.txt>
            RewriteEngine On
            RewriteRule . - [G]
        </Files>
    """, paths(
        "/conf/a", "/conf/b.txt", "/conf/c", "/conf/to-app/x?y=z", "/nolinks/a", "/nolinks/b.txt", "/loc/x", "/filed.txt",
        "/ht/a", "/ht/a/info", "/ht/red", "/ht/red?x", "/ht/perm", "/ht/front", "/ht/front/x/y?q=1", "/ht/real.txt", "/ht/app/x",
        "/ht/forbidden", "/ht/env.wsgi", "/ht/last", "/ht/loop", "/ht/end", "/ht/abs", "/ht/sub/a", "/ht/sub/inherited",
        "/ht/off/a", "/ht/inherit/a", "/ht/inherit/own", "/base/a", "/base/rel", "/base/red", "/aliased/a", "/aliased/red",
        "/aliased/base/a", "/aliased/base/red", "/ht/", "/ht", "/ht/type", "/ht/handler", "/ht/bname", "/ht/sub/", "/ht/encoded%20x",
        "/ht/dir", "/ht/dir/", "/ht/redq?x=1", "/single/anything/at/all?q", "/single/", "/single/x.txt", "/single/app.wsgi/direct",
        "/outside/x", "/outside/y",
    ), {
        "htdocs/conf/b.txt": "conf b\n", "htdocs/nolinks/b.txt": "b\n", "htdocs/filed.txt": "filed\n", "htdocs/loc/x": "x\n",
        "htdocs/ht/.htaccess": r"""
            RewriteEngine On
            RewriteRule ^a$ b.txt
            RewriteRule ^a/(.*)$ b.txt
            RewriteRule ^red$ b.txt [R]
            RewriteRule ^redq$ b.txt?y=2 [R=301,QSA,L]
            RewriteRule ^perm$ /plain.txt [R=301,L]
            RewriteRule ^app/(.*)$ /gs/$1 [L]
            RewriteRule ^forbidden$ - [F]
            RewriteRule ^last$ second [L]
            RewriteRule ^second$ b.txt [L]
            RewriteRule ^loop$ loop [L,E=X_LOOP:1]
            RewriteRule ^end$ second [END]
            RewriteRule ^abs$ http://other.example.com/abs
            RewriteRule ^env\.wsgi$ - [E=X_HT:yes]
            RewriteRule ^type$ b.txt [T=text/x-mine]
            RewriteRule ^handler$ real.wsgi [H=wsgi-script]
            RewriteRule ^encoded\ (.*)$ /gs/$1 [L]
            RewriteCond %{REQUEST_FILENAME} !-f
            RewriteCond %{REQUEST_FILENAME} !-d
            RewriteRule ^front(/.*)?$ front.txt
            """,
        "htdocs/ht/b.txt": "ht b\n", "htdocs/ht/front.txt": "front\n", "htdocs/ht/real.txt": "real\n",
        "htdocs/ht/real.wsgi": PROBE, "htdocs/ht/env.wsgi": PROBE, "htdocs/ht/dir/x.txt": "x\n",
        "htdocs/ht/sub/a": "sub a\n", "htdocs/ht/sub/inherited": "x\n",
        "htdocs/ht/off/.htaccess": "RewriteEngine Off\n", "htdocs/ht/off/a": "off a\n",
        "htdocs/ht/inherit/.htaccess": "RewriteEngine On\nRewriteOptions Inherit\nRewriteRule ^own$ own.txt\n",
        "htdocs/ht/inherit/own.txt": "own\n", "htdocs/ht/inherit/b.txt": "inherited b\n",
        "htdocs/base/.htaccess": "RewriteEngine On\nRewriteBase /sub/\nRewriteRule ^a$ index.html\nRewriteRule ^rel$ deep/page.html"
                                 "\nRewriteRule ^red$ index.html [R]\n",
        "aliased/.htaccess": "RewriteEngine On\nRewriteRule ^a$ b.txt\nRewriteRule ^red$ b.txt [R]\n", "aliased/b.txt": "al b\n",
        "aliased/base/.htaccess": "RewriteEngine On\nRewriteBase /aliased/base\nRewriteRule ^a$ b.txt\n"
                                  "RewriteRule ^red$ b.txt [R]\n",
        "aliased/base/b.txt": "al base b\n",
        "htdocs/single/.htaccess": r"""
            Options +ExecCGI
            AddHandler wsgi-script .wsgi
            RewriteEngine On
            RewriteCond %{REQUEST_FILENAME} !-f
            RewriteRule ^(.*)$ app.wsgi/$1 [QSA,PT,L]
            """,
        "htdocs/single/app.wsgi": PROBE, "htdocs/single/x.txt": "x\n",
        "htdocs/outside/.htaccess": "RewriteEngine On\nRewriteRule ^x$ ../plain.txt\nRewriteRule ^y$ $ROOT/mime.types\n",
    }),
    Case("rewrite_maps", BASE + """
        RewriteMap lower int:tolower
        RewriteMap upper int:toupper
        RewriteMap esc int:escape
        RewriteMap unesc int:unescape
        RewriteMap names txt:$ROOT/names.txt
        RewriteMap one rnd:$ROOT/one.txt
        RewriteMap sdbm dbm=sdbm:$ROOT/base
        RewriteRule ^/dbm/(.*)$ /gs/${sdbm:$1|not-found} [PT]
        RewriteRule ^/lower/(.*)$ /gs/${lower:$1} [PT]
        RewriteRule ^/upper/(.*)$ /gs/${upper:$1} [PT]
        RewriteRule ^/esc/(.*)$ /gs?v=${esc:$1} [PT]
        RewriteRule ^/unesc/(.*)$ /gs?v=${unesc:$1} [PT]
        RewriteRule ^/names/(.*)$ /gs/${names:$1|not-found} [PT]
        RewriteRule ^/nodefault/(.*)$ /gs/[${names:$1}] [PT]
        RewriteRule ^/nested/(.*)$ /gs/${names:${lower:$1}|${upper:$1}} [PT]
        RewriteRule ^/rnd$ /gs/${one:pick} [PT]
        RewriteRule ^/host$ /gs/${names:%{HTTP_HOST}} [PT]
        RewriteCond ${names:$1} ^(.+)$
        RewriteRule ^/cond/(.*)$ /gs/cond/%1 [PT]
        RewriteRule ^/unknown/(.*)$ /gs/${nosuch:$1} [PT]
    """, paths(
        "/lower/ABC", "/upper/abc", "/esc/a%20b", "/unesc/a%2520b", "/names/one", "/names/two", "/names/three", "/names/tabs",
        "/names/", "/names/comment", "/nodefault/one", "/nodefault/none", "/nested/ONE", "/nested/none", "/rnd", "/host",
        "/dbm/one", "/dbm/none", "/dbm/One", "/dbm/long", "/dbm/empty", "/dbm/empty?again", "/cond/one", "/cond/none", "/names/One", "/names/quoted",
    ), {
        "names.txt": "# comment\none first\ntwo second word\nthree\ntabs\t\tthird # not a comment\n\n  indented value\n"
                     "main.example.com host\none again\n#comment x\nquoted \"a b\"\n",
        "one.txt": "pick only\n", "base": Dbm({"one": "first", "long": "v" * 900, "empty": ""}),
    }),
    Case("rewrite_inheritance", """
        WSGIScriptAlias /gs $ROOT/probe.wsgi
        RewriteEngine On
        RewriteRule ^/main$ /gs/main [PT]
        RewriteRule ^/both$ /gs/both-main [PT]
        <VirtualHost *:$PORT>
            ServerName none.example.com
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName engine.example.com
            RewriteEngine On
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName inherit.example.com
            RewriteEngine On
            RewriteOptions Inherit
            RewriteRule ^/both$ /gs/both-vhost [PT]
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName before.example.com
            RewriteEngine On
            RewriteOptions InheritBefore
            RewriteRule ^/both$ /gs/both-vhost [PT]
            RewriteRule ^/gs/both-main$ /gs/then-vhost [PT]
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName own.example.com
            RewriteEngine On
            RewriteRule ^/both$ /gs/both-vhost [PT]
        </VirtualHost>
    """, [ask(target, host=f"{name}.example.com") for name in ("none", "engine", "inherit", "before", "own")
          for target in ("/main", "/both", "/gs")]),
    Case("rewrite_inherit_down", """
        WSGIScriptAlias /gs $ROOT/probe.wsgi
        RewriteEngine On
        RewriteOptions InheritDownBefore
        RewriteRule ^/main$ /gs/main [PT]
        <VirtualHost *:$PORT>
            ServerName takes.example.com
            RewriteEngine On
            RewriteRule ^/gs/main$ /gs/after [PT]
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName ignores.example.com
            RewriteEngine On
            RewriteOptions IgnoreInherit
        </VirtualHost>
    """, [ask(target, host=f"{name}.example.com") for name in ("takes", "ignores") for target in ("/main", "/gs/x")]),
    Case("rewrite_idioms", BASE + r"""
        # To one name.
        RewriteCond %{HTTP_HOST} !^main\.example\.com [NC]
        RewriteCond %{HTTP_HOST} !^$
        RewriteRule ^/?(.*)$ http://main.example.com/$1 [L,R=301,NE]
        # Without the slash.
        RewriteCond %{REQUEST_URI} !^/static/
        RewriteRule ^(/.+)/$ $1 [R=301,L]
        # Maintenance.
        RewriteCond %{DOCUMENT_ROOT}/maintenance.html -f
        RewriteRule ^ /maintenance.html [L]
        # Files first, then the application.
        RewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI} !-f
        RewriteRule ^/(.*)$ /gs/$1 [PT,L]
    """, [
        *paths("/", "/page/", "/page/?q=1", "/plain.txt", "/page", "/sub", "/static/", "/a%20b", "/%c3%a9"),
        ask("/x?y=z", host="www.example.com"), ask("/a%20b?c%20d", host="other.example.com"),
        ask("/x", host=None, version="HTTP/1.0"),
    ]),
]
