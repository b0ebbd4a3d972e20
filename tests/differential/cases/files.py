"""The language around the directives: Include, Define, IfModule, Macro, quoting; and real files of distributions."""

from case import Case, PROBE, ask

APP = "WSGIScriptAlias /app $ROOT/probe.wsgi\n"

CASES = [
    Case("files_lexical", APP + """
        # a comment \\
        setenv X_LOWER lower
        SETENV X_UPPER upper
        SetEnv X_DOUBLE "a b"
        SetEnv X_SINGLE 'a "b" c'
        SetEnv X_ESCAPED "a \\"b\\" c"
        SetEnv X_BACKSLASH "a\\\\b"
        SetEnv X_PLAIN_BACKSLASH a\\b
        SetEnv X_HASH a#b
        SetEnv X_HASH_WORD "#b"
        SetEnv \\
            X_CONTINUED \\
            yes
        SetEnv X_JOINED one\\
two
        SetEnv	X_TAB	tab
        SetEnv "X_NAME" value
        SetEnv X_EMPTY ""
        SetEnv X_INNER a"b"c
        SetEnv X_UNDEFINED ${NOT_DEFINED_ANYWHERE}
        SetEnv X_DOLLAR $HOME
        SetEnv X_PROCESS "${FROM_PROCESS}"
        <location /app>
            SetEnv X_SECTION lower
        </LOCATION>
        <Location "/app/quoted">
            SetEnv X_QUOTED_SECTION 1
        </Location>
        SetEnv X_UTF8 é
    """, [ask("/app"), ask("/app/quoted")]),
    Case("files_define", """
        Define base /app
        Define script "$ROOT/probe.wsgi"
        Define flag
        Define words "two words"
        WSGIScriptAlias ${base} ${script}
        SetEnv X_WORDS "${words}"
        SetEnv X_MIXED a${base}b${flag}c
        <IfDefine flag>
            SetEnv X_FLAG 1
        </IfDefine>
        <IfDefine !flag>
            SetEnv X_NOT_FLAG 1
        </IfDefine>
        <IfDefine nothing>
            Nonsense that nobody reads
            <Nested>
            </Nested>
            SetEnv X_NEVER 1
        </IfDefine>
        UnDefine flag
        <IfDefine flag>
            SetEnv X_STILL 1
        </IfDefine>
        <IfDefine !flag>
            <IfDefine base>
                SetEnv X_NESTED 1
            </IfDefine>
        </IfDefine>
        <IfModule mod_wsgi.c>
            SetEnv X_WSGI_C 1
        </IfModule>
        <IfModule wsgi_module>
            SetEnv X_WSGI 1
        </IfModule>
        <IfModule !mod_wsgi.c>
            SetEnv X_NO_WSGI 1
        </IfModule>
        <IfModule mod_nothing.c>
            Nonsense here
        </IfModule>
        <IfModule mod_ssl.c>
            SSLEngine On
        </IfModule>
        <IfModule mod_rewrite.c>
            SetEnv X_REWRITE 1
        </IfModule>
        <IfModule core.c>
            SetEnv X_CORE 1
        </IfModule>
        <IfVersion >= 2.4>
            SetEnv X_VERSION 1
        </IfVersion>
        <IfVersion < 2.4>
            SetEnv X_OLD 1
        </IfVersion>
        <IfVersion = 2.2>
            Nonsense
        </IfVersion>
        <IfVersion ~ ^2\\.4>
            SetEnv X_VERSION_MATCH 1
        </IfVersion>
        <IfVersion !>= 3>
            SetEnv X_BELOW_3 1
        </IfVersion>
        <IfVersion 2.4>
            SetEnv X_EXACTLY 1
        </IfVersion>
        <IfFile "$ROOT/probe.wsgi">
            SetEnv X_FILE 1
        </IfFile>
        <IfDirective WSGIScriptAlias>
            SetEnv X_DIRECTIVE 1
        </IfDirective>
        <IfSection VirtualHost>
            SetEnv X_SECTION 1
        </IfSection>
    """, [ask("/app")]),
    Case("files_include", APP + """
        Include $ROOT/conf/one.conf
        Include $ROOT/conf/many/*.conf
        Include $ROOT/conf/tree/*/inner.conf
        IncludeOptional $ROOT/conf/none/*.conf
        IncludeOptional $ROOT/conf/none.conf
        Include $ROOT/conf/directory
        <Location /app/inside>
            Include $ROOT/conf/inside.conf
        </Location>
    """, [ask("/app"), ask("/app/inside")], {
        "conf/one.conf": "SetEnv X_ONE 1\nInclude $ROOT/conf/two.conf\nDefine later yes\n", "conf/two.conf": "SetEnv X_TWO 2",
        "conf/many/a.conf": "SetEnv X_ORDER a\nSetEnv X_A ${later}\n", "conf/many/b.conf": "SetEnv X_ORDER b\n",
        "conf/many/c.txt": "Nonsense\n", "conf/tree/x/inner.conf": "SetEnv X_TREE x\n", "conf/tree/y/inner.conf": "SetEnv X_Y 1\n",
        "conf/directory/10": "SetEnv X_DIRECTORY ten\n", "conf/directory/20": "SetEnv X_DIRECTORY twenty\n",
        "conf/inside.conf": "SetEnv X_INSIDE 1\n",
    }),
    Case("files_macro", """
        <Macro Site $name $path>
            <VirtualHost *:$PORT>
                ServerName $name.example.com
                SetEnv X_NAME "$name at $path"
                WSGIScriptAlias $path $ROOT/probe.wsgi
            </VirtualHost>
        </Macro>
        <Macro Marks ${a} @b>
            SetEnv X_A ${a}
            SetEnv X_B @b
        </Macro>
        Use Site first /one
        Use Site second "/two"
        <VirtualHost *:$PORT>
            ServerName third.example.com
            Use Marks alpha "beta gamma"
            WSGIScriptAlias /three $ROOT/probe.wsgi
        </VirtualHost>
        UndefMacro Site
    """, [
        ask("/one", host="first.example.com"), ask("/two", host="second.example.com"), ask("/one", host="second.example.com"),
    ]),
    Case("files_debian_site", """
        LoadModule wsgi_module /usr/lib/apache2/modules/mod_wsgi.so
        LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so
        <IfModule !mod_env.c>
            LoadModule env_module /usr/lib/apache2/modules/mod_env.so
        </IfModule>
        Timeout 300
        KeepAlive On
        MaxKeepAliveRequests 100
        KeepAliveTimeout 5
        HostnameLookups Off
        ServerTokens OS
        ServerSignature Off
        TraceEnable Off
        AccessFileName .htaccess
        <FilesMatch "^\\.ht">
            Require all denied
        </FilesMatch>
        <Directory />
            Options FollowSymLinks
            AllowOverride None
            Require all denied
        </Directory>
        <IfModule mod_ssl.c>
            Listen 443
        </IfModule>
        <IfModule mod_gnutls.c>
            Listen 443
        </IfModule>
        <IfModule alias_module>
            Alias /icons/ "/usr/share/apache2/icons/"
        </IfModule>
        <IfModule dir_module>
            DirectoryIndex index.html index.cgi index.pl index.php index.xhtml index.htm
        </IfModule>
        <IfModule setenvif_module>
            BrowserMatch "Mozilla/2" nokeepalive
            BrowserMatch "MSIE 4\\.0b2;" nokeepalive downgrade-1.0 force-response-1.0
            BrowserMatch "Microsoft Data Access Internet Publishing Provider" redirect-carefully
        </IfModule>
        <VirtualHost *:$PORT>
            ServerAdmin webmaster@localhost
            ServerName www.example.com
            ServerAlias example.com *.example.com
            DocumentRoot $ROOT/htdocs
            LogLevel info wsgi:info
            WSGIDaemonProcess example.com python-path=$ROOT/app threads=2 display-name=%{GROUP}
            WSGIProcessGroup example.com
            WSGIScriptAlias / $ROOT/app/site.wsgi
            Alias /static/ $ROOT/htdocs/
            Alias /media $ROOT/media
            <Directory $ROOT/app>
                <Files site.wsgi>
                    Require all granted
                </Files>
            </Directory>
            <Directory $ROOT/htdocs>
                Options Indexes FollowSymLinks MultiViews
                AllowOverride None
                <IfModule mod_authz_core.c>
                    Require all granted
                </IfModule>
                <IfModule !mod_authz_core.c>
                    Order allow,deny
                    allow from all
                </IfModule>
            </Directory>
            <IfModule mod_ssl.c>
                SSLEngine on
                SSLCertificateFile /etc/ssl/certs/ssl-cert-snakeoil.pem
            </IfModule>
        </VirtualHost>
        <IfModule mod_ssl.c>
            <VirtualHost _default_:443>
                SSLEngine on
                SSLCertificateFile /etc/ssl/certs/ssl-cert-snakeoil.pem
            </VirtualHost>
        </IfModule>
    """, [
        ask("/", host="www.example.com", status=200, script="", path="/", process_group="example.com"),
        ask("/page?x", host="example.com", status=200),
        ask("/static/plain.txt", host="www.example.com", status=200),
        ask("/static/.htaccess", host="www.example.com", status=403),
        ask("/static/", host="www.example.com", status=200),
        ask("/media/x.txt", host="www.example.com", status=403),
        ask("/static/bare/", host="www.example.com"),
        ask("/static/plain", host="www.example.com"),
        ask("/", method="TRACE", host="www.example.com", status=405),
        ask("/", "User-Agent: Mozilla/2", host="www.example.com"),
    ], {"app/site.wsgi": PROBE, "media/x.txt": "m\n"}),
]
