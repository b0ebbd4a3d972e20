"""Who may: Require and its containers, Order/Allow/Deny, Satisfy, Limit."""

from case import Case, ask


def places(*blocks):
    """One static file per block, in a directory that the block speaks of."""
    return "".join(
        f"<Directory $ROOT/htdocs/p{number}>\n{block.strip()}\n</Directory>\n" for number, block in enumerate(blocks)
    )


def files(count):
    return {f"htdocs/p{number}/x.txt": f"{number}\n" for number in range(count)}


REQUIRE = [
    "Require all granted", "Require all denied", "Require ip 127.0.0.1", "Require ip 127", "Require ip 127.0.0.0/8",
    "Require ip 127.0.0.0/255.0.0.0", "Require ip 10.0.0.0/8 192.168.1.0/24", "Require ip 10.1 127.0", "Require ip ::1",
    "Require local", "Require env X_OPEN", "Require method GET HEAD", "Require expr %{REQUEST_METHOD} == 'GET'",
    'Require expr "%{HTTP:X-Key} == \'sesame\'"',     "<RequireAny>\nRequire ip 10.0.0.1\nRequire method GET\n</RequireAny>",
    "<RequireAll>\nRequire ip 127.0.0.1\nRequire method POST\n</RequireAll>",
    "<RequireAll>\nRequire all granted\nRequire not ip 127.0.0.1\n</RequireAll>",
    "<RequireAll>\nRequire all granted\n<RequireNone>\nRequire ip 10.0.0.1\nRequire env X_CLOSED\n</RequireNone>\n</RequireAll>",
    "Require ip 10.0.0.1\nRequire method GET", "Require forward-dns localhost", "Require env X_OPEN X_OTHER",
    "<RequireAll>\nRequire not env X_CLOSED\nRequire method GET POST\n</RequireAll>",
    "<RequireAny>\n<RequireAll>\nRequire env X_OPEN\nRequire method GET\n</RequireAll>\nRequire env X_OTHER\n</RequireAny>",
]

ORDER = [
    "Order allow,deny\nAllow from all", "Order deny,allow\nDeny from all", "Order allow,deny", "Order deny,allow",
    "Order deny,allow\nDeny from all\nAllow from 127.0.0.1", "Order allow,deny\nAllow from 127\nDeny from 127.0.0.1",
    "Order deny,allow\nDeny from 127.0.0.0/8", "Order allow,deny\nAllow from 127.0.0.0/255.0.0.0",
    "Order allow,deny\nAllow from env=X_OPEN", "Order deny,allow\nDeny from env=X_CLOSED", "Order allow,deny\nAllow from env=!X_CLOSED",
    "Allow from all", "Deny from all", "Deny from 10.0.0.1", "Order mutual-failure\nAllow from 127.0.0.1",
    "Order allow,deny\nAllow from all\nRequire all granted", "Order allow,deny\nAllow from all\nRequire all denied",
    "Order allow,deny\nAllow from all\nRequire ip 10.0.0.1\nSatisfy Any", "Order deny,allow\nDeny from all\nRequire ip 127.0.0.1\nSatisfy Any",
    "Order deny,allow\nDeny from all\nRequire ip 127.0.0.1\nSatisfy All", "Order Allow,Deny\nAllow from 10.0.0.1 127.0.0.1",
]

ENVIRONMENT = """
SetEnvIf X-Open . X_OPEN
SetEnvIf X-Closed . X_CLOSED
SetEnvIf X-Other . X_OTHER
"""


def visits(count):
    for number in range(count):
        yield ask(f"/p{number}/x.txt")
        yield ask(f"/p{number}/x.txt", "X-Open: 1", "X-Key: sesame")
        yield ask(f"/p{number}/x.txt", "X-Closed: 1")
        yield ask(f"/p{number}/x.txt", "X-Other: 1", method="POST", body="x")
        yield ask(f"/p{number}/missing.txt")


CASES = [
    Case("access_require", ENVIRONMENT + places(*REQUIRE), list(visits(len(REQUIRE))), files(len(REQUIRE))),
    Case("access_order", ENVIRONMENT + places(*ORDER), list(visits(len(ORDER))), files(len(ORDER))),
    # The name of 127.0.0.1 in /etc/hosts; "localhost" alone would be known without looking.
    Case("access_host", """
        WSGIScriptAlias /require $ROOT/probe.wsgi
        WSGIScriptAlias /other $ROOT/probe.wsgi
        WSGIScriptAlias /not $ROOT/probe.wsgi
        WSGIScriptAlias /allow $ROOT/probe.wsgi
        WSGIScriptAlias /deny $ROOT/probe.wsgi
        <Location /require>
            Require host nowhere.example LocalHost
        </Location>
        <Location /other>
            Require host nowhere.example ocalhost
        </Location>
        <Location /not>
            <RequireAll>
                Require all granted
                Require not host nowhere.example
            </RequireAll>
        </Location>
        <Location /allow>
            Order deny,allow
            Deny from all
            Allow from nowhere.example localhost
        </Location>
        <Location /deny>
            Order allow,deny
            Allow from all
            Deny from .localhost nowhere.example
        </Location>
    """, [
        ask("/require", status=200), ask("/other", status=403), ask("/not", status=200),
        ask("/allow", status=200), ask("/deny", status=200), ask("/require", status=200),
    ]),
    Case("access_merging", """
        <Directory $ROOT/htdocs>
            Require all denied
        </Directory>
        <Directory $ROOT/htdocs/open>
            Require all granted
        </Directory>
        <Directory $ROOT/htdocs/open/and>
            AuthMerging And
            Require method GET
        </Directory>
        <Directory $ROOT/htdocs/or>
            AuthMerging Or
            Require env X_OPEN
        </Directory>
        <Directory $ROOT/htdocs/open/off>
            AuthMerging Off
            Require method POST
        </Directory>
        <Directory $ROOT/htdocs/open/compat>
            Order allow,deny
            Deny from all
        </Directory>
        <Location /open/location>
            Require all denied
        </Location>
        <Location /plain.txt>
            Require all granted
        </Location>
        <Files secret.txt>
            Require all denied
        </Files>
        <FilesMatch "^\\.ht">
            Require all denied
        </FilesMatch>
        <Location /open/secret.txt/x>
            Require all granted
        </Location>
    """ + ENVIRONMENT, [
        ask(target, *fields, method=method)
        for target in ("/", "/index.html", "/open/x.txt", "/open/and/x.txt", "/or/x.txt", "/open/off/x.txt",
                       "/open/compat/x.txt", "/open/location/x.txt", "/plain.txt", "/open/secret.txt", "/open/.htpasswd",
                       "/open/", "/open/missing", "/sub", "/open/and")
        for method, *fields in (("GET",), ("POST",), ("GET", "X-Open: 1"))
    ], {f"htdocs/{name}": "x\n" for name in (
        "open/x.txt", "open/and/x.txt", "or/x.txt", "open/off/x.txt", "open/compat/x.txt", "open/location/x.txt",
        "open/secret.txt", "open/.htpasswd", "open/index.html",
    )}),
    Case("access_limit", """
        WSGIScriptAlias /app $ROOT/probe.wsgi
        <Location /app/limit>
            <Limit POST PUT>
                Require all denied
            </Limit>
        </Location>
        <Location /app/except>
            <LimitExcept GET HEAD OPTIONS>
                Require all denied
            </LimitExcept>
        </Location>
        <Location /app/old>
            <Limit GET POST>
                Order deny,allow
                Deny from all
            </Limit>
        </Location>
        <Location /app/oldexcept>
            <LimitExcept POST>
                Order allow,deny
                Deny from all
            </LimitExcept>
        </Location>
        <Location /app/both>
            Require all denied
            <Limit GET>
                Require all granted
            </Limit>
        </Location>
        TraceEnable Off
    """, [
        ask(f"/app/{place}", method=method)
        for place in ("limit", "except", "old", "oldexcept", "both")
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE", "BREW", "PATCH")
    ] + [ask("/app", method="TRACE"), ask("/app/limit", method="get"), ask("/app/except", method="get")]),
]
