"""The server under chaos: its configuration, its operator, and what it must look like when all is over."""

import asyncio
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
HURT = "hurt"  # its applications may do harm: its own requests may fail, nobody else's


class Host:
    def __init__(self, name, group, is_hurt):
        self.name, self.group, self.is_hurt = name, group, is_hurt
        self.file = (name.encode() + b"\n") * 40_000


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def descriptors_of(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory_of(pid):
    """Resident bytes."""
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Site:
    STOP_SECONDS = 45

    def __init__(self, program, left_out=()):
        self.program, self.left_out = program, left_out
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="chaos-"))
        os.chmod(self.folder, 0o755)
        self.port = free_port()
        self.hosts = [
            Host("quiet.test", "quiet", False), Host("many.test", "many", False), Host("inside.test", "", False),
            Host("asked.test", "asked", False), Host("hurt.test", HURT, True)]
        self.process = None
        self.before = {}

    def configuration(self):
        root = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
        lines = [
            f"Listen 127.0.0.1:{self.port}", "ServerName chaos.test", f"ErrorLog {self.folder}/error.log", "LogLevel warn",
            f"CustomLog {self.folder}/access.log combined", "StartServers 1", "ServerThreads 2", "Timeout 30",
            "AllowEncodedSlashes NoDecode", root,
            "WSGIDaemonProcess quiet processes=1 threads=4 display-name=%{GROUP}",
            "WSGIDaemonProcess many processes=3 threads=2 display-name=%{GROUP}",
            "WSGIDaemonProcess asked processes=1 threads=3 display-name=%{GROUP}",
            f"WSGIDaemonProcess {HURT} processes=2 threads=4 display-name=%{{GROUP}}"]
        for host in self.hosts:
            files = self.folder / host.name
            script = files / "app.wsgi"
            lines += [
                "<VirtualHost *>", f"ServerName {host.name}", f"Alias /static/ {files}/static/",
                f"<Directory {files}>", "Require all granted", "AllowOverride All", "</Directory>"]
            if host.group == "asked":
                lines += [f"WSGIDispatchScript {script}", f"WSGIScriptAlias / {script}"]
            elif host.group:
                lines += [f"WSGIScriptAlias / {script} process-group={host.group} application-group=%{{GLOBAL}}"]
            else:
                lines += [f"WSGIScriptAlias / {script}"]
            lines += ["</VirtualHost>"]
        return "\n".join(lines) + "\n"

    def start(self):
        application = (HERE / "application.py").read_text()
        for host in self.hosts:
            (self.folder / host.name / "static").mkdir(parents=True)
            (self.folder / host.name / "static" / "file.bin").write_bytes(host.file)
            (self.folder / host.name / "app.wsgi").write_text(application)
        (self.folder / "site.conf").write_text(self.configuration())
        ready, ready_there = os.pipe()
        self.process = subprocess.Popen(
            [self.program, "-f", str(self.folder / "site.conf"), "--ready-fd", str(ready_there)], pass_fds=[ready_there])
        os.close(ready_there)
        if not os.read(ready, 1):
            sys.exit("chaos: the server does not start")
        self.ready = ready

    def warm_up(self):
        """Every process has answered once: what it holds from now on is what it needs."""
        for host in self.hosts:
            for _ in range(20):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                connection.request("GET", "/warm", headers={"Host": host.name})
                connection.getresponse().read()
                connection.close()
        self.server = next(pid for pid in children_of(self.process.pid) if self.is_server_process(pid))
        self.before = {"descriptors": descriptors_of(self.server), "memory": memory_of(self.server)}

    @staticmethod
    def title(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return ""

    def is_server_process(self, pid):
        """Neither a daemon process, which has its group's name, nor the one that writes the logs."""
        name = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
        return self.title(pid).startswith(self.program) and not name.endswith("-logs")

    def family(self):
        """Every process of this run, whoever its parent is now: those that have its logs open, and those that hold a pipe to them."""
        held = {}
        for fds in pathlib.Path("/proc").glob("[0-9]*/fd"):
            try:
                held[int(fds.parent.name)] = {os.readlink(fd) for fd in fds.iterdir()}
            except OSError:
                continue  # it has ended meanwhile
        held.pop(os.getpid(), None)
        first = {pid for pid, names in held.items() if any(str(self.folder) in name for name in names)}
        pipes = {name for pid in first for name in held[pid] if name.startswith("pipe:")}
        return [pid for pid, names in held.items() if pid in first or names & pipes]

    def check_quiet(self, findings):
        """All clients have gone: within a while the server process holds what it held before."""
        deadline = time.monotonic() + 60
        if self.process.poll() is not None:
            findings.add(f"the supervisor has ended with {self.process.returncode}")
            return
        if not pathlib.Path(f"/proc/{self.server}").exists():
            findings.add("the server process has died")
            return
        while descriptors_of(self.server) > self.before["descriptors"] + 20 and time.monotonic() < deadline:
            time.sleep(0.5)
        left = descriptors_of(self.server) - self.before["descriptors"]
        if left > 20:
            findings.add(f"{left} more descriptors are open than before")
        grown = memory_of(self.server) - self.before["memory"]
        if grown > 200 * 2**20:
            findings.add(f"the server process has grown by {grown >> 20} MiB")
        findings.counts["MiB grown"] = grown >> 20

    def stop(self, findings):
        if self.process.poll() is None:
            begun = time.monotonic()
            self.process.send_signal(signal.SIGTERM)
            try:
                status = self.process.wait(self.STOP_SECONDS)
                if status != 0:
                    findings.add(f"the stop ended with status {status}")
            except subprocess.TimeoutExpired:
                findings.add(f"SIGTERM did not end the server in {self.STOP_SECONDS} s")
                self.process.kill()
                self.process.wait()
            findings.counts["s of stopping"] = int(time.monotonic() - begun)
        for pid in self.family():
            findings.add(f"process {pid} has outlived the supervisor")
            os.kill(pid, signal.SIGKILL)
        self.check_log(findings)

    def check_log(self, findings):
        log = (self.folder / "error.log").read_text(errors="replace")
        for word in ("CHECK", "Sanitizer", "runtime error:", "does not keep to the protocol"):
            if word in log:
                line = next(line for line in log.splitlines() if word in line)
                findings.add(f"the error log says {word!r}: {line[:300]}")
        for line in log.splitlines():
            if "server process" in line and "killed by signal" in line:
                findings.add(line[:300])


class Operator:
    """Sends signals that do no harm, touches scripts, writes .htaccess files, kills processes of the group that is hurt."""

    def __init__(self, site, rng, findings):
        self.site, self.rng, self.findings = site, rng, findings

    async def act(self):
        await asyncio.sleep(self.rng.random() * 2)
        deeds = {"touch": self.touch, "signal": self.signal, "write_htaccess": self.write_htaccess, "kill": self.kill}
        self.rng.choice([deed for name, deed in deeds.items() if name not in self.site.left_out])()

    def touch(self):
        os.utime(self.site.folder / self.rng.choice(self.site.hosts).name / "app.wsgi")

    def signal(self):
        self.site.process.send_signal(self.rng.choice([signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGWINCH]))

    def write_htaccess(self):
        hurt = next(host for host in self.site.hosts if host.is_hurt)
        rules = self.rng.choice([
            "", "SetEnv CHAOS 1\n", "RewriteEngine On\nRewriteRule ^never$ /nowhere [R]\n" * 500, "Order deny,allow\n",
            "SetEnvIf Host (.*) A=$1$1\n" * 50])
        (self.site.folder / hurt.name / "static" / ".htaccess").write_text(rules)

    def kill(self):
        victims = [pid for pid in children_of(self.site.process.pid) if f"(wsgi:{HURT})" in self.site.title(pid)]
        if victims:
            os.kill(self.rng.choice(victims), signal.SIGKILL)
            self.findings.counts["killed"] += 1
