"""Django and Flask behind the real program, in embedded and in daemon mode.

    HOOPSNAKE_BINARY=build/hoopsnake /usr/bin/python3 -m pytest tests/e2e/wsgi/test_frameworks.py
"""

import hashlib
import http.client
import http.cookiejar
import json
import os
import re
import select
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
APPS = ROOT / "tests" / "apps" / "wsgi"
BINARY = os.environ.get("HOOPSNAKE_BINARY", str(ROOT / "build" / "hoopsnake"))
AS_ROOT = "User root\nAllowRoot On\n" if os.geteuid() == 0 else ""
PATIENCE = 60  # seconds until something is called broken


class Server:
    """The program on one configuration, from its first to its last moment."""

    def __init__(self, directory, config, environment):
        self.log_path = directory / "error.log"
        config_path = directory / "site.conf"
        config_path.write_text(
            f"Listen 127.0.0.1:0\nServerName localhost\nErrorLog {self.log_path}\nLogLevel info\n{AS_ROOT}{config}"
        )
        ready, told = os.pipe()
        self.errors = open(directory / "stderr.log", "w+")
        self.process = subprocess.Popen(
            [BINARY, "-f", str(config_path), "--ready-fd", str(told)],
            pass_fds=[told], env={**os.environ, **environment}, stdout=self.errors, stderr=self.errors,
        )
        os.close(told)
        readable, _, _ = select.select([ready], [], [], PATIENCE)
        address = os.read(ready, 1000).decode().strip() if readable else ""
        os.close(ready)
        assert address, self.log()
        self.address = address

    def log(self):
        self.errors.seek(0)
        return self.errors.read() + (self.log_path.read_text() if self.log_path.exists() else "")

    def has_logged(self, text):
        """Whether that is said within a while: logs are written by a process of their own."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.log() and time.monotonic() < deadline:
            select.select([], [], [], 0.01)
        return text in self.log()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0
        assert "Sanitizer" not in self.log()
        self.errors.close()

    def surprises(self):
        return [line for line in self.log().splitlines() if re.search(r"\[wsgi:(error|crit|alert|emerg)\]", line)]


class Browser:
    """Keeps cookies and follows redirects; an error status is an answer like any other."""

    def __init__(self, server):
        self.base = "http://" + server.address
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def cookie(self, name):
        return next(cookie.value for cookie in self.cookies if cookie.name == name)

    def open(self, path, data=None, headers=None, method=None):
        if isinstance(data, dict):
            data = urllib.parse.urlencode(data).encode()
        request = urllib.request.Request(self.base + path, data, headers or {}, method=method)
        try:
            return self.opener.open(request, timeout=PATIENCE)
        except urllib.error.HTTPError as error:
            return error

    def text(self, *arguments, **keywords):
        with self.open(*arguments, **keywords) as response:
            return response.read().decode()


def multipart(title, name, content):
    """A form with a text field and a file, as browsers send it: (body, headers)."""
    boundary = b"----------a-boundary-that-is-not-in-the-file"
    body = b"".join([
        b"--", boundary, b'\r\nContent-Disposition: form-data; name="title"\r\n\r\n', title.encode(),
        b"\r\n--", boundary, b'\r\nContent-Disposition: form-data; name="file"; filename="', name.encode(),
        b'"\r\nContent-Type: application/octet-stream\r\n\r\n', content, b"\r\n--", boundary, b"--\r\n",
    ])
    return body, {"Content-Type": "multipart/form-data; boundary=" + boundary.decode()}


def mounted(mode, script, python_path):
    """The configuration of one application at /, in the main interpreter of its process."""
    if mode == "embedded":
        group, path = "%{GLOBAL}", f"WSGIPythonPath {python_path}\n"
    else:
        group, path = "site", (
            f"WSGIDaemonProcess site processes=2 threads=4 python-path={python_path} pass-environment=DJANGO_SITE_DATA\n")
    return f"{path}WSGIScriptAlias / {script} process-group={group} application-group=%{{GLOBAL}}\n"


@pytest.fixture(scope="module", params=["embedded", "daemon"])
def django(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp("django")
    project = APPS / "django_site"
    environment = {"DJANGO_SITE_DATA": str(directory)}
    for command in (["migrate", "-v0"], ["createsuperuser", "--noinput", "--username=ada", "--email=ada@example.org"]):
        subprocess.run(
            ["/usr/bin/python3", "-m", "django", *command],
            env={**os.environ, **environment, "PYTHONPATH": str(project), "DJANGO_SETTINGS_MODULE": "settings",
                 "DJANGO_SUPERUSER_PASSWORD": "difference engine"},
            check=True, capture_output=True,
        )
    server = Server(directory, mounted(request.param, project / "site.wsgi", project), environment)
    yield server
    server.stop()


@pytest.fixture(scope="module", params=["embedded", "daemon"])
def flask(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp("flask")
    server = Server(directory, mounted(request.param, APPS / "flask_site.py", APPS), {})
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def quiet(request):
    """No test leaves an error in the log, except one that asks for `provoked`."""
    server = request.getfixturevalue("django" if "django" in request.fixturenames else "flask")
    before = len(server.surprises())
    yield
    if "provoked" not in request.fixturenames:
        assert server.surprises()[before:] == []


@pytest.fixture
def provoked():
    """The test provokes an error."""


def log_in(browser):
    browser.text("/admin/login/")
    return browser.text("/admin/login/?next=/admin/", {
        "username": "ada", "password": "difference engine", "csrfmiddlewaretoken": browser.cookie("csrftoken"),
    })


def test_django_admin_login(django):
    browser = Browser(django)
    assert "Site administration" in log_in(browser)
    assert "ada@example.org" in browser.text("/admin/auth/user/")
    assert "Site administration" not in Browser(django).text("/admin/")


def test_django_admin_changes_the_database(django):
    browser = Browser(django)
    log_in(browser)
    browser.text("/admin/auth/group/add/")
    page = browser.text("/admin/auth/group/add/", {
        "name": "engineers", "_save": "Save", "csrfmiddlewaretoken": browser.cookie("csrftoken"),
    })
    assert "engineers" in page and "was added successfully" in page


def test_django_session(django):
    browser = Browser(django)
    assert [json.loads(browser.text("/count"))["count"] for _ in range(3)] == [1, 2, 3]
    assert json.loads(Browser(django).text("/count"))["count"] == 1


def test_django_csrf_form(django):
    browser = Browser(django)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.text("/form")).group(1)
    assert browser.text("/form", {"word": "söme", "csrfmiddlewaretoken": token}) == "said söme"
    assert 'value="söme"' in browser.text("/form")
    assert browser.open("/form", {"word": "forged"}).status == 403


def test_django_upload_of_20_megabytes(django):
    content = os.urandom(1000000) * 20
    body, headers = multipart("Ünïcode", "blob.bin", content)
    answer = json.loads(Browser(django).text("/upload", body, headers))
    assert answer["title"] == "Ünïcode"
    assert answer["files"]["file"] == {
        "name": "blob.bin", "size": len(content), "sha256": hashlib.sha256(content).hexdigest(),
    }


def test_django_streaming(django):
    with Browser(django).open("/stream") as response:
        assert response.headers["Transfer-Encoding"] == "chunked"
        assert response.read().decode() == "".join(f"row {number}\n" for number in range(1000))


def test_django_file(django):
    source = (APPS / "django_site" / "urls.py").read_bytes()
    with Browser(django).open("/source") as response:
        assert response.headers["Content-Length"] == str(len(source))
        assert response.read() == source


def test_django_error(django, provoked):
    assert Browser(django).open("/broken").status == 500
    assert django.has_logged("ValueError: raised in a view")


def test_django_not_found(django):
    assert Browser(django).open("/nowhere").status == 404


def test_flask_routing(flask):
    browser = Browser(flask)
    assert browser.text("/greet/W%C3%B6rld") == "Hello, Wörld!"
    assert browser.text("/") == "Hello, you!"
    assert browser.open("/nowhere").status == 404
    assert browser.open("/greet/x", b"").status == 405
    assert browser.open("/teapot").status == 418


def test_flask_cookies(flask):
    browser = Browser(flask)
    assert [browser.text("/visit") for _ in range(3)] == ["1", "2", "3"]
    assert browser.cookie("last") == "127.0.0.1"


def test_flask_json(flask):
    body = json.dumps({"numbers": list(range(1000))}).encode()
    answer = json.loads(Browser(flask).text("/sum", body, {"Content-Type": "application/json"}))
    assert answer == {"sum": 499500, "count": 1000}
    assert Browser(flask).open("/sum", b"no json", {"Content-Type": "application/json"}).status == 400


def test_flask_upload(flask):
    content = os.urandom(3000001)
    body, headers = multipart("Title", "some file.bin", content)
    assert json.loads(Browser(flask).text("/upload", body, headers)) == {
        "name": "some file.bin", "size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "title": "Title",
    }


def test_flask_chunked_upload(flask):
    connection = http.client.HTTPConnection(flask.address, timeout=PATIENCE)
    connection.request("PUT", "/raw", iter([b"one", b"two" * 1000, b"three"]), encode_chunked=True)
    assert json.loads(connection.getresponse().read()) == {"size": 3008, "length": None}
    connection.close()


def test_flask_generator(flask):
    assert Browser(flask).text("/rows/5000") == "".join(f"row {row}\n" for row in range(5000))


def test_flask_file(flask):
    with Browser(flask).open("/file") as response:
        assert response.read() == (APPS / "flask_site.py").read_bytes()


def test_flask_head_has_no_body(flask):
    connection = http.client.HTTPConnection(flask.address, timeout=PATIENCE)
    for method, body in (("HEAD", b""), ("GET", b"Hello, x!")):
        connection.request(method, "/greet/x")
        response = connection.getresponse()
        assert (response.status, response.headers["Content-Length"], response.read()) == (200, "9", body)
    connection.close()


def test_flask_error(flask, provoked):
    assert Browser(flask).open("/broken").status == 500
    assert flask.has_logged("ValueError: raised in a route")
