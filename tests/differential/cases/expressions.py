"""The expression language, each expression in an <If> of its own that leaves a mark."""

from case import Case, ask

TRUTHS = r"""
true
false
! false
true && false
true || false
(true || false) && ! false
not true || true
'' == ''
'a' == 'a'
'a' != 'b'
'a' = 'a'
'a' < 'b'
'b' lt 'a'
'10' -lt '9'
10 -gt 9
10 -eq 10.0
'010' -eq 10
5 -le 5
5 -ge 6
5 -ne 6
%{REQUEST_METHOD} == 'GET'
%{REQUEST_METHOD} in {'GET', 'HEAD'}
%{REQUEST_METHOD} in { "POST" , "PUT" }
%{REQUEST_URI} =~ m#^/app#
%{REQUEST_URI} =~ m#^/APP#i
%{REQUEST_URI} !~ /nothing/
%{QUERY_STRING} =~ /(^|&)a=([^&]*)/ && $2 == 'b'
%{QUERY_STRING} =~ /a=(.)/ && '$1' == 'b'
-n %{QUERY_STRING}
-z %{QUERY_STRING}
-n ''
-T 'on'
-T 'off'
-T '0'
-T 'no'
-T ''
-T 'anything'
-n req('X-One')
req('X-One') == '1'
http('X-One') == '1'
%{HTTP:X-One} == '1'
%{req:X-One} == '1'
%{HTTP_HOST} == 'main.example.com'
%{HTTP_USER_AGENT} == 'Tester'
%{HTTP_COOKIE} == ''
-R '127.0.0.1'
-R '127.0.0.0/8'
-R '10.0.0.0/8'
%{REMOTE_ADDR} -ipmatch '127.0.0.0/8'
'192.168.1.7' -ipmatch '192.168.1.0/24'
'x.html' -strmatch '*.html'
'X.HTML' -strcmatch '*.html'
'/a/b/c' -fnmatch '/a/*/c'
'/a/b/c/d' -fnmatch '/a/*/d'
'x' -strmatch '?'
%{SERVER_NAME} == 'main.example.com'
%{SERVER_PROTOCOL} == 'HTTP/1.1'
%{REQUEST_SCHEME} == 'http'
%{HTTPS} == 'off'
%{REMOTE_ADDR} == '127.0.0.1'
%{DOCUMENT_ROOT} =~ /htdocs$/
%{THE_REQUEST} =~ m#^GET /app/x.a=b HTTP/1.1$#
%{IS_SUBREQ} == 'false'
%{ENV:X_EARLY} == 'early'
env('X_EARLY') == 'early'
reqenv('X_EARLY') == 'early'
osenv('FROM_PROCESS') == 'of the process'
-n osenv('NOT_THERE')
tolower('ABC') == 'abc'
toupper('abc') == 'ABC'
escape('a b') == 'a%20b'
unescape('a%20b') == 'a b'
base64('abc') == 'YWJj'
unbase64('YWJj') == 'abc'
md5('abc') == '900150983cd24fb0d6963f7d28e17f72'
sha1('abc') == 'a9993e364706816aba3e25717850c26c9cd0d89d'
'a' . 'b' == 'ab'
'a' . %{REQUEST_METHOD} . 'b' == 'aGETb'
'pre-%{REQUEST_METHOD}-post' == 'pre-GET-post'
"double" == 'double'
'it\'s' == "it's"
%{QUERY_STRING} == "a=b"
%{TIME_YEAR} -gt 2000
%{TIME_WDAY} -lt 7
%{REMOTE_USER} == ''
%{AUTH_TYPE} == ''
%{REQUEST_FILENAME} =~ /./
%{SCRIPT_FILENAME} =~ /probe\.wsgi/
%{PATH_INFO} == '/x'
%{HANDLER} == 'wsgi-script'
%{CONN_REMOTE_ADDR} == '127.0.0.1'
%{IPV6} == 'off'
%{REQUEST_STATUS} == '200'
'abc' =~ /B/
'abc' =~ /B/i
'a.c' =~ /^a\.c$/
'a' -in {'a', 'b'}
req_novary('X-One') == '1'
%{HTTP_ACCEPT} == ''
%{reqenv:X_EARLY} == 'early'
%{tolower:ABC} == 'abc'
true and false
true or false
'a' eq 'a'
'a' ne 'a'
'b' gt 'a'
'b' ge 'b'
'b' le 'a'
10 eq 10
10 gt 9
5 lt 10
! -n ''
-n '' || -n 'x'
true && (false || (true && ! false))
""".strip().splitlines()


def marks(expressions, template):
    return "".join(template.format(number=number, expression=expression.replace("\\", "\\\\").replace('"', '\\"'))
                   for number, expression in enumerate(expressions))


IF = '<If "{expression}">\nSetEnv X_{number:03} yes\n</If>\n'
APP = """
SetEnvIf Request_URI . X_EARLY=early
WSGIScriptAlias /app $ROOT/probe.wsgi
"""
ASKED = [
    ask("/app/x?a=b", "X-One: 1", "User-Agent: Tester"),
    ask("/app"),
    ask("/app/y?c", method="POST", body="x"),
]

CASES = [
    Case("expressions_in_if", APP + marks(TRUTHS, IF), ASKED),
    Case("expressions_in_setenvif", APP + marks(TRUTHS, 'SetEnvIfExpr "{expression}" X_{number:03}\n'), ASKED),
    Case("expressions_in_rewrite", APP + "RewriteEngine On\n" + "".join(
        f'RewriteCond expr "{expression}"\nRewriteRule . - [E=X_{number:03}:yes]\n'  # unescapes nothing
        for number, expression in enumerate(TRUTHS) if '"' not in expression), ASKED),
    Case("expressions_as_values", APP + r"""
        SetEnvIfExpr "%{QUERY_STRING} =~ /v=([a-z]+)/" X_V=$1 X_WHOLE=$0
        <Location /app/redirect>
            Redirect 302 "http://%{SERVER_NAME}/%{HTTP:X-One}%{REQUEST_URI}?q=%{QUERY_STRING}"
        </Location>
        <If "%{REQUEST_URI} =~ m#/app/named/(?<what>[a-z]+)#">
            SetEnv X_NAMED yes
        </If>
        ErrorDocument 404 "no %{REQUEST_URI} for %{HTTP:X-One}"
    """, [
        ask("/app?v=abc"), ask("/app/redirect?a=b", "X-One: 1"), ask("/app/named/x"), ask("/missing", "X-One: <1>"),
    ], compares_bodies_of=(404,)),
]
