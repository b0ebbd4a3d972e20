#!/usr/bin/env python3
"""What the downloads of one virtual host do to a request of another.

    /usr/bin/python3 perf/downloads.py [--program FILE]... [--downloads N] [--rounds R] [--seconds S]

One server process with one event loop, pinned to core 0; clients are pinned to core 1, and the neighbour's, which asks for a small page
again and again on one connection, goes before the others there (SCHED_FIFO, as root), so that what is measured is the server. Rounds are
interleaved: alone, beside N downloads of a file that is in memory, and beside the same while somebody has the file thrown out of memory
every 10 ms. With several programs each has its turn in every round. Prints Markdown; read the ratios.
"""

import argparse
import contextlib
import multiprocessing
import os
import pathlib
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_BYTES = 64 << 20
SITUATIONS = ("alone", "in memory", "thrown out")
CONFIGURATION = """
Listen 127.0.0.1:{port}
ServerName neighbour
StartServers 1
ServerThreads 1
{user}
<Directory {dir}>
Require all granted
</Directory>
<VirtualHost *>
ServerName neighbour
DocumentRoot {dir}/neighbour
</VirtualHost>
<VirtualHost *>
ServerName tenant
DocumentRoot {dir}/tenant
</VirtualHost>
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def request(host, path):
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def download(port):
    os.sched_setaffinity(0, {1})
    block = bytearray(1 << 20)
    while True:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(request("tenant", "/large"))
            left = FILE_BYTES  # and a little more, which ends with the connection
            while left > 0:
                count = client.recv_into(block, len(block), socket.MSG_TRUNC)  # dropped in the kernel
                if count == 0:
                    break
                left -= count


def throw_out(path):
    os.sched_setaffinity(0, {1})
    with open(path, "rb") as file:
        while True:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            time.sleep(0.01)


def ask(port, seconds, told):
    os.sched_setaffinity(0, {1})
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    times = []
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begun = time.perf_counter()
            client.sendall(request("neighbour", "/page.txt"))
            answer = client.recv(4096)
            while not answer.endswith(b"neighbour\n"):
                piece = client.recv(4096)
                assert piece, answer
                answer += piece
            times.append(time.perf_counter() - begun)
            assert answer.startswith(b"HTTP/1.1 200"), answer
            time.sleep(0.001)
    told.put(times)


@contextlib.contextmanager
def running(program, directory):
    port = free_port()
    user = "User root\nAllowRoot On" if os.getuid() == 0 else ""
    site = directory / f"site-{port}.conf"
    site.write_text(CONFIGURATION.format(port=port, dir=directory, user=user))
    with open(directory / "log", "a") as log:
        server = subprocess.Popen(["taskset", "-c", "0", program, "-f", site], stderr=log, stdout=log)
    try:
        for _ in range(500):
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            time.sleep(0.02)
        yield port
    finally:
        server.terminate()
        server.wait()


def measured(port, directory, situation, downloads, seconds):
    """The neighbour's times in seconds."""
    large = directory / "tenant/large"
    others = [] if situation == "alone" else [
        multiprocessing.Process(target=download, args=(port,)) for _ in range(downloads)]
    if situation == "thrown out":
        others.append(multiprocessing.Process(target=throw_out, args=(large,)))
    else:
        large.read_bytes()
    for other in others:
        other.start()
    if others:
        time.sleep(0.3)
    told = multiprocessing.Queue()
    neighbour = multiprocessing.Process(target=ask, args=(port, seconds, told))
    neighbour.start()
    times = told.get()
    neighbour.join()
    for other in others:
        other.kill()
        other.join()
    return times


def quantile(times, part):
    return sorted(times)[min(int(len(times) * part), len(times) - 1)] * 1e6


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--program", action="append", help="default: build/release/hoopsnake")
    arguments.add_argument("--downloads", type=int, default=4)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=1.0)
    given = arguments.parse_args()
    programs = given.program or [str(ROOT / "build/release/hoopsnake")]
    found = {(p, s): [] for p in programs for s in SITUATIONS}
    # Not where temporary files are: that may be memory, out of which nothing is thrown.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name, contextlib.ExitStack() as stack:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        for folder in ("neighbour", "tenant"):
            (directory / folder).mkdir()
        (directory / "neighbour/page.txt").write_text("neighbour\n")
        with open(directory / "tenant/large", "wb") as large:
            large.write(os.urandom(1 << 20) * (FILE_BYTES >> 20))
            os.fsync(large.fileno())
        ports = {p: stack.enter_context(running(p, directory)) for p in programs}
        for _ in range(given.rounds):
            for situation in SITUATIONS:
                for program in programs:
                    found[program, situation].append(
                        measured(ports[program], directory, situation, given.downloads, given.seconds))
    print(f"{given.downloads} downloads; the neighbour's times in µs: medians of {given.rounds} rounds\n")
    print("| program | situation | p50 | p99 | p99 ÷ alone |\n|---|---|---|---|---|")
    for program in programs:
        alone = statistics.median(quantile(times, 0.99) for times in found[program, "alone"])
        for situation in SITUATIONS:
            p50, p99 = (
                statistics.median(quantile(times, part) for times in found[program, situation])
                for part in (0.5, 0.99))
            print(f"| {program} | {situation} | {p50:.0f} | {p99:.0f} | {p99 / alone:.1f} |")


if __name__ == "__main__":
    main()
