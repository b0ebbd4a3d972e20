"""Two servers on one configuration: Debian's Apache with mod_wsgi, and Hoopsnake.

Each runs in a process group of its own, on a port from the kernel, and is gone when stop() returns.
"""

import http.client
import os
import pwd
import re
import select
import signal
import socket
import subprocess
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
HOOPSNAKE = os.environ.get("HOOPSNAKE_BINARY", str(SOURCE / "build" / "dev" / "hoopsnake"))
APACHE = "/usr/sbin/apache2"
MODULES = Path("/usr/lib/apache2/modules")
PATIENCE = 20  # seconds until something is called broken

# In the order in which Debian's a2enmod would load them; ssl and proxy are absent on purpose.
LOADED = """
    mpm_event authz_core authz_host authz_user authn_core authn_file auth_basic access_compat alias
    autoindex dir env mime setenvif headers rewrite userdir negotiation macro wsgi
""".split()

# All that a server's processes know of the environment, for PassEnv and ${…}.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "FROM_PROCESS": "of the process"}
# What a build with sanitizers is told by its preset, for Hoopsnake alone.
SANITIZERS = {key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS") or key == "PYTHONMALLOC"}


def missing():
    """Why Apache cannot be asked, or ""."""
    for path in [Path(APACHE), *(MODULES / f"mod_{name}.so" for name in LOADED)]:
        if not path.exists():
            return f"{path} is not there: apt-get install apache2-bin libapache2-mod-wsgi-py3"
    return ""


def load_modules():
    return "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED)


def refusals_of(text, directory, ours=""):
    """What each server's -t says against a configuration that begins with two lines of its own; "": no objection.

    `ours` stands before it where Hoopsnake reads it.
    """
    said = {}
    for name, program, prologue in (
        ("apache", APACHE, f"{load_modules()}\nErrorLog {directory}/log\nListen 127.0.0.1:1\nServerName x\n"),
        ("hoopsnake", HOOPSNAKE, "Listen 127.0.0.1:0\nServerName x\n" + ours),
    ):
        path = directory / f"{name}.conf"
        path.write_text(prologue + text)
        done = subprocess.run(
            [program, "-t", "-f", str(path)], capture_output=True, text=True, env={**ENVIRONMENT, **SANITIZERS}, timeout=PATIENCE,
        )
        said[name] = "" if done.returncode == 0 else done.stdout + done.stderr
    return said


class Broken(Exception):
    """The server ended, or stayed silent, or broke; what it said."""


class Server:
    """One server; `root` is the case's tree and `run` a directory for what the server itself writes."""

    name = ""
    more_environment = {}

    def __init__(self, config, root, run):
        self.root = root
        self.run = run
        self.log_path = run / "error.log"
        self.process = None
        run.mkdir()
        run.chmod(0o755)
        self.start(config)

    def log(self):
        said = (self.run / "said").read_text(errors="replace")
        return said + (self.log_path.read_text(errors="replace") if self.log_path.exists() else "")

    def launch(self, command, **keywords):
        with open(self.run / "said", "wb") as said:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=self.root,
                env={**ENVIRONMENT, **self.more_environment}, start_new_session=True, **keywords,
            )

    def write(self, config, port):
        path = self.run / "site.conf"
        path.write_text(config.replace("$PORT", str(port)).replace("$ROOT", str(self.root)))
        return path

    def ask_to_end(self):
        self.process.send_signal(signal.SIGTERM)

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def stop(self):
        if self.process is None:
            return
        self.ask_to_end()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            pass
        self.kill()  # whatever is left; usually nothing
        self.process.wait()

    def complaint(self):
        """An exception when the server, having stopped, left something that no test can like."""
        log = self.log()
        return Broken(log) if "Sanitizer" in log or "CHECK" in log else None

    def ask(self, request):
        """The answer to one request on a connection of its own."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            connection.sendall(request.wire(self.port))
            response = http.client.HTTPResponse(connection, method=request.method)
            response.begin()
            body = response.read()
        return Answer(response.status, response.getheaders(), body, self.port, self.root)


class Apache(Server):
    name = "apache"

    # Asked gently, a child that has sub-interpreters of Python 3.11 needs ten seconds. It keeps nothing that outlives it:
    # its mutexes are files and futexes.
    def ask_to_end(self):
        self.kill()

    def prologue(self):
        lines = [load_modules()]
        lines += [
            f"ServerRoot {self.run}", f"DefaultRuntimeDir {self.run}", f"PidFile {self.run}/apache.pid",
            f"ErrorLog {self.log_path}", "LogLevel info", f"Mutex file:{self.run}",
            f"TypesConfig {self.root}/mime.types", f"WSGISocketPrefix {self.run}/wsgi",
            "StartServers 1", "ServerLimit 1", "ThreadsPerChild 8", "MaxRequestWorkers 8",
        ]
        if os.geteuid() == 0:
            user = pwd.getpwnam("www-data")
            lines += [f"User #{user.pw_uid}", f"Group #{user.pw_gid}"]
        return "\n".join(lines) + "\n"

    def start(self, config):
        for _ in range(5):  # somebody else may take the port between the question and its use
            with socket.create_server(("127.0.0.1", 0)) as probe:
                self.port = probe.getsockname()[1]
            path = self.write(self.prologue() + config, self.port)
            self.launch([APACHE, "-f", str(path), "-DFOREGROUND"])
            if self.has_begun():
                return
            if "Address already in use" not in self.log():
                break
        self.stop()
        raise Broken(self.log())

    # A connection would not tell: it may be somebody else who listens there.
    def has_begun(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            if "resuming normal operations" in self.log():
                return True
            select.select([], [], [], 0.005)
        return False


class Hoopsnake(Server):
    name = "hoopsnake"
    more_environment = SANITIZERS

    def start(self, config):
        # The text names the port, so that it is chosen here and not by Listen 127.0.0.1:0.
        for _ in range(5):
            with socket.create_server(("127.0.0.1", 0)) as probe:
                self.port = probe.getsockname()[1]
            prologue = f"ErrorLog {self.log_path}\nLogLevel info\nTypesConfig {self.root}/mime.types\n"
            prologue += "User root\nAllowRoot On\n" if os.geteuid() == 0 else ""
            path = self.write(prologue + config, self.port)
            if self.has_begun(path):
                return
            self.stop()
            if "Address already in use" not in self.log():
                break
        raise Broken(self.log())

    def has_begun(self, path):
        ready, told = os.pipe()
        try:
            self.launch([HOOPSNAKE, "-f", str(path), "--ready-fd", str(told)], pass_fds=[told])
            os.close(told)
            readable, _, _ = select.select([ready], [], [], PATIENCE)
            return bool(readable and os.read(ready, 1000))
        finally:
            os.close(ready)


class Answer:
    """Status, headers and body; what names this server's port or this run's directory is made equal."""

    def __init__(self, status, headers, body, port, root):
        def neutral(text):
            return re.sub(rf"\b{port}\b", "$PORT", text.replace(str(root), "$ROOT"))

        self.status = status
        self.headers = [
            (name.lower(), re.sub(r"(?i)\bexpires=[^;]*", "expires=$TIME", neutral(value))) for name, value in headers
        ]
        self.body = neutral(body.decode("latin-1"))

    def header(self, name):
        """All values of a header in their order, or None."""
        values = [value for key, value in self.headers if key == name.lower()]
        return " | ".join(values) if values else None
