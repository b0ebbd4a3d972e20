"""One running server: on its own core, measured from outside, and surely ended."""

import contextlib
import grp
import http.client
import os
import pathlib
import pwd
import shlex
import shutil
import signal
import socket
import string
import subprocess
import tempfile
import time
from dataclasses import dataclass

from harness import contenders, scenarios


class ServerFailed(Exception):
    """The server did not start, or answered wrongly; the text says why."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Settings:
    """What the command line says about every server."""

    core: int = 0
    threads: int = 15
    connections: int = 64
    build: str = ""


class Setup:
    """The folder of one start: a copy of the applications, the configuration, the logs.

    Servers that give up root must be able to read it, so it is not private; nothing is secret.
    """

    def __init__(self, contender, scenario, settings):
        self.contender, self.scenario = contender, scenario
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="hoopsnake-bench-"))
        self.dir.chmod(0o755)
        self.port = free_port()
        shutil.copytree(
            scenarios.APPS, self.dir / "apps", ignore=shutil.ignore_patterns("__pycache__")
        )
        found, missing = contender.locate(settings.build)
        if missing:
            raise ServerFailed(f"no {missing}")
        nobody = pwd.getpwnam("nobody")
        self.words = found | {
            "app": scenario.app,
            "apps": str(self.dir / "apps"),
            "dir": str(self.dir),
            "port": str(self.port),
            "threads": str(settings.threads),
            "connections": str(settings.connections),
            "more_than_connections": str(settings.connections + 16),
            "user": nobody.pw_name,
            "group": grp.getgrgid(nobody.pw_gid).gr_name,
            "python": contenders.VENV_PYTHON,
        }
        if contender.config:
            (self.dir / "server.conf").write_text(self.fill(contender.config))
        if contender.is_static:
            (self.dir / "static").mkdir()
            (self.dir / "static" / "index.html").write_bytes(scenarios.expected_body(scenario))

    def fill(self, text: str) -> str:
        return string.Template(text).substitute(self.words)

    def command(self) -> list[str]:
        return [self.fill(word) for word in shlex.split(self.contender.command)]

    def environment(self) -> dict[str, str]:
        own = {key: self.fill(text) for key, text in self.contender.environment.items()}
        return (
            os.environ
            | {"PYTHONPATH": str(self.dir / "apps"), "PYTHONDONTWRITEBYTECODE": "1"}
            | own
        )

    def log_tail(self) -> str:
        lines = []
        for name in ("output.log", "error.log"):
            path = self.dir / name
            if path.exists():
                lines += path.read_text(errors="replace").splitlines()[-6:]
        return " | ".join(line.strip() for line in lines if line.strip())[-600:]

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)


class Server:
    """Inside `with Server(…) as server:` it has answered correctly once; afterwards it is gone."""

    start_seconds_max = 20
    stop_seconds_max = 5

    def __init__(self, contender, scenario, settings):
        self.scenario = scenario
        self.setup = Setup(contender, scenario, settings)
        self.core = settings.core
        self.process = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.setup.port}/"

    def command(self) -> list[str]:
        return self.setup.command()

    def __enter__(self):
        with open(self.setup.dir / "output.log", "wb") as log:
            self.process = subprocess.Popen(
                # Should we be killed, the kernel ends the server.
                [
                    "setpriv",
                    "--pdeathsig",
                    "TERM",
                    "taskset",
                    "-c",
                    str(self.core),
                    *self.command(),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.setup.environment(),
                cwd=self.setup.dir,
                start_new_session=True,
            )
        try:
            self.wait_for_right_answer()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def wait_for_right_answer(self):
        """Polls until something answers; the answer must be what all others answer."""
        deadline = time.monotonic() + self.start_seconds_max
        while True:
            try:
                status, body = self.ask()
                break
            except (OSError, http.client.HTTPException) as error:
                if self.process.poll() is not None:
                    raise ServerFailed(f"ended at start: {self.setup.log_tail()}") from error
                if time.monotonic() > deadline:
                    raise ServerFailed(
                        f"no answer in {self.start_seconds_max} s: {self.setup.log_tail()}"
                    ) from error
                time.sleep(0.05)
        self.check(status, body)

    def check(self, status: int, body: bytes):
        if status != 200 or body != scenarios.expected_body(self.scenario):
            raise ServerFailed(f"answered {status}, {len(body)} bytes: {self.setup.log_tail()}")

    def ask(self) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.setup.port, timeout=self.start_seconds_max
        )
        try:
            post = b"x" * self.scenario.post_bytes
            connection.request("POST" if post else "GET", "/", body=post or None)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    # What it costs.

    def processes(self) -> list[int]:
        """Every process of the server: its session, and all descendants wherever they went."""
        found, parents = set(), {}
        for entry in os.listdir("/proc"):
            if entry.isdigit() and (stat := read_stat(int(entry))):
                parents[int(entry)] = stat.parent
                if stat.session == self.process.pid and stat.state != "Z":
                    found.add(int(entry))
        grown = True
        while grown:
            more = {pid for pid, parent in parents.items() if parent in found} - found
            found |= more
            grown = bool(more)
        return sorted(found)

    def cpu_seconds(self) -> float:
        """User and system time of all processes, all threads, and of children that have ended.

        The processes' CPU clocks count in nanoseconds (utime and stime in /proc count in 10 ms).
        """
        total = 0.0
        for pid in self.processes():
            try:
                total += time.clock_gettime(~pid << 3 | 2)  # CPUCLOCK_SCHED of that process
            except OSError:
                continue
            if stat := read_stat(pid):
                total += stat.ended_children_seconds
        return total

    def pss_bytes(self) -> int:
        """Memory in proportion: a page shared by n processes counts 1/n in each."""
        total = 0
        for pid in self.processes():
            for line in read_lines(f"/proc/{pid}/smaps_rollup"):
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total

    def context_switches(self) -> tuple[int, int]:
        """Voluntary and involuntary, of all threads that live."""
        voluntary = involuntary = 0
        for pid in self.processes():
            for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
                for line in read_lines(str(status)):
                    if line.startswith("voluntary_ctxt_switches:"):
                        voluntary += int(line.split()[1])
                    elif line.startswith("nonvoluntary_ctxt_switches:"):
                        involuntary += int(line.split()[1])
        return voluntary, involuntary

    # The end.

    def stop(self):
        self.end()
        self.setup.remove()

    def end(self):
        pids = {pid: stat.start for pid in self.processes() if (stat := read_stat(pid))}
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.stop_seconds_max)
        for pid, start in pids.items():
            if (stat := read_stat(pid)) and stat.start == start and stat.state != "Z":
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()


@dataclass(frozen=True)
class Stat:
    """The fields of /proc/<pid>/stat that we use; see proc(5)."""

    state: str
    parent: int
    session: int
    ended_children_seconds: float
    start: int


def read_stat(pid: int) -> Stat | None:
    text = "".join(read_lines(f"/proc/{pid}/stat"))
    if not text:
        return None
    fields = text.rpartition(")")[2].split()  # from field 3 on: the name may hold anything
    ticks = os.sysconf("SC_CLK_TCK")
    return Stat(
        fields[0],
        int(fields[1]),
        int(fields[3]),
        (int(fields[13]) + int(fields[14])) / ticks,
        int(fields[19]),
    )


def read_lines(path: str) -> list[str]:
    """The lines of a file under /proc; empty when its process has just ended."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []
