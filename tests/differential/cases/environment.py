"""SetEnv and its relatives, and who sees what when."""

from case import Case, PROBE, ask

CASES = [
    Case("environment_setenv", """
        SetEnv X_SERVER from-server
        SetEnv X_EMPTY
        SetEnv X_QUOTED "two words"
        SetEnv x_lower lower
        SetEnv X_GONE from-server
        SetEnv X_VAR "${FROM_PROCESS}"
        SetEnv X.dotted dotted
        PassEnv FROM_PROCESS
        PassEnv LANG
        WSGIScriptAlias /app $ROOT/probe.wsgi
        <Location /app/loc>
            SetEnv X_SERVER from-location
            SetEnv X_LOC yes
            UnsetEnv X_GONE FROM_PROCESS
        </Location>
        <Directory $ROOT>
            SetEnv X_SERVER from-directory
            SetEnv X_DIR yes
        </Directory>
        <Files probe.wsgi>
            SetEnv X_FILES yes
        </Files>
        <Location /app/evil>
            SetEnv SCRIPT_NAME /evil
            SetEnv PATH_INFO /evil
            SetEnv REQUEST_METHOD EVIL
            SetEnv REMOTE_ADDR 1.2.3.4
            SetEnv REMOTE_USER somebody
            SetEnv HTTP_HOST evil.example.com
            SetEnv HTTP_X_MADE made
            SetEnv CONTENT_LENGTH 99
            SetEnv SCRIPT_FILENAME /etc/passwd
            SetEnv DOCUMENT_ROOT /evil
            SetEnv QUERY_STRING evil
            SetEnv SERVER_NAME evil
            SetEnv SERVER_PORT 99
            SetEnv REQUEST_URI /evil
            SetEnv mod_wsgi.process_group evil
            SetEnv mod_wsgi.application_group evil
            SetEnv wsgi.url_scheme evil
            SetEnv REQUEST_SCHEME evil
            SetEnv AUTH_TYPE evil
            SetEnv SERVER_PROTOCOL evil
            SetEnv SERVER_ADDR evil
        </Location>
        <Location /app/https>
            SetEnv HTTPS 1
        </Location>
        <VirtualHost *:$PORT>
            ServerName main.example.com
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName vh.example.com
            SetEnv X_SERVER from-host
            SetEnv X_HOST yes
            UnsetEnv X_EMPTY
        </VirtualHost>
    """, [
        ask("/app", X_SERVER="from-directory", X_EMPTY="", X_QUOTED="two words", X_VAR="of the process"),
        ask("/app/loc", X_SERVER="from-location", X_GONE=None),
        ask("/app/evil", status=200, script="/app", path="/evil", REQUEST_METHOD="GET"),
        ask("/app/evil", method="POST", body="abc", status=200, CONTENT_LENGTH="3"),
        ask("/app/https"),
        ask("/app", host="vh.example.com", X_HOST="yes"),
    ]),
    Case("environment_setenvif", """
        SetEnvIf User-Agent "Robot" is_robot
        SetEnvIf User-Agent "Robot/([0-9]+)" X_ROBOT=v$1
        SetEnvIf Request_URI "^/app/(secret|hidden)" X_PART=$1 !X_OPEN
        SetEnvIf Request_Method "^POST$" X_POST=yes
        SetEnvIf Request_Protocol "HTTP/1\\.0" X_OLD
        SetEnvIf Remote_Addr "^127\\.0\\.0\\.1$" X_LOCAL=1
        SetEnvIf Server_Addr "^127" X_SERVER_LOCAL
        SetEnvIf Host "^www\\." X_WWW
        SetEnvIfNoCase Host "^WWW\\." X_WWW_ANY_CASE
        SetEnvIf X_ROBOT "v9" X_ROBOT_NINE=yes
        SetEnvIf ^X-Many.* "deep" X_MANY
        SetEnvIf X-Absent ^$ X_ABSENT=yes
        SetEnvIf X-Twice "b" X_TWICE
        BrowserMatch "MSIE ([0-9])" X_MSIE=$1
        BrowserMatchNoCase "firefox" X_FIREFOX=yes
        SetEnvIf Request_URI "\\.png$" X_IMAGE=png X_SECOND
        SetEnvIf Request_URI "^/app/unset" !X_LOCAL
        SetEnv X_LATE late
        SetEnvIf X_LATE late X_SAW_LATE
        SetEnvIfExpr "%{REQUEST_METHOD} == 'PUT'" X_PUT=yes
        SetEnvIfExpr "%{QUERY_STRING} =~ /v=([0-9]+)/" X_NUMBER=$1
        WSGIScriptAlias /app $ROOT/probe.wsgi
        <Location /app/loc>
            SetEnvIf Request_URI . X_LOC=yes
            SetEnvIf X_LOCAL 1 X_LOC_SAW_SERVER
        </Location>
    """, [
        ask("/app"),
        ask("/app", "User-Agent: Robot/9 (MSIE 6) FireFox", X_ROBOT="v9", X_ROBOT_NINE="yes", is_robot=None, X_MSIE="6"),
        ask("/app/secret/x", X_PART="secret"),
        ask("/app/x", method="POST", body="x", X_POST="yes"),
        ask("/app", method="PUT", X_PUT="yes"),
        ask("/app?v=17", X_NUMBER="17"),
        ask("/app", host="www.example.com"),
        ask("/app", host="WWW.example.com"),
        ask("/app", host=None, version="HTTP/1.0"),
        ask("/app", "X-Many-Ways: deep"),
        ask("/app", "X-Absent: here"),
        ask("/app", "X-Twice: a", "X-Twice: b"),
        ask("/app/a.png", X_IMAGE="png", X_SECOND="1"),
        ask("/app/unset", X_LOCAL=None),
        ask("/app/loc", X_LOC="yes"),
        ask("/%61pp/%73ecret"),
    ]),
    # What is set before a request is mapped, when it is mapped once more.
    Case("environment_internal_redirects", """
        DocumentRoot $ROOT/docs
        WSGIScriptAlias /app $ROOT/probe.wsgi
        SetEnvIf X_SEEN 1 X_AGAIN=1
        SetEnvIf Request_URI (.*) X_SEEN=1 X_URI=$1
        SetEnvIf REDIRECT_X_SEEN 1 X_AFTER=1
        ErrorDocument 404 /app/error
        ErrorDocument 410 /app/error
        RewriteEngine On
        RewriteRule ^/pt/(.*)$ /app/$1 [PT]
        Redirect gone /gone
        <Directory $ROOT/docs>
            Options +ExecCGI
            AddHandler wsgi-script .wsgi
            SetEnvIf X_INNER 1 X_INNER_AGAIN=1
            SetEnvIf Request_URI (.*) X_INNER=1 X_INNER_URI=$1
        </Directory>
        <Directory $ROOT/docs/index>
            DirectoryIndex start.wsgi
        </Directory>
        <Directory $ROOT/docs/root>
            DirectoryIndex /index/start.wsgi
        </Directory>
        <Directory $ROOT/docs/fallback>
            FallbackResource /index/start.wsgi
        </Directory>
        <Directory $ROOT/docs/rewritten>
            RewriteEngine On
            RewriteRule ^old$ /app/new [L]
            RewriteRule ^older$ old [L]
        </Directory>
    """, [ask(target) for target in (
        "/app/x", "/index/", "/root/", "/fallback/none", "/rewritten/old", "/rewritten/older", "/missing", "/gone", "/pt/x",
    )], {
        "docs/index/start.wsgi": PROBE, "docs/root/other.txt": "", "docs/fallback/other.txt": "", "docs/rewritten/other.txt": "",
    }),
    Case("environment_headers_72", """
        WSGIScriptAlias /app $ROOT/probe.wsgi
        <LocationMatch "^/app/https/(?<value>[a-zA-Z0-9]+)">
            SetEnvIf Request_URI "^/app/https/([a-zA-Z0-9]+)" HTTPS=$1
        </LocationMatch>
        <Location /app/auth>
            WSGIPassAuthorization On
        </Location>
        <Location /app/callable>
            WSGICallableObject other
        </Location>
        SetEnvIf X-Callable "(.+)" X_CALLABLE=$1
        <Location /app/chosen>
            WSGICallableObject %{ENV:X_CALLABLE}
        </Location>
    """, [
        ask("/app/https/1"), ask("/app/https/oN"), ask("/app/https/true"), ask("/app/https/off"),
        ask("/app", "X-A: 1", "x-a: 2", HTTP_X_A="1, 2"),
        ask("/app", "Cookie: a=1"),
        ask("/app", "X_B: y", "Foo.Bar: z", "Proxy: e", HTTP_X_B=None, HTTP_PROXY=None),
        ask("/app", "Empty:", HTTP_EMPTY=""),
        ask("/app", "Authorization: Basic eDp5", HTTP_AUTHORIZATION=None),
        ask("/app/auth", "Authorization: Basic eDp5", HTTP_AUTHORIZATION="Basic eDp5"),
        ask("/app/callable", callable_object="other"),
        ask("/app/chosen", "X-Callable: other", callable_object="other"),
        ask("/app", "Content-Type: text/x", method="POST", body="x", CONTENT_TYPE="text/x"),
        ask("/app", host="Some.Example.ORG:8080", SERVER_NAME="some.example.org", SERVER_PORT="8080"),
        ask("/app", "If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT", status=200),
        ask("/app", "Range: bytes=0-1"),
        ask("/app", method="HEAD", status=200),
    ]),
]
