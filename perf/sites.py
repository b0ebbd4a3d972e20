#!/usr/bin/env python3
"""What a large configuration costs per request: ten thousand virtual hosts, and six levels of .htaccess.

    /usr/bin/python3 perf/sites.py [--hosts N] [--rounds R] [--seconds S]

Hoopsnake and Apache + mod_wsgi (embedded, event MPM), one process each, serve the same tree; server and wrk have a core each, rounds
are interleaved, the figure is the server's CPU per request. Prints Markdown.
"""

import argparse
import contextlib
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

PERF = pathlib.Path(__file__).resolve().parent
MODULES = pathlib.Path("/usr/lib/apache2/modules")
LEVELS = 6

APACHE = """
ServerRoot {dir}
PidFile {dir}/pid-{port}
Mutex file:{dir} default
{modules}
StartServers 1
ServerLimit 1
ThreadsPerChild 96
MaxRequestWorkers 96
MaxKeepAliveRequests 0
TypesConfig /dev/null
ErrorLog {dir}/apache.log
"""
HOOPSNAKE = """
StartServers 1
ServerThreads 1
ThreadsPerChild 15
ErrorLog {dir}/hoopsnake.log
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def hosts_of(directory, count):
    host = """<VirtualHost *>
    ServerName site{i}.example.com
    DocumentRoot {dir}
    WSGIScriptAlias / {dir}/hello.py
</VirtualHost>
"""
    return "".join(host.format(i=i, dir=directory) for i in range(count))


def tree_of(directory, levels):
    """A script below `levels` directories with a .htaccess each; and the configuration that serves it."""
    inner = directory / f"levels{levels}"
    for level in range(LEVELS):
        inner = inner / f"l{level}"
        inner.mkdir(parents=True, exist_ok=True)
        if levels:
            (inner / ".htaccess").write_text(f"AddType text/x-level{level} .level{level}\n")
    shutil.copy(PERF / "apps" / "hello.py", inner / "hello.py")
    return f"""DocumentRoot {directory}
<Directory {directory}>
    AllowOverride {"FileInfo" if levels else "None"}
</Directory>
WSGIScriptAlias / {inner}/hello.py
"""


class Server:
    def __init__(self, kind, directory, text, stack):
        self.port = free_port()
        modules = "\n".join(
            f"LoadModule {name}_module {MODULES}/mod_{name}.so"
            for name in "mpm_event authz_core alias mime wsgi".split()
        )
        prologue = (APACHE if kind == "apache" else HOOPSNAKE).format(
            dir=directory, modules=modules, port=self.port
        )
        file = directory / f"{kind}-{self.port}.conf"
        if kind != "apache" and os.geteuid() == 0:
            prologue += "User root\nAllowRoot On\n"
        common = f"Listen 127.0.0.1:{self.port}\nServerName main\nWSGIApplicationGroup %{{GLOBAL}}\n"
        file.write_text(prologue + common + text)
        program = PERF.parent / "build" / "hoopsnake"
        command = [str(program), "-f", str(file)]
        if kind == "apache":
            command = ["/usr/sbin/apache2", "-f", str(file), "-DFOREGROUND"]
        started = time.monotonic()
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", *command], stderr=subprocess.DEVNULL, start_new_session=True
        )
        stack.callback(self.stop)
        self.wait()
        self.start_seconds = time.monotonic() - started

    def wait(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                probe.sendall(b"GET / HTTP/1.0\r\n\r\n")
                if b" 200 " in probe.recv(4096):
                    return
            os.sched_yield()
        raise SystemExit("the server does not answer")

    def pids(self):
        group = os.getpgid(self.process.pid)
        out = subprocess.run(["pgrep", "-g", str(group)], capture_output=True, text=True, check=False).stdout
        return [int(pid) for pid in out.split()]

    def cpu(self):
        ticks = 0
        for pid in self.pids():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def pss(self):
        total = 0
        for pid in self.pids():
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1])
        return total

    def load(self, host, seconds):
        """CPU µs per request."""
        url = f"http://127.0.0.1:{self.port}/"
        before = self.cpu()
        command = ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds}s", "-H", f"Host: {host}", url]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        requests = int(re.search(r"(\d+) requests in", out)[1])
        if "Non-2xx" in out:
            raise SystemExit("wrong answers")
        return (self.cpu() - before) * 1e6 / requests

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(os.getpgid(self.process.pid), 15)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
            return
        os.killpg(os.getpgid(self.process.pid), 9)
        self.process.wait()


def compare(title, cases, options):
    """`cases`: name → (server, Host); the second is judged by the first."""
    seen = {name: [] for name in cases}
    for _ in range(options.rounds):
        for name, (server, host) in cases.items():
            seen[name].append(server.load(host, options.seconds))
    medians = {name: statistics.median(values) for name, values in seen.items()}
    base = next(iter(medians.values()))
    for name, value in medians.items():
        print(f"| {title} | {name} | {value:.2f} | {value / base:.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    options = parser.parse_args()
    starts = []
    print("| server | what | CPU µs/request | ÷ the first |\n|---|---|---:|---:|")
    for kind in ("hoopsnake", "apache"):
        with tempfile.TemporaryDirectory(prefix="hoopsnake-sites-") as name, contextlib.ExitStack() as stack:
            directory = pathlib.Path(name)
            directory.chmod(0o755)
            shutil.copy(PERF / "apps" / "hello.py", directory / "hello.py")
            one = Server(kind, directory, hosts_of(directory, 1), stack)
            small = one.pss()
            many = Server(kind, directory, hosts_of(directory, options.hosts), stack)
            each = (many.pss() - small) / options.hosts
            starts.append(f"| {kind} | {many.start_seconds:.2f} | {each:.2f} |")
            last = f"site{options.hosts - 1}.example.com"
            cases = {
                "1 virtual host": (one, "site0.example.com"),
                f"{options.hosts}, the first": (many, "site0.example.com"),
                f"{options.hosts}, the last": (many, last),
            }
            compare(kind, cases, options)
            plain = Server(kind, directory, tree_of(directory, 0), stack)
            deep = Server(kind, directory, tree_of(directory, LEVELS), stack)
            compare(kind, {"no .htaccess": (plain, "main"), f"{LEVELS} levels of .htaccess": (deep, "main")}, options)
    print(f"\n| server | start with {options.hosts} virtual hosts, s | kB of PSS each |\n|---|---:|---:|")
    print("\n".join(starts))


if __name__ == "__main__":
    main()
