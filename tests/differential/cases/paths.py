"""What a URL may reach: the spellings of tests/e2e/configuration/path_security_test.cc, beside Apache."""

from case import Case, Link, PROBE, ask

MOUNTS = """
    <Directory />
        AllowOverride None
    </Directory>
    Alias /static/ $ROOT/site/static/
    Alias /bare $ROOT/site/static
    WSGIScriptAlias /scripts/ $ROOT/site/scripts/
    WSGIScriptAliasMatch ^/match/([^/]+) $ROOT/site/scripts/$1.wsgi
    AliasMatch ^/files/(.*)$ $ROOT/site/static/$1
    WSGIScriptAlias /app $ROOT/probe.wsgi
"""
SITE = {
    "site/static/page.txt": "a page\n", "site/static/sub/x.txt": "x\n", "site/secret.txt": "secret\n",
    "site/staticsecret.txt": "secret\n", "site/secret.wsgi": PROBE, "site/scripts/app.wsgi": PROBE,
    "site/static/.htaccess": "SetEnv A secret\n", "site/static/app.wsgi": "the source of a script\n",
    "outside/secret.txt": "secret\n", "site/linked/away": Link("$ROOT/outside"),
    "site/linked/secret.txt": Link("$ROOT/outside/secret.txt"), "site/linked/page.txt": "linked\n",
}
UPWARDS = (
    "../", "%2e%2e/", "%2E./", ".%2e/", "%252e%252e/", "%25252e%25252e/", "..%2f", "..%2F", "%2e%2e%2f", "..%5c", "..\\", "..;/",
    "..;p=1/", "..%00/", "%c0%ae%c0%ae/", "%c0%ae%c0%ae%c0%af", "%e0%80%ae%e0%80%ae/", "%uff0e%uff0e/", ".../", "....//", "..%09/",
    "sub/../../", "./.././", "/../", "//..//",
)
SPELLINGS = (
    "/static/page.txt", "/static//page.txt", "/static/./page.txt", "/static/sub/../page.txt", "/static/%70age.txt",
    "/static/sub/%2e%2e/page%2etxt", "//static///page.txt", "/./static/page.txt", "/static/page.txt.", "/static/page.txt/",
    "/static/page.txt%20", "/static/page.txt;p", "/static/page.txt%00", "/static/page.txt%00.html", "/static/PAGE.TXT",
    "/static/page.txt%2f", "/static/page.txt::$DATA", "/static", "/scripts", "/bare", "/bare/", "/static/", "/scripts/",
    "/staticsecret.txt", "/baresecret.txt", "/scriptssecret.wsgi", "/bare%2fsub", "/match/app", "/match/app/x", "/match/app%00",
    "/match/..", "/match/..%2fsecret", "/match/", "/files/", "/files/sub", "/files/sub/", "/files/page.txt", "/%2e/static/page.txt",
    "/%2fstatic/page.txt", "/static/%2e%2e/static/page.txt", "/static/%", "/static/%zz", "/static/%0a", "/static/%7f", "/static/%80",
    "/scripts/app.wsgi%0a", "/scripts/app.wsgi/%0a", "/scripts/app.wsgi~", "/scripts/.app.wsgi.swp",
)

CASES = [
    Case("paths_50_upwards", MOUNTS, [
        ask(f"{mount}{up}{name}") for mount in ("/static/", "/bare/", "/scripts/", "/files/", "/match/", "/app/")
        for up in UPWARDS for name in ("secret.txt", "secret.wsgi")
    ], SITE),
    Case("paths_50_to_the_root", MOUNTS, [
        ask(mount + up * 12 + "etc/passwd") for mount in ("/", "/static/", "/scripts/", "/files/", "/app/")
        for up in ("../", "%2e%2e/", "..%2f", "%2e%2e%2f", "%252e%252e/", "/../")
    ], SITE),
    Case("paths_50_spellings", MOUNTS, [ask(target) for target in SPELLINGS], SITE),
    Case("paths_50_links", """
        Alias /linked $ROOT/site/linked
        <Directory $ROOT/site/linked>
            Options -FollowSymLinks
        </Directory>
        Alias /followed $ROOT/site/linked/away
    """, [ask(f"/linked/{name}") for name in ("secret.txt", "away/secret.txt", "away", "away/", "away/none", "page.txt", "page.txt/x")]
        + [ask("/followed/secret.txt")], SITE),
    Case("paths_51_long", MOUNTS, [
        ask(mount + path) for mount in ("/static/", "/scripts/", "/files/", "/match/", "/app/")
        for path in ("a" * 8000, "a/" * 4000, "../" * 2600, "%2e%2e%2f" * 880, "/" * 8000, "./" * 4000,
                     "sub/" + "a" * 255 + "/" + "b" * 256, "a" * 255, "a" * 256)
    ] + [ask("/" + "x" * 9000)], SITE),
    Case("paths_57_sources", """
        Alias /s $ROOT/site/static
        AddHandler wsgi-script .wsgi
        <Directory $ROOT/site/static>
            Options +MultiViews -ExecCGI
            AllowOverride All
        </Directory>
        <FilesMatch "^\\.ht">
            Require all denied
        </FilesMatch>
    """, [
        ask(target, *fields)
        for target in ("/s/app.wsgi", "/s/app.wsgi/x", "/s/app.wsgi/", "/s//app.wsgi", "/s/%61pp.wsgi", "/s/app%2ewsgi", "/s/.htaccess",
                       "/s//.htaccess", "/s/.%68taccess", "/s/sub/../.htaccess", "/s/page.txt", "/s/app")
        for fields in ((), ("Accept: text/plain",), ("Range: bytes=0-9",))
        if not (fields and fields[0].startswith("Range") and target.endswith("page.txt"))
    ], SITE),
]
