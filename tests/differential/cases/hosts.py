"""Which virtual host answers."""

from case import Case, ask

NAMES = (
    "main.example.com", "one.example.com", "ONE.example.com", "one.example.com:$PORT", "one.example.com:9999", "one.example.com.",
    "alias.example.com", "a.wild.example.com", "b.a.wild.example.com", "wild.example.com", "x1.question.example.com",
    "x12.question.example.com", "unknown.example.com", "127.0.0.1", "[::1]", "star.anything", "two.example.com",
    "both.example.com", "localhost",
)


def host(name, more="", addresses="*:$PORT"):
    return f"""
        <VirtualHost {addresses}>
            ServerName {name}.example.com
            SetEnv X_SAID {name}
            WSGIScriptAlias / $ROOT/probe.wsgi
            {more}
        </VirtualHost>
    """


CASES = [
    Case("hosts_by_name", "".join([
        host("first"), host("one", "ServerAlias alias.example.com ALIAS2.example.com"),
        host("wild", "ServerAlias *.wild.example.com"), host("question", "ServerAlias x?.question.example.com"),
        host("early", "ServerAlias both.example.com"), host("late", "ServerAlias both.example.com star.*"),
        host("two"), host("two", "SetEnv X_SAID never"),
    ]), [ask("/", host=name) for name in NAMES] + [
        ask("/", host=None, version="HTTP/1.0"), ask("http://one.example.com/x", host="two.example.com"),
        ask("http://ALIAS2.example.com:123/x"), ask("/", host="alias2.example.com"),
    ]),
    Case("hosts_by_address", "".join([
        host("star", addresses="*:$PORT"), host("exact", addresses="127.0.0.1:$PORT"),
        host("exact2", "ServerAlias alias.example.com", addresses="127.0.0.1:$PORT"),
        host("elsewhere", addresses="127.0.0.9:$PORT"), host("otherport", addresses="*:1"),
    ]), [ask("/", host=name) for name in (
        "star.example.com", "exact.example.com", "exact2.example.com", "alias.example.com", "elsewhere.example.com",
        "otherport.example.com", "unknown.example.com", "main.example.com")]),
    Case("hosts_default", "".join([
        host("default", addresses="_default_:$PORT"), host("named", addresses="*:$PORT"),
    ]), [ask("/", host=name) for name in ("default.example.com", "named.example.com", "unknown.example.com")]),
    Case("hosts_several_addresses", "".join([
        host("several", addresses="127.0.0.1:$PORT 127.0.0.9:1 *:2"), host("anyport", addresses="127.0.0.1:*"),
        host("noport", addresses="127.0.0.1"), host("allports", addresses="*"),
    ]), [ask("/", host=name) for name in (
        "several.example.com", "anyport.example.com", "noport.example.com", "allports.example.com", "unknown.example.com")]),
    Case("hosts_none_matches", host("otherport", addresses="*:1") + """
        SetEnv X_SAID main
        WSGIScriptAlias / $ROOT/probe.wsgi
    """, [ask("/", host=name) for name in ("otherport.example.com", "main.example.com", "unknown")]),
    Case("hosts_inherit", """
        SetEnv X_MAIN main
        DirectoryIndex plain.txt
        ErrorDocument 404 "of the main server"
        Alias /mainalias $ROOT/htdocs/sub
        Redirect /mainredirect http://elsewhere.example.com/
        AddType text/x-main .txt
        <VirtualHost *:$PORT>
            ServerName inherits.example.com
            WSGIScriptAlias /app $ROOT/probe.wsgi
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName own.example.com
            DocumentRoot $ROOT/htdocs/sub
            DirectoryIndex index.html
            ErrorDocument 404 "of the host"
            Alias /mainalias $ROOT/htdocs/plain.txt
            SetEnv X_MAIN host
            AddType text/x-host .txt
            WSGIScriptAlias /app $ROOT/probe.wsgi
        </VirtualHost>
        <VirtualHost *:$PORT>
            UseCanonicalName On
            ServerAlias nameless.example.com
            WSGIScriptAlias /app $ROOT/probe.wsgi
            ServerName http://schemed.example.com:1234
        </VirtualHost>
    """, [ask(target, host=f"{name}.example.com") for name in ("inherits", "own", "nameless", "unknown")
          for target in ("/app", "/", "/missing", "/mainalias/", "/mainalias", "/mainredirect/x", "/plain.txt", "/sub")],
        compares_bodies_of=(404,)),
]
