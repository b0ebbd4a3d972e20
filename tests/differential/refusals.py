"""Configurations that are refused: a wrong place, a wrong count, a wrong value. One or more lines each."""

# By both servers.
REFUSED = r"""
NoSuchDirective x
KeepAlive maybe
KeepAlive
DocumentRoot
DocumentRoot a b
ServerName
Alias /x
Alias
AliasMatch ( /x
Redirect 200 /x /y
Redirect 301 /x
Redirect gone /x http://a/
Redirect nonsense /x /y
Redirect /x relative
RedirectMatch ( /x
ErrorDocument 99 /x
ErrorDocument 404
AcceptPathInfo maybe
AllowEncodedSlashes maybe
MergeSlashes maybe
UseCanonicalName maybe
Options -Nonsense
Options Indexes +ExecCGI
AddHandler
AddHandler wsgi-script
SetHandler
SetEnv
SetEnv A b c
PassEnv
SetEnvIf Request_URI
SetEnvIf Request_URI ( x
SetEnvIfExpr "1 ==" x
BrowserMatch x
RewriteEngine maybe
RewriteRule
RewriteRule x
RewriteRule ( -
RewriteRule x - [NoSuchFlag]
RewriteRule x - L
RewriteRule x - [R=9999]
RewriteCond %{HTTP_HOST}
RewriteCond %{HTTP_HOST} (
RewriteCond %{HTTP_HOST} x [Z]
RewriteBase /x
RewriteOptions Nonsense
RewriteMap x
RewriteMap x int:nonsense
AllowOverride All
AllowOverrideList SetEnv
Require all granted
Order allow,deny
Satisfy Any
Listen
Listen nonsense
Include /no/such/file.conf
RewriteMap x txt:/no/such/file
Define
WSGIScriptAlias
WSGIScriptAlias /x
WSGIScriptAlias /x /y z
WSGIScriptAlias /x /y process-group=
WSGIScriptAlias /x /y pass-authorization=maybe
WSGIScriptAliasMatch ( /y
WSGIDaemonProcess
WSGIDaemonProcess a processes=0
WSGIDaemonProcess a processes=abc
WSGIDaemonProcess a processes = 2
WSGIDaemonProcess a Processes=2
WSGIDaemonProcess a user=root
WSGIDaemonProcess a user=#0
WSGIDaemonProcess a home=rel
WSGIDaemonProcess a umask=9
WSGIDaemonProcess a script-user=root script-group=root
WSGIDaemonProcess a\nWSGIDaemonProcess a
WSGIHandlerScript
WSGIHandlerScript x
WSGIScriptReloading maybe
WSGIPythonHome a b
WSGIAccessScript x
<Directory /x>
</Directory>
<Directory>\n</Directory>
<Directory /x>\n</Location>
<DirectoryMatch (>\n</DirectoryMatch>
<Files>\n</Files>
<FilesMatch (>\n</FilesMatch>
<Location>\n</Location>
<LocationMatch (>\n</LocationMatch>
<If "1 ==">\n</If>
<If "%{NO_SUCH_THING} == ''">\n</If>
<If "nonsense(x) == ''">\n</If>
<If "'a' =~ /(/">\n</If>
<If "(true">\n</If>
<If>\n</If>
<Location /x>\n<Directory /y>\n</Directory>\n</Location>
<Directory /x>\n<Directory /y>\n</Directory>\n</Directory>
<Directory /x>\n<Location /y>\n</Location>\n</Directory>
<Directory /x>\n<VirtualHost *:80>\n</VirtualHost>\n</Directory>
<VirtualHost *:80>\n<VirtualHost *:80>\n</VirtualHost>\n</VirtualHost>
<VirtualHost>\n</VirtualHost>
<VirtualHost *:80>\nListen 81\n</VirtualHost>
<VirtualHost *:80>\nWSGIPythonHome /usr\n</VirtualHost>
<VirtualHost *:80>\nUser nobody\n</VirtualHost>
<Directory /x>\nWSGIScriptAlias /x /y\n</Directory>
<Directory /x>\nWSGIDaemonProcess x\n</Directory>
<Directory /x>\nAlias /x /y /z\n</Directory>
<Directory /x>\nServerName x\n</Directory>
<Directory /x>\nDocumentRoot /x\n</Directory>
<Directory /x>\nRewriteMap x int:tolower\n</Directory>
<Directory /x>\nRequire nonsense\n</Directory>
<Directory /x>\nRequire all maybe\n</Directory>
<Directory /x>\nRequire ip nonsense\n</Directory>
<Directory /x>\nRequire ip 10.0.0.0/99\n</Directory>
<Directory /x>\nRequire not all granted\n</Directory>
<Directory /x>\nRequire expr "1 =="\n</Directory>
<Directory /x>\nRequire\n</Directory>
<Directory /x>\n<RequireAny>\nRequire not ip 10.0.0.1\n</RequireAny>\n</Directory>
<Directory /x>\n<RequireAll>\n</Directory>
<Directory /x>\nOrder sideways\n</Directory>
<Directory /x>\nAllow 10.0.0.1\n</Directory>
<Directory /x>\nDeny from\n</Directory>
<Directory /x>\nSatisfy Some\n</Directory>
<Directory /x>\nAllowOverride Nonsense\n</Directory>
<Directory /x>\nAllowOverride Options=Nonsense\n</Directory>
<Location /x>\nOptions FollowSymLinks Nonsense\n</Location>
<Limit>\n</Limit>
<Limit NONSENSE>\n</Limit>
<IfDefine>\n</IfDefine>
<IfDefine x>
<IfModule>\n</IfModule>
<IfVersion nonsense 2>\n</IfVersion>
<Else>\n</Else>
<ElseIf "true">\n</ElseIf>
<Macro>\n</Macro>
<Macro m $a>\nSetEnv A $a\n</Macro>\nUse m
Use nothing
UndefMacro nothing
<Nonsense x>\n</Nonsense>
""".strip().splitlines()

# By Apache alone, and why Hoopsnake takes them.
REFUSED_THERE = [
]

# By Hoopsnake alone, and with which words: what it has not, or does not want to have.
PLAIN_FILES = "static files are served plainly: one name, one file, its type by its extension"
REFUSED_HERE = [
    ("AddDefaultCharset Off", f"AddDefaultCharset: not implemented yet; {PLAIN_FILES}"),
    ("<Directory /x>\\nDirectoryIndexRedirect On\\n</Directory>", f"DirectoryIndexRedirect: not implemented yet; {PLAIN_FILES}"),
    ("<If \"%{CONTENT_TYPE} == ''\">\\n</If>", "the type of what the client sends is %{HTTP:Content-Type}"),
    ("SetEnvIfExpr \"%{CONTENT_TYPE} == ''\" X", "the type of what the client sends is %{HTTP:Content-Type}"),
    ("RewriteCond %{LA-U:REQUEST_FILENAME} x", "RewriteCond: %{LA-U:...}: looking ahead at what a variable will be is not implemented"),
    ("RewriteRule x - [E=X:%{LA-U:SCRIPT_NAME}]", "RewriteRule: %{LA-U:...}: looking ahead at what a variable will be is not implemented"),
    ("RewriteCond %{LA-F:REMOTE_USER} x", "looking ahead at what a variable will be is not implemented"),
]


def text(entry):
    return entry.replace("\\n", "\n") + "\n"
