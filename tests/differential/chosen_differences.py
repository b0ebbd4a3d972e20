"""Every difference between Apache with mod_wsgi and Hoopsnake that was chosen, and why. Anything else fails.

Four lists. A difference that has gone, or has changed, fails as well: the lists say what is.
"""

import dataclasses
import fnmatch
import re


@dataclasses.dataclass(frozen=True)
class Chosen:
    """In these cases and requests (patterns) `what` is `apache` there and `hoopsnake` here; None: absent.

    Several cases or requests are a tuple. `apache` may be a regular expression, whose groups `hoopsnake` then names.
    """

    case: str | tuple
    request: str | tuple
    what: str
    apache: str | re.Pattern | None
    hoopsnake: str | None
    reason: str
    is_bug: bool = False
    is_general: bool = False  # a rule: it explains the difference wherever there is one, and there need be none

    def describes(self, apache, hoopsnake):
        if self.is_general and apache == hoopsnake:
            return True
        if not isinstance(self.apache, re.Pattern):
            return (apache, hoopsnake) == (self.apache, self.hoopsnake)
        found = self.apache.fullmatch(apache or "")
        return found is not None and hoopsnake == (None if self.hoopsnake is None else found.expand(self.hoopsnake))


def bug(*what, **more):
    return Chosen(*what, **more, is_bug=True)


@dataclasses.dataclass(frozen=True)
class Unlike:
    """Debian 12's mod_wsgi 4.9.4 does not answer as the specification (of 6.0.5) says."""

    case: str
    request: str
    what: str
    apache: str | None
    reason: str


# Entries of environ that describe the server, the connection or the moment, and are never compared.
NOT_COMPARED = {
    "SERVER_SOFTWARE": "names the server",
    "SERVER_SIGNATURE": "names the server",
    "SERVER_ADMIN": "no ServerAdmin is set; Apache's [no address given] helps no application",
    "REMOTE_PORT": "the client's, another one each time",
    "CONTEXT_PREFIX": "Apache's own; mod_wsgi's documents do not promise it",
    "CONTEXT_DOCUMENT_ROOT": "Apache's own; mod_wsgi's documents do not promise it",
    "GATEWAY_INTERFACE": "mod_wsgi 4.9.4 has it, 6.0 has not",
    "PATH_TRANSLATED": "mod_wsgi 4.9.4 has it, 6.0 has not",
    "apache.*": "Apache's version",
    "mod_wsgi.version": "the version of mod_wsgi",
    "mod_wsgi.queue_start": "a moment",
    "mod_wsgi.daemon_*": "moments and counts",
    "mod_wsgi.request_*": "moments, counts and identifiers",
    "mod_wsgi.thread_*": "counts and identifiers",
    "mod_wsgi.total_requests": "a count",
    "mod_wsgi.connection_*": "identifiers",
    "mod_wsgi.ignore_activity": "internal to mod_wsgi",
    "mod_wsgi.enable_sendfile": "mod_wsgi 4.9.4 has it, 6.0 has not",
    "mod_wsgi.script_reloading": "mod_wsgi 4.9.4 has it, 6.0 has not",
    "mod_wsgi.input_chunked": "mod_wsgi 4.9.4 has it, 6.0 has not",
    "mod_wsgi.script_start": "a moment",
    "mod_wsgi.application_start": "a moment",
    "mod_wsgi.server_pid": "a process",
    "mod_wsgi.listener_*": "the same as SERVER_ADDR, and the server's port",
    "wsgi.*": "objects of the server; tests/e2e/wsgi/pep3333_test.cc looks at them",
    "PATH": "of the process, not of the request",
}

PORT_OF_GROUPS = (
    "The port in a group's name is the configured or listening one: mod_wsgi takes the client's, who could make interpreters "
    "without end (specification, section 4.3)"
)

# Locations. What a configuration writes with a host stays as it is written, as other.example.com without a port does.
ORIGIN = re.compile(r"http://(?!other\.example\.com/)[^/]+(/.*)")
PATH = r"\1"
PATH_IS_ENOUGH = (
    "Where the server redirects to a path of its own, Location is that path (RFC 9110 section 10.2.2): behind a proxy that speaks "
    "TLS, Apache's http:// would lead away from it"
)
BIG_DIGITS = "The digits of %C3 are capitals, as RFC 3986 section 6.2.2.1 recommends; the URL is the same"
NO_BLANK = "No byte of a Location may be a blank, not even with [NE]: a URL holds none"
NO_FILE_NAME = (
    "A relative substitution is relative to the URL's directory; Apache sends the file system's path to the client, for which its "
    "manual has RewriteBase"
)
# Pages.
UTF_8 = "An ErrorDocument's text is sent as the file's bytes are: UTF-8"
# Files.
NO_SOURCE = "A .py or .wsgi file that no handler runs is not sent: its source is nobody's business, and a forgotten line is no consent"
FALLBACK = "SCRIPT_NAME is the directory of the FallbackResource and PATH_INFO all that follows, so that an application finds its routes"
TOO_LONG = "No file has a name of this length; which of 403 and 404 says so depends on who sees it first, and tells nothing"
# .htaccess.
NOT_OF_STRANGERS = (
    "What the server was started with may be secret: a .htaccess file sees of it what PassEnv in the server's configuration passes to "
    "its directory"
)
# Header fields.
ERRORS_VARY = "An error or a redirection depends on the field just the same; Apache leaves Vary out of them"

CHOSEN = [
    Chosen("static_directories", "GET /d%c3%a9", "location", "http://main.example.com:$PORT/d%c3%a9/", "/d%C3%A9/",
           f"{PATH_IS_ENOUGH}. {BIG_DIGITS}"),

    Chosen("static_redirects", "GET /temp/a%0d*", "location",
           re.compile("(http://other.example.com/.*?)%0d%0a(.*)"), r"\1%0D%0A\2", BIG_DIGITS),
    Chosen("static_redirects", "GET /temp/%c3%a9", "location",
           "http://other.example.com/there/%c3%a9", "http://other.example.com/there/%C3%A9", BIG_DIGITS),

    Chosen("rewrite_flags", "GET /ne2/a%20b", "location", re.compile("http://[^/]+(/.*/a) (b0x)"), r"\1%20\2", NO_BLANK),
    Chosen("rewrite_idioms", "GET /a%20b[?]*", "location", re.compile("(http:.*/a) (b.*)"), r"\1%20\2", NO_BLANK),
    Chosen("rewrite_in_directories", "GET /ht/red*", "location",
           re.compile(r"http://[^/]+\$ROOT/htdocs(/ht/.*)"), PATH, NO_FILE_NAME),
    Chosen("rewrite_in_directories", "GET /aliased/red", "location",
           re.compile(r"http://[^/]+\$ROOT(/aliased/.*)"), PATH, NO_FILE_NAME),
    Chosen("*", "*", "location", ORIGIN, PATH, PATH_IS_ENOUGH, is_general=True),

    Chosen(("static_error_documents*", "expressions_as_values", "htaccess_elsewhere"),
           ("GET /missing*", "GET /local/missing", "GET /t/error/none", "GET /syntax"), "content-type",
           "text/html; charset=iso-8859-1", "text/html; charset=utf-8", UTF_8),
    Chosen("hosts_inherit", ("GET /missing @*", "GET /mainalias/ @own.*", "GET /plain.txt @own.*", "GET /sub @own.*"), "content-type",
           "text/html; charset=iso-8859-1", "text/html; charset=utf-8", UTF_8),
    Chosen("static_error_documents*", "GET /forbidden/x?q=1", "last-modified", "Tue, 14 Nov 2023 22:13:20 GMT", None,
           "The time of the file that is the page is no time of what was asked for"),

    Chosen("mapping_42_handlers", "GET /removed/one.wsgi", "status", "200", "403", NO_SOURCE),
    Chosen("htaccess_21_22_overrides", "GET /t/fileinfo/handler/p.wsgi", "status", "200", "403", NO_SOURCE),
    Chosen("rewrite_in_directories", "GET /ht/env.wsgi", "status", "200", "403", NO_SOURCE),
    Chosen("files_debian_site", "GET /static/bare/ *", "status", "200", "403", "Directories are never listed, whatever Options say"),
    Chosen("files_debian_site", "GET /static/plain *", "status", "200", "404",
           "A name is a file's or it is nobody's: there is no negotiation, whatever Options MultiViews says"),
    Chosen("static_files", "GET /dangling.txt", "status", "403", "404", "What a link leads to is not there, and that is not found"),
    Chosen("static_files", "BREW /plain.txt", "status", "501", "405",
           "Applications may know any method, so that none is unknown to the server (RFC 9110 section 15.6.2); a file does not know it"),
    Chosen("static_files", "OPTIONS /plain.txt", "content-type", "text/plain", None, "An answer without content has no type"),
    *[
        Chosen("static_fallback", f"GET {target}", what, theirs, ours, FALLBACK)
        for target, script, resource, path in (
            ("/dynamic/x", "", "/app", "/dynamic/x"),
            ("/dynamic/x/y?q=1", "", "/app", "/dynamic/x/y"),
            ("/dynamic/", "", "/app", "/dynamic/"),
            ("/script/", "/script", "/script/main.wsgi", "/"),
            ("/script/x/y?q=1", "/script", "/script/main.wsgi", "/x/y"),
        )
        for whats, theirs, ours in (
            (("SCRIPT_NAME", "mod_wsgi.script_name"), resource, script), (("PATH_INFO", "mod_wsgi.path_info"), "", path)
        )
        for what in whats
    ],
    Chosen("paths_51_long", ("GET /static/" + "a/" * 4000, "GET /files/" + "a/" * 4000), "status", "403", "404", TOO_LONG),
    Chosen("paths_51_long", ("GET /scripts/" + "a" * 8000, "GET /match/" + "a" * 8000), "status", "404", "403", TOO_LONG),
    Chosen("paths_51_long", ("GET /app/" + "a" * 8000, "GET /app/" + "a/" * 4000), "status", "404", "200",
           "PATH_INFO is no file's name and may be longer than one"),

    Chosen("mapping_25_to_34_mounts*", "GET /dir/%c3%a9.wsgi/%e9", "SCRIPT_FILENAME",
           "$ROOT/dir/\u00c3\u00a9.wsgi", "$ROOT/dir/\u00e9.wsgi",
           "SCRIPT_FILENAME is decoded as os.fsdecode does, so that open() finds the file; PEP 3333 says nothing of it, mod_wsgi 6 agrees"),
    Chosen("static_scripts_are_not_shown", "GET /scripts/a.WSGI", "file", "$ROOT/scripts/a.wsgi", "$ROOT/scripts/a.WSGI",
           "Two files are two modules; mod_wsgi 4.9.4 keeps modules by their paths in lower case"),
    Chosen("environment_setenv*", "GET /app/evil", "CONTENT_LENGTH", "99", None,
           "CONTENT_LENGTH is the body's: SetEnv cannot make an application wait for bytes that will not come"),
    Chosen(("access_limit", "files_debian_site"), "TRACE /*", "allow", "", "delete,get,head,options,patch,post,put",
           "A 405 has to say what is allowed (RFC 9110 section 15.5.6); Apache's field is empty"),
    Chosen("hosts_by_name", "GET http://ALIAS2.example.com:123/x", "HTTP_HOST",
           "alias2.example.com:123", "ALIAS2.example.com:123", "The host of an absolute target is told as it was written"),
    Chosen("expressions_in_setenvif", "* /app*", "X_086", None, "1",
           "%{REQUEST_FILENAME} is the URL's path until a file is known, in every expression, as the manual of mod_rewrite says; in "
           "Apache's SetEnvIfExpr it is empty"),
    Chosen("rewrite_maps", "GET /dbm/empty[?]again", "PATH_INFO", "/not-found", "/",
           "An empty value is one; Apache gives it the first time and the default from then on, out of its cache"),
    Chosen("rewrite_maps", "GET /dbm/empty[?]again", "mod_wsgi.path_info", "/not-found", "/", "As PATH_INFO, of which it is a copy"),

    Chosen("groups_46*", "GET /gsres @main.example.com:4444", "mod_wsgi.application_group",
           "main.example.com:4444|/gsres", "main.example.com:$PORT|/gsres", PORT_OF_GROUPS),
    Chosen("groups_46*", "GET /app @noport.example.com*", "mod_wsgi.application_group",
           "noport.example.com|/app", "noport.example.com:$PORT|/app", PORT_OF_GROUPS),
    Chosen("groups_52*", "GET /nope-group", "status", "200", "500",
           "A variable that is not set is an error with a line in the log, not an interpreter called %{ENV:NOPE}"),
    Chosen("static_files", ("PUT /plain.txt", "DELETE /plain.txt", "OPTIONS /plain.txt"), "allow",
           "get,head,options,post,trace", "get,head,options,post", "TRACE is never answered"),
    Chosen("sections_in_sections", "POST /probe.wsgi/loc", "vary", None, "x-if", ERRORS_VARY),
    Chosen("sections_if_else", ("GET /app/moved @*", "GET /app X-Deny: 1"), "vary", None, "x-deny", ERRORS_VARY),
    Chosen("access_require", ("GET /p13/x.txt", "GET /p13/x.txt X-Closed: 1", "GET /p13/missing.txt", "POST /p13/*"), "vary",
           None, "x-key", ERRORS_VARY),
    Chosen("rewrite_conditions", "GET /agent", "vary", None, "user-agent",
           "the answer depends on the field whether the condition held or not"),
    Chosen("rewrite_conditions", "GET /or X-One: 1", "vary", None, "x-one",
           "the answer depends on the field whether the condition held or not"),
    Chosen("htaccess_definitions", "GET /app", "X_VALUE", "a-value", "${word}",
           "A .htaccess file sees which names are defined, but no values, neither of Define nor of the environment: one may be a password"),
    Chosen("htaccess_environment*", "GET /own", "FROM_PROCESS", "of the process", None, NOT_OF_STRANGERS),
    Chosen("htaccess_environment*", "GET /any", "SEEN", "of the process", None, NOT_OF_STRANGERS),
    Chosen("htaccess_environment*", "GET /asks", "status", "200", "500", NOT_OF_STRANGERS),
    Chosen("htaccess_unless_allowed", "*", "status", "500", "200",
           "AllowOverride is None unless it is written, and None means that .htaccess is not looked at, as Apache's manual says; "
           "Apache reads the file and refuses each of its lines where no section says AllowOverride at all"),
]

# Hoopsnake is wrong. The case is xfailed with the reason; when the bug has gone, its entry fails.
BUGS = [
]

APACHE_IS_UNLIKE = [
]


def is_not_compared(key):
    return any(fnmatch.fnmatchcase(key, pattern) for pattern in NOT_COMPARED)


def is_one_of(text, patterns):
    patterns = (patterns,) if isinstance(patterns, str) else patterns
    return any(pattern == text or fnmatch.fnmatchcase(text, pattern) for pattern in patterns)


def matches(entry, case, request, what):
    return entry.what == what and is_one_of(case, entry.case) and is_one_of(request, entry.request)


def find(case, request, what):
    return next((entry for entry in CHOSEN + BUGS if matches(entry, case, request, what)), None)


def apache_is_unlike(case, request, what):
    return next((entry for entry in APACHE_IS_UNLIKE if matches(entry, case, request, what)), None)
