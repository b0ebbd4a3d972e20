"""What a case is made of: a configuration, a tree of files, requests, and what the specification says of them."""

import dataclasses
import os
from pathlib import Path

import apr_dbm

# Answers with its environ, its file and the callable that was run, as JSON.
PROBE = '''
import json

def answer(environ, start_response, called):
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Probe", "yes")])
    texts = {key: value if isinstance(value, str) else repr(value) for key, value in environ.items()}
    return [json.dumps({"environ": texts, "file": __file__, "called": called}).encode()]

def application(environ, start_response):
    return answer(environ, start_response, "application")

def other(environ, start_response):
    return answer(environ, start_response, "other")

def handle_request(environ, start_response):
    return answer(environ, start_response, "handle_request")
'''

MIME_TYPES = """
text/html html
text/plain txt
text/css css
application/javascript js
application/json json
image/png png
image/svg+xml svg
"""

# Every case finds these; a case adds its own and may replace them.
TREE = {
    "mime.types": MIME_TYPES,
    "probe.wsgi": PROBE,
    "htdocs/index.html": "<p>the front page</p>\n",
    "htdocs/plain.txt": "plain text\n",
    "htdocs/style.css": "p { color: red }\n",
    "htdocs/sub/index.html": "<p>the page of sub</p>\n",
    "htdocs/sub/deep/page.html": "<p>a deep page</p>\n",
    "htdocs/bare/only.txt": "a directory without index\n",
}

# Stands before every configuration.
COMMON = """
Listen 127.0.0.1:$PORT
ServerName main.example.com:$PORT
DocumentRoot $ROOT/htdocs
"""
GLOBAL = "WSGIApplicationGroup %{GLOBAL}\n"


@dataclasses.dataclass(frozen=True)
class Link:
    """A symbolic link to `target`, in which $ROOT is the tree."""

    target: str


@dataclasses.dataclass(frozen=True)
class Dbm:
    """A DBM file that holds `entries`."""

    entries: dict


@dataclasses.dataclass(frozen=True)
class Request:
    method: str
    target: str
    host: str | None = "main.example.com"
    fields: tuple = ()
    body: str = ""
    version: str = "HTTP/1.1"
    # What the specification says of the answer: `status`, `script` ("SCRIPT_NAME PATH_INFO"), header names in lower
    # case, environ keys. Apache must agree; where it does not, chosen_differences.py says so.
    expected: tuple = ()

    def wire(self, port):
        lines = [f"{self.method} {self.target} {self.version}"]
        if self.host is not None:
            lines.append(f"Host: {self.host}")
        lines += [*self.fields, "Connection: close"]
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).replace("$PORT", str(port)).encode("latin-1")

    def __str__(self):
        host = "" if self.host == "main.example.com" else f" @{self.host}"
        fields = "".join(f" {field}" for field in self.fields)
        return f"{self.method} {self.target}{host}{fields}"


def ask(target, *fields, method="GET", host="main.example.com", body="", version="HTTP/1.1", **expected):
    return Request(method, target, host, fields, body, version, tuple(sorted(expected.items())))


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    config: str
    requests: list
    files: dict = dataclasses.field(default_factory=dict)
    is_about_groups: bool = False  # otherwise everything runs in the main interpreter, which starts fastest
    refused: str = ""  # the sentence with which Hoopsnake refuses this configuration, for now
    compares_bodies_of: tuple = ()  # statuses from 300 on whose body is the configuration's own, not a generated page

    def text(self):
        return COMMON + ("" if self.is_about_groups else GLOBAL) + self.config

    def plant(self, root: Path):
        """Makes the tree; everybody may read it, because servers change users."""
        old_mask = os.umask(0o022)
        for name, content in {**TREE, **self.files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Link):
                path.symlink_to(content.target.replace("$ROOT", str(root)))
            elif isinstance(content, Dbm):
                apr_dbm.write(path, content.entries)
            elif content is None:
                path.mkdir(exist_ok=True)
            else:
                path.write_bytes(content.replace("$ROOT", str(root)).encode())
                os.utime(path, (1_700_000_000, 1_700_000_000))
        os.umask(old_mask)
