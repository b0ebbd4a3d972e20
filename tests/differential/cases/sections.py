"""Sections and .htaccess: who wins, and what may stand where."""

from case import Case, PROBE, ask

APP = "WSGIScriptAlias /app $ROOT/probe.wsgi\n"



CASES = [
    Case("sections_merge_order", """
        WSGIScriptAlias /app $ROOT/a/b/c/probe.wsgi
        <Location /app>
            SetEnv X_1 location
            SetEnv X_2 location
            SetEnv X_LOCATION yes
        </Location>
        <Files probe.wsgi>
            SetEnv X_1 files
            SetEnv X_3 files
        </Files>
        <DirectoryMatch "/a/b">
            SetEnv X_4 directory-match
            SetEnv X_3 directory-match
        </DirectoryMatch>
        <Directory $ROOT/a/b/c>
            SetEnv X_5 deep
            SetEnv X_4 deep
        </Directory>
        <Directory $ROOT/a>
            AllowOverride FileInfo
            SetEnv X_5 shallow
            SetEnv X_6 shallow
        </Directory>
        <Directory ~ "/a/b/c$">
            SetEnv X_7 tilde
        </Directory>
        <Directory $ROOT/*/b>
            SetEnv X_6 wildcard
            SetEnv X_8 wildcard
        </Directory>
        <Directory "$ROOT/a/?/c/">
            SetEnv X_9 question
        </Directory>
        <DirectoryMatch "^.*/(?<letter>[a-z])/probes?$">
            SetEnv X_NEVER yes
        </DirectoryMatch>
        <FilesMatch "^pro(?<rest>.*)\\.wsgi$">
            SetEnv X_FM %{env:MATCH_REST}
            SetEnv X_3 files-match
        </FilesMatch>
        <LocationMatch "^/(?<first>[a-z]+)/x">
            SetEnv X_LM yes
            SetEnv X_2 location-match
        </LocationMatch>
        <Location /app/x>
            SetEnv X_2 location-x
        </Location>
        <Location "/ap*/y">
            SetEnv X_WILD yes
        </Location>
        <Location ~ "/z$">
            SetEnv X_TILDE yes
        </Location>
        <If "%{REQUEST_URI} =~ m#/if#">
            SetEnv X_1 if
            SetEnv X_2 if
        </If>
    """, [
        ask("/app"), ask("/app/x"), ask("/app/x/if"), ask("/app/y"), ask("/app/y/z"), ask("/app/q/z"), ask("//app//x"),
        ask("/app/x/../y"), ask("/app?if"), ask("/APP"),
    ], {
        "a/b/c/probe.wsgi": PROBE, "a/.htaccess": "SetEnv X_HT a\nSetEnv X_5 htaccess-a\nSetEnv X_4 htaccess-a\n",
        "a/b/c/.htaccess": "SetEnv X_HT c\nSetEnv X_5 htaccess-c\n<Files probe.wsgi>\nSetEnv X_3 htaccess-files\n</Files>\n"
                           "<If \"true\">\nSetEnv X_HTIF yes\nSetEnv X_1 htaccess-if\n</If>\n",
    }),
    Case("sections_in_sections", """
        <Directory $ROOT/htdocs>
            SetEnv X_D 1
            <Files "probe*">
                SetEnv X_DF 1
            </Files>
            <FilesMatch "\\.wsgi$">
                SetEnv X_DFM 1
            </FilesMatch>
            <If "%{HTTP:X-If} == 'yes'">
                SetEnv X_DIF 1
                <Files "probe.wsgi">
                    SetEnv X_DIFF 1
                </Files>
            </If>
            <IfModule mod_env.c>
                SetEnv X_MODULE 1
            </IfModule>
            Options +ExecCGI
            AddHandler wsgi-script .wsgi
        </Directory>
        <Location /probe.wsgi/loc>
            <If "%{REQUEST_METHOD} == 'POST'">
                SetEnv X_LIF 1
            </If>
            <Limit POST>
                Require all denied
            </Limit>
        </Location>
        <Location />
            SetEnv X_ROOT 1
        </Location>
        <Directory />
            SetEnv X_ROOTDIR 1
        </Directory>
        <VirtualHost *:$PORT>
            ServerName main.example.com
            <Directory $ROOT/htdocs>
                SetEnv X_D vhost
                SetEnv X_V 1
            </Directory>
            <Location /probe.wsgi>
                SetEnv X_VL 1
            </Location>
        </VirtualHost>
        <VirtualHost *:$PORT>
            ServerName plain.example.com
        </VirtualHost>
    """, [
        ask("/probe.wsgi"), ask("/probe.wsgi", "X-If: yes"), ask("/probe.wsgi/loc"), ask("/probe.wsgi/locx"),
        ask("/probe.wsgi/loc", method="POST", body="x"), ask("/probe.wsgi", host="plain.example.com"), ask("/other.wsgi"),
    ], {"htdocs/probe.wsgi": PROBE, "htdocs/other.wsgi": PROBE}),
    Case("sections_if_else", APP + """
        <If "%{QUERY_STRING} == 'a'">
            SetEnv X_SAID a
        </If>
        <ElseIf "%{QUERY_STRING} == 'b'">
            SetEnv X_SAID b
        </ElseIf>
        <ElseIf "%{QUERY_STRING} =~ /^b/">
            SetEnv X_SAID b-something
        </ElseIf>
        <Else>
            SetEnv X_SAID else
        </Else>
        <If "%{HTTP_HOST} == 'other.example.com'">
            Redirect /app/moved http://elsewhere.example.com/
        </If>
        <If "-n req('X-Deny')">
            Require all denied
        </If>
        <If "%{REQUEST_URI} == '/app/group'">
            WSGIApplicationGroup chosen
        </If>
    """, [
        ask("/app?a", X_SAID="a"), ask("/app?b", X_SAID="b"), ask("/app?bc", X_SAID="b-something"),
        ask("/app", X_SAID="else"), ask("/app/moved", host="other.example.com"), ask("/app/moved"), ask("/app", "X-Deny: 1"),
        ask("/app/group"),
    ]),
    Case("htaccess_21_22_overrides", """
        Alias /t $ROOT/t
        <Directory $ROOT/t>
            Options +ExecCGI
            AddHandler wsgi-script .wsgi
            AllowOverride None
        </Directory>
        <Directory $ROOT/t/fileinfo>
            AllowOverride FileInfo
        </Directory>
        <Directory $ROOT/t/all>
            AllowOverride All
        </Directory>
        <Directory $ROOT/t/limit>
            AllowOverride Limit
        </Directory>
        <Directory $ROOT/t/authconfig>
            AllowOverride AuthConfig
        </Directory>
        <Directory $ROOT/t/indexes>
            AllowOverride Indexes
        </Directory>
        <Directory $ROOT/t/options>
            AllowOverride Options=Indexes,FollowSymLinks
        </Directory>
        <Directory $ROOT/t/list>
            AllowOverride None
            AllowOverrideList Redirect SetEnv
        </Directory>
        <Directory $ROOT/t/nonfatal>
            AllowOverride FileInfo Nonfatal=Override
        </Directory>
        <Directory $ROOT/t/unknown>
            AllowOverride FileInfo Nonfatal=Unknown
        </Directory>
    """, [ask(f"/t/{name}/p.wsgi") for name in (
        "none", "fileinfo", "fileinfo/callable", "fileinfo/process", "fileinfo/require", "fileinfo/options", "fileinfo/broken",
        "fileinfo/unknown", "fileinfo/quoted", "fileinfo/open", "fileinfo/vhost", "fileinfo/directory", "fileinfo/location",
        "fileinfo/include", "fileinfo/restrict", "fileinfo/appgroup", "fileinfo/deep/down", "fileinfo/handler", "fileinfo/value",
        "all", "all/options", "all/minus", "limit", "limit/order", "limit/setenv", "authconfig", "authconfig/setenv", "indexes",
        "options", "options/exec", "list", "list/rewrite", "nonfatal", "unknown", "fileinfo/ifmodule", "fileinfo/authconfig",
        "fileinfo/wsgi", "fileinfo/empty", "fileinfo/continued",
    )] + [ask("/t/list/moved"), ask("/t/indexes/"), ask("/t/limit/x.txt"), ask("/t/fileinfo/missing/p.wsgi")], {
        **{f"t/{name}/p.wsgi": PROBE for name in (
            "none", "fileinfo", "fileinfo/callable", "fileinfo/process", "fileinfo/require", "fileinfo/options",
            "fileinfo/broken", "fileinfo/unknown", "fileinfo/quoted", "fileinfo/open", "fileinfo/vhost", "fileinfo/directory",
            "fileinfo/location", "fileinfo/include", "fileinfo/restrict", "fileinfo/appgroup", "fileinfo/deep/down",
            "fileinfo/handler", "fileinfo/value", "all", "all/options", "all/minus", "limit", "limit/order", "limit/setenv",
            "authconfig", "authconfig/setenv", "indexes", "options", "options/exec", "list", "list/rewrite", "nonfatal",
            "unknown", "fileinfo/ifmodule", "fileinfo/authconfig", "fileinfo/wsgi", "fileinfo/empty", "fileinfo/continued",
        )},
        "t/none/.htaccess": "Utter nonsense\n",
        "t/fileinfo/.htaccess": "SetEnv X_HT fileinfo\n",
        "t/fileinfo/callable/.htaccess": "WSGICallableObject other\n",
        "t/fileinfo/process/.htaccess": "WSGIProcessGroup gs\n",
        "t/fileinfo/restrict/.htaccess": "WSGIRestrictProcess gs\n",
        "t/fileinfo/appgroup/.htaccess": "WSGIApplicationGroup %{SERVER}\n",
        "t/fileinfo/require/.htaccess": "Require all granted\n",
        "t/fileinfo/options/.htaccess": "Options +ExecCGI\n",
        "t/fileinfo/broken/.htaccess": "SetEnv\n",
        "t/fileinfo/unknown/.htaccess": "SetEnvv A b\n",
        "t/fileinfo/quoted/.htaccess": "SetEnv X_QUOTED \"a b\"\n  # a comment\n\nsetenv X_Case insensitive\n",
        "t/fileinfo/open/.htaccess": "<Files x>\nSetEnv A b\n",
        "t/fileinfo/vhost/.htaccess": "<VirtualHost *>\n</VirtualHost>\n",
        "t/fileinfo/directory/.htaccess": "<Directory />\n</Directory>\n",
        "t/fileinfo/location/.htaccess": "<Location />\n</Location>\n",
        "t/fileinfo/include/.htaccess": "Include $ROOT/mime.types\n",
        "t/fileinfo/deep/.htaccess": "SetEnv X_DEEP deep\nSetEnv X_HT deep\n",
        "t/fileinfo/deep/down/.htaccess": "SetEnv X_DOWN down\n",
        "t/fileinfo/handler/.htaccess": "RemoveHandler .wsgi\n",
        "t/fileinfo/value/.htaccess": "AcceptPathInfo maybe\n",
        "t/fileinfo/ifmodule/.htaccess": "<IfModule mod_nonsense.c>\nNonsense\n</IfModule>\n<IfModule mod_env.c>\nSetEnv X_M 1\n"
                                         "</IfModule>\n",
        "t/fileinfo/authconfig/.htaccess": "AuthType Basic\n",
        "t/fileinfo/wsgi/.htaccess": "WSGIPassAuthorization On\n",
        "t/fileinfo/empty/.htaccess": "",
        "t/fileinfo/continued/.htaccess": "SetEnv \\\n  X_CONTINUED \\\n yes",
        "t/all/.htaccess": "SetEnv X_HT all\nRequire all granted\nDirectoryIndex x\n",
        "t/all/options/.htaccess": "Options Indexes ExecCGI\n",
        "t/all/minus/.htaccess": "Options -ExecCGI\n",
        "t/limit/.htaccess": "Order allow,deny\nAllow from all\n",
        "t/limit/order/.htaccess": "Order deny,allow\nDeny from all\n",
        "t/limit/setenv/.htaccess": "SetEnv A b\n",
        "t/limit/x.txt": "x\n",
        "t/authconfig/.htaccess": "Require method GET\n",
        "t/authconfig/setenv/.htaccess": "SetEnv A b\n",
        "t/indexes/.htaccess": "DirectoryIndex p.wsgi\n",
        "t/options/.htaccess": "Options +Indexes\n",
        "t/options/exec/.htaccess": "Options +Includes\n",
        "t/list/.htaccess": "SetEnv X_LIST yes\nRedirect /t/list/moved http://elsewhere.example.com/\n",
        "t/list/rewrite/.htaccess": "RewriteEngine On\n",
        "t/nonfatal/.htaccess": "SetEnv X_BEFORE 1\nRequire all granted\nSetEnv X_AFTER 1\n",
        "t/unknown/.htaccess": "SetEnv X_BEFORE 1\nNonsense\nSetEnv X_AFTER 1\n",
    }),
    Case("htaccess_unless_allowed", """
        Alias /t $ROOT/t
        WSGIScriptAlias /app $ROOT/t/probe.wsgi
    """, [ask("/t/x.txt"), ask("/app")], {
        "t/x.txt": "x\n", "t/probe.wsgi": PROBE, "t/.htaccess": "SetEnv X_HT 1\n",
    }),
    Case("htaccess_elsewhere", """
        AccessFileName .first .second
        Alias /t $ROOT/t
        WSGIScriptAlias /app $ROOT/w/probe.wsgi
        <Directory $ROOT>
            AllowOverride All
        </Directory>
        <Location /app/off>
            SetEnv X_LOC yes
        </Location>
        <Files ".first">
            Require all denied
        </Files>
    """, [
        ask("/app"), ask("/app/off"), ask("/t/x.txt"), ask("/t/deny/x.txt"), ask("/t/deny/allow/x.txt"), ask("/t/.first"),
        ask("/t/.second"), ask("/t/redirect/x"), ask("/t/redirect"), ask("/t/missing/x"), ask("/t/type/x.txt"),
        ask("/t/error/none"), ask("/t/index/"), ask("/t/fallback/none/x"), ask("/t/handler/x.txt"),
    ], {
        "w/probe.wsgi": PROBE, "w/.first": "SetEnv X_FIRST 1\n", "w/.second": "SetEnv X_SECOND 1\n",
        ".second": "SetEnv X_TOP 1\n", "t/x.txt": "x\n", "t/.second": "SetEnv A b\n",
        "t/deny/.first": "Require all denied\n", "t/deny/x.txt": "x\n", "t/deny/allow/.first": "Require all granted\n",
        "t/deny/allow/x.txt": "x\n", "t/redirect/.first": "Redirect 301 /t/redirect/ http://elsewhere.example.com/\n",
        "t/redirect/y.txt": "y\n", "t/type/.first": "AddType text/x-mine .txt\n", "t/type/x.txt": "x\n",
        "t/error/.first": "ErrorDocument 404 \"none of mine\"\n", "t/error/y.txt": "y\n",
        "t/index/.first": "DirectoryIndex start.txt\n", "t/index/start.txt": "started\n",
        "t/fallback/.first": "FallbackResource /t/fallback/start.txt\n", "t/fallback/start.txt": "fell back\n",
        "t/handler/.first": "Options +ExecCGI\nSetHandler wsgi-script\n", "t/handler/x.txt": PROBE,
    }, compares_bodies_of=(404,)),
    Case("htaccess_definitions", """
        Define early
        Define gone
        UnDefine gone
        Define word a-value
        WSGIScriptAlias /app $ROOT/w/probe.wsgi
        <Directory $ROOT/w>
            AllowOverride FileInfo
        </Directory>
        Define late
    """, [ask("/app")], {
        "w/probe.wsgi": PROBE,
        "w/.htaccess": "".join(
            f"<IfDefine {sign}{name}>\nSetEnv X_{'NOT_' if sign else ''}{name.upper()} 1\n</IfDefine>\n"
            for name in ("early", "gone", "late", "word", "never") for sign in ("", "!")
        ) + "SetEnv X_VALUE ${word}\n",
    }),
    Case("htaccess_environment_of_the_process", """
        WSGIScriptAlias /own $ROOT/w/own/probe.wsgi
        WSGIScriptAlias /passed $ROOT/w/passed/probe.wsgi
        WSGIScriptAlias /any $ROOT/w/any/probe.wsgi
        WSGIScriptAlias /asks $ROOT/w/asks/probe.wsgi
        <Directory $ROOT/w>
            AllowOverride FileInfo
        </Directory>
        <Directory $ROOT/w/passed>
            PassEnv FROM_PROCESS
        </Directory>
    """, [ask("/own"), ask("/passed"), ask("/any"), ask("/asks")], {
        **{f"w/{name}/probe.wsgi": PROBE for name in ("own", "passed", "any", "asks")},
        "w/own/.htaccess": "PassEnv FROM_PROCESS\n", "w/passed/.htaccess": "PassEnv FROM_PROCESS\n",
        "w/any/.htaccess": "SetEnvIf Request_URI . MINE=1\nSetEnvIfExpr \"env('FROM_PROCESS') =~ /(.+)/\" SEEN=$1\n"
                           "SetEnvIfExpr \"%{ENV:MINE} =~ /(.+)/\" SEEN_MINE=$1\n",
        "w/asks/.htaccess": "SetEnvIfExpr \"osenv('FROM_PROCESS') =~ /(.+)/\" SEEN=$1\n",
    }),
    Case("sections_options", """
        Alias /o $ROOT/o
        AddHandler wsgi-script .wsgi
        <Directory $ROOT/o>
            Options Indexes ExecCGI FollowSymLinks
        </Directory>
        <Directory $ROOT/o/replaced>
            Options FollowSymLinks
        </Directory>
        <Directory $ROOT/o/minus>
            Options -ExecCGI
        </Directory>
        <Directory $ROOT/o/replaced/plus>
            Options +ExecCGI
        </Directory>
        <Directory $ROOT/o/none>
            Options None
        </Directory>
        <Directory $ROOT/o/all>
            Options All
        </Directory>
        <Location /o/none/location>
            Options +ExecCGI
        </Location>
        <Files some.wsgi>
            Options -ExecCGI
        </Files>
    """, [ask(f"/o/{name}.wsgi") for name in (
        "p", "replaced/p", "minus/p", "replaced/plus/p", "none/p", "all/p", "none/location/p", "some", "all/some",
    )], {f"o/{name}.wsgi": PROBE for name in (
        "p", "replaced/p", "minus/p", "replaced/plus/p", "none/p", "all/p", "none/location/p", "some", "all/some",
    )}),
]
