"""Every difference between Apache with mod_wsgi and Hoopsnake that was chosen, and why. Anything else fails.

Three lists. A difference that has gone, or has changed, fails as well: the lists say what is.
"""

import dataclasses
import fnmatch


@dataclasses.dataclass(frozen=True)
class Chosen:
    """In these cases and requests (patterns) `what` is `apache` there and `hoopsnake` here; None: absent."""

    case: str
    request: str
    what: str
    apache: str | None
    hoopsnake: str | None
    reason: str


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
    "wsgi.*": "objects of the server; tests/e2e/pep3333_test.cc looks at them",
    "PATH": "of the process, not of the request",
}

PORT_OF_GROUPS = (
    "The port in a group's name is the configured or listening one: mod_wsgi takes the client's, who could make interpreters "
    "without end (specification, section 4.3)"
)

CHOSEN = [
    Chosen("groups_46*", "GET /gsres @main.example.com:4444", "mod_wsgi.application_group",
           "main.example.com:4444|/gsres", "main.example.com:$PORT|/gsres", PORT_OF_GROUPS),
    Chosen("groups_46*", "GET /app @noport.example.com*", "mod_wsgi.application_group",
           "noport.example.com|/app", "noport.example.com:$PORT|/app", PORT_OF_GROUPS),
    Chosen("groups_52*", "GET /nope-group", "status", "200", "500",
           "A variable that is not set is an error with a line in the log, not an interpreter called %{ENV:NOPE} (case 53)"),
    Chosen("htaccess_unless_allowed", "*", "status", "500", "200",
           "AllowOverride is None unless it is written, and None means that .htaccess is not looked at, as Apache's manual says; "
           "Apache reads the file and refuses each of its lines where no section says AllowOverride at all"),
]

APACHE_IS_UNLIKE = [
]


def is_not_compared(key):
    return any(fnmatch.fnmatchcase(key, pattern) for pattern in NOT_COMPARED)


def matches(entry, case, request, what):
    return (
        fnmatch.fnmatchcase(case, entry.case) and entry.what == what
        and (entry.request == request or fnmatch.fnmatchcase(request, entry.request))
    )


def find(case, request, what):
    return next((entry for entry in CHOSEN if matches(entry, case, request, what)), None)


def apache_is_unlike(case, request, what):
    return next((entry for entry in APACHE_IS_UNLIKE if matches(entry, case, request, what)), None)
