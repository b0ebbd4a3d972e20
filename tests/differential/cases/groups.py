"""Process groups and application groups: names, %{…}, restrictions (the specification's cases 46 to 61 and 184)."""

import os
import pwd

from case import Case, Dbm, PROBE, ask

CASES = [
    Case("groups_46_to_51_names", """
        WSGIScriptAlias /gsres $ROOT/probe.wsgi
        WSGIScriptAlias /server $ROOT/probe.wsgi application-group=%{SERVER}
        WSGIScriptAlias /host $ROOT/probe.wsgi application-group=%{HOST}
        WSGIScriptAlias /global $ROOT/probe.wsgi application-group=%{GLOBAL}
        WSGIScriptAlias /literal $ROOT/probe.wsgi application-group=foo-%{SERVER}
        WSGIScriptAlias /odd $ROOT/probe.wsgi application-group=%{NOTHING}
        <VirtualHost *:$PORT>
            ServerName main.example.com:$PORT
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName vh.example.com:80
            ServerAlias alias.example.com
            WSGIScriptAlias / $ROOT/probe.wsgi
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName noport.example.com
            WSGIScriptAlias /app $ROOT/probe.wsgi
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName canonical.example.com:$PORT
            UseCanonicalName On
            WSGIScriptAlias /app $ROOT/probe.wsgi
        </VirtualHost>
    """, [
        ask("/gsres", host="127.0.0.1:$PORT", application_group="main.example.com:$PORT|/gsres"),
        ask("/gsres/x/y", host="main.example.com:$PORT", application_group="main.example.com:$PORT|/gsres"),
        ask("//gsres//x", host="main.example.com:$PORT", application_group="main.example.com:$PORT|/gsres"),
        ask("/gsres", host="main.example.com:4444"),
        ask("/", host="vh.example.com:80", application_group="vh.example.com|"),
        ask("/", host="vh.example.com", application_group="vh.example.com|"),
        ask("/x", host="alias.example.com:80", application_group="vh.example.com|"),
        ask("/app", host="noport.example.com"),
        ask("/app", host="noport.example.com:443"),
        ask("/app", host="canonical.example.com:4444", application_group="canonical.example.com:$PORT|/app"),
        ask("/host", host="FOO.Example.ORG:99", application_group="foo.example.org:99"),
        ask("/host", host="foo.example.org:80", application_group="foo.example.org"),
        ask("/server", host="127.0.0.1:$PORT", application_group="main.example.com:$PORT"),
        ask("/global", application_group=""),
        ask("/literal", application_group="foo-%{SERVER}"),
        ask("/odd", application_group="%{NOTHING}"),
    ], is_about_groups=True),
    Case("groups_52_to_61_selection", """
        WSGIDaemonProcess gs threads=2
        WSGIDaemonProcess dp2 threads=2
        WSGIDaemonProcess main.example.com threads=2
        SetEnvIf Request_URI ^/env PG=gs AG=%{SERVER} GLOBAL=%{GLOBAL}
        SetEnv LATE dp2
        WSGIScriptAlias /env $ROOT/probe.wsgi process-group=%{ENV:PG} application-group=%{ENV:AG}
        WSGIScriptAlias /late $ROOT/probe.wsgi process-group=%{ENV:LATE} application-group=late
        WSGIScriptAlias /nope-group $ROOT/probe.wsgi application-group=%{ENV:NOPE}
        WSGIScriptAlias /nope-process $ROOT/probe.wsgi process-group=%{ENV:NOPE} application-group=%{GLOBAL}
        WSGIScriptAlias /process $ROOT/probe.wsgi application-group=%{ENV:FROM_PROCESS}
        WSGIScriptAlias /restricted $ROOT/probe.wsgi application-group=%{GLOBAL}
        WSGIScriptAlias /embedded $ROOT/probe.wsgi application-group=%{GLOBAL}
        WSGIScriptAlias /sections $ROOT/sections/probe.wsgi application-group=%{GLOBAL}
        WSGIScriptAlias /option $ROOT/sections/probe.wsgi process-group=gs application-group=%{GLOBAL}
        WSGIScriptAlias /server-named $ROOT/probe.wsgi process-group=main.example.com application-group=%{GLOBAL}
        <Location /restricted>
            WSGIRestrictProcess gs
        </Location>
        <Location /restricted/allowed>
            WSGIRestrictProcess GS other
            WSGIProcessGroup gs
        </Location>
        <Location /restricted/not-allowed>
            WSGIProcessGroup dp2
        </Location>
        <Directory $ROOT/sections>
            WSGIProcessGroup gs
        </Directory>
        <Location /sections/b>
            WSGIProcessGroup dp2
        </Location>
        <Location /option>
            WSGIProcessGroup dp2
        </Location>
        <Location /embedded/daemon>
            WSGIProcessGroup gs
        </Location>
        <Location /embedded/daemon/back>
            WSGIProcessGroup %{GLOBAL}
        </Location>
        <Location /embedded/ag>
            WSGIApplicationGroup by-location
        </Location>
        <Location /nope-process/unset>
            SetEnv NOPE gs
        </Location>
        <Location /nope-process/unknown>
            SetEnv NOPE unknown
        </Location>
        <Location /nope-process/empty>
            SetEnv NOPE ""
        </Location>
        <Location /nope-process/case>
            SetEnv nope gs
        </Location>
    """, [
        ask("/env", status=200, process_group="gs", application_group="main.example.com:$PORT"),
        ask("/late", process_group="dp2", application_group="late"),
        ask("/nope-group"),
        ask("/nope-process", status=500),
        ask("/nope-process/unset", process_group="gs"),
        ask("/nope-process/unknown", status=500),
        ask("/nope-process/empty"),
        ask("/nope-process/case"),
        ask("/process", application_group="of the process"),
        ask("/restricted", status=500),
        ask("/restricted/allowed", status=200, process_group="gs"),
        ask("/restricted/not-allowed", status=500),
        ask("/sections/a", process_group="gs"),
        ask("/sections/b", process_group="dp2"),
        ask("/option", process_group="gs"),
        ask("/embedded", process_group=""),
        ask("/embedded/daemon", process_group="gs"),
        ask("/embedded/daemon/back", process_group=""),
        ask("/embedded/ag", application_group=""),
        ask("/server-named", process_group="main.example.com"),
    ], {"sections/probe.wsgi": PROBE}, is_about_groups=True),
    Case("groups_59_no_embedded", """
        WSGIDaemonProcess gs threads=2
        WSGIRestrictEmbedded On
        WSGIScriptAlias /embedded $ROOT/probe.wsgi
        WSGIScriptAlias /daemon $ROOT/probe.wsgi process-group=gs
    """, [
        ask("/embedded", status=500),
        ask("/daemon", status=200, process_group="gs"),
        ask("/plain.txt", status=200),
    ]),
    Case("groups_55_other_hosts", """
        SetEnv PG mine
        WSGIScriptAlias / $ROOT/probe.wsgi process-group=%{ENV:PG}
        WSGIDaemonProcess shared threads=2
        <VirtualHost 127.0.0.9:$PORT>
            ServerName mine.example.com
            WSGIDaemonProcess mine threads=2
        </VirtualHost>
        <Location /shared>
            SetEnv PG shared
        </Location>
    """, [ask("/", status=500), ask("/shared", status=200, process_group="shared")]),
    Case("groups_55_between_hosts", """
        SetEnv PG mine
        <VirtualHost *:$PORT>
            ServerName other.example.com
            WSGIScriptAlias / $ROOT/probe.wsgi process-group=%{ENV:PG}
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName mine.example.com
            WSGIDaemonProcess mine threads=2
            WSGIScriptAlias / $ROOT/probe.wsgi process-group=%{ENV:PG}
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName MINE.example.com
            ServerAlias upper.example.com
            WSGIScriptAlias / $ROOT/probe.wsgi process-group=%{ENV:PG}
        </VirtualHost>
    """, [
        ask("/", host="other.example.com", status=500),
        ask("/", host="mine.example.com", status=200, process_group="mine"),
        ask("/", host="upper.example.com", status=500),
    ]),
    Case("groups_62_dispatch", """
        WSGIDaemonProcess dp threads=2
        WSGIDaemonProcess configured threads=2
        WSGIDispatchScript $ROOT/dispatch.py
        WSGIScriptAlias / $ROOT/probe.wsgi process-group=configured
    """, [
        ask("/dp", status=200, process_group="dp"), ask("/", status=200, process_group="configured"),
        ask("/global", status=200, process_group=""), ask("/nosuch", status=500), ask("/five", status=500),
        ask("/raises", status=500), ask("/group", status=200, process_group="configured", application_group="dispatched"),
        ask("/callable", status=200, callable_object="other"),
    ], {"dispatch.py": """
def process_group(environ):
    path = environ["REQUEST_URI"]
    if path == "/raises":
        raise ValueError("on purpose")
    return {"/dp": "dp", "/global": "%{GLOBAL}", "/nosuch": "nosuch", "/five": 5}.get(path)

def application_group(environ):
    return "dispatched" if environ["REQUEST_URI"] == "/group" else None

def callable_object(environ):
    return "other" if environ["REQUEST_URI"] == "/callable" else None
"""}),
    Case("groups_63_and_64_owners", f"""
        WSGIDaemonProcess me threads=2 script-user={pwd.getpwuid(os.getuid()).pw_name}
        WSGIDaemonProcess nobody threads=2 script-user=nobody
        WSGIScriptAlias /mine $ROOT/probe.wsgi process-group=me
        WSGIScriptAlias /nobodys $ROOT/probe.wsgi process-group=nobody
    """, [ask("/mine", status=200, process_group="me"), ask("/nobodys", status=403)]),
    Case("groups_56_and_184_hosts", """
        Listen 127.0.0.2:$PORT
        <VirtualHost 127.0.0.1:$PORT>
            ServerName www.site.com:$PORT
            WSGIDaemonProcess site threads=2
            WSGIProcessGroup site
            WSGIScriptAlias / $ROOT/probe.wsgi
        </VirtualHost>
        <VirtualHost 127.0.0.1:$PORT>
            ServerName www.site.com:80
            ServerAlias second
            WSGIScriptAlias / $ROOT/probe.wsgi process-group=site
        </VirtualHost>
    """, [
        ask("/", host="www.site.com:$PORT", process_group="site", application_group="www.site.com:$PORT|"),
        ask("/", host="www.site.com", process_group="site"),
        ask("/", host="second", process_group="site"),
    ], is_about_groups=True),
    Case("groups_65_rewrite_map", """
        WSGIDaemonProcess gs threads=2
        WSGIDaemonProcess dp2 threads=2
        RewriteEngine On
        RewriteMap wsgiprocmap txt:$ROOT/groups.txt
        RewriteRule . - [E=PROCESS_GROUP:${wsgiprocmap:%{REQUEST_URI}}]
        WSGIProcessGroup %{ENV:PROCESS_GROUP}
        WSGIScriptAlias /one $ROOT/probe.wsgi
        WSGIScriptAlias /two $ROOT/probe.wsgi
        WSGIScriptAlias /bad $ROOT/probe.wsgi
        WSGIScriptAlias /none $ROOT/probe.wsgi
    """, [
        ask("/one", status=200, process_group="gs"),
        ask("/two", status=200, process_group="dp2"),
        ask("/bad", status=500),
        ask("/none", status=200, process_group=""),
    ], {"groups.txt": "/one gs\n/two dp2\n/bad unknown\n"}),
    Case("groups_65_dbm", """
        WSGIDaemonProcess gs threads=2
        RewriteEngine On
        # "dbm:" alone means what APR was built for: on Debian, Berkeley DB.
        RewriteMap wsgiprocmap dbm=sdbm:$ROOT/wsgiprocmap.dbm
        RewriteRule . - [E=PROCESS_GROUP:${wsgiprocmap:%{REQUEST_URI}}]

        WSGIProcessGroup %{ENV:PROCESS_GROUP}
        WSGIScriptAlias /app $ROOT/probe.wsgi
    """, [
        ask("/app", status=200, process_group="gs"),
        ask("/app/bad", status=500),
        ask("/app/none", status=200, process_group=""),
        ask("/app/last", status=200, process_group="gs"),
    ], {"wsgiprocmap.dbm": Dbm({
        "/app": "gs", "/app/bad": "unknown", **{f"/app/{number}": "x" * 100 for number in range(500)}, "/app/last": "gs",
    })}),
    Case("groups_66_bob_and_joe", """
        WSGIDaemonProcess default processes=2 threads=2
        <VirtualHost *:$PORT>
        ServerName main.example.com
        WSGIDaemonProcess bob:1 threads=2
        WSGIDaemonProcess bob:2 threads=2
        WSGIDaemonProcess bob:3 threads=2
        WSGIDaemonProcess joe:1 threads=2
        SetEnv PROCESS_GROUP default
        WSGIProcessGroup %{ENV:PROCESS_GROUP}
        Alias /bob $ROOT/home/bob/public_html
        Alias /joe $ROOT/home/joe/public_html
        WSGIScriptAlias /app $ROOT/probe.wsgi
        <Directory $ROOT/home/bob/public_html>
            Options ExecCGI
            AllowOverride FileInfo
            AddHandler wsgi-script .wsgi
            WSGIRestrictProcess bob:1 bob:2 bob:3
            SetEnv PROCESS_GROUP bob:1
        </Directory>
        </VirtualHost>
    """, [
        ask("/bob/plain.wsgi", status=200, process_group="bob:1"),
        ask("/bob/blog.wsgi/x", status=200, process_group="bob:2", script="/bob/blog.wsgi", path="/x"),
        ask("/bob/wiki.wsgi", status=200, process_group="bob:3"),
        ask("/bob/steals.wsgi", status=500),
        ask("/bob/embedded.wsgi", status=500),
        ask("/app", status=200, process_group="default"),
    ], {
        "home/bob/public_html/.htaccess": """
            <Files blog.wsgi>
            SetEnv PROCESS_GROUP bob:2
            </Files>

            <Files wiki.wsgi>
            SetEnv PROCESS_GROUP bob:3
            </Files>
            <Files steals.wsgi>
            SetEnv PROCESS_GROUP joe:1
            </Files>
            <Files embedded.wsgi>
            SetEnv PROCESS_GROUP %{GLOBAL}
            </Files>
        """,
        **{f"home/bob/public_html/{name}.wsgi": PROBE for name in ("plain", "blog", "wiki", "steals", "embedded")},
    }),
    Case("groups_182_users", """
        RewriteEngine On
        RewriteCond %{REQUEST_URI} ^/~([^/]+)
        RewriteRule . - [E=APPLICATION_GROUP:~%1]
        UserDir $ROOT/home/*/public_html
        <Directory $ROOT/home/*/public_html/wsgi-scripts/>
        Options ExecCGI
        SetHandler wsgi-script
        WSGIApplicationGroup %{ENV:APPLICATION_GROUP}
        </Directory>
    """, [
        ask("/~bob/wsgi-scripts/app.wsgi", status=200, application_group="~bob"),
        ask("/~joe/wsgi-scripts/app.wsgi/x", status=200, application_group="~joe", path="/x"),
        ask("/~bob/wsgi-scripts/missing.wsgi", status=404),
    ], {
        "home/bob/public_html/wsgi-scripts/app.wsgi": PROBE, "home/joe/public_html/wsgi-scripts/app.wsgi": PROBE,
    }, is_about_groups=True),
]
