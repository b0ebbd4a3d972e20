"""Instructions in user space per request, counted by valgrind's callgrind.

A virtual machine often has no hardware counter for them. Callgrind counts every one, and the figure
hardly depends on how busy the machine is. It knows no io_uring, and it runs one thread at a time:
what is counted is the work, not how threads get in each other's way.
"""

import contextlib
import json
import os
import pathlib
import re
import shlex
import socket
import subprocess

from harness import machine
from harness.contenders import CONTENDERS
from harness.scenarios import PERF, SCENARIOS, expected_body
from harness.server import Server, ServerFailed

TOOLS = os.environ.get("VALGRIND_LIB", "/usr/libexec/valgrind")
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)

# Rounds of one request on each connection: a loop finds several at once, as under load.
CONNECTIONS = 8
ROUNDS = 250
MORE_ROUNDS = 1000

# Valgrind executes this for a program that the server executes. What it would take /proc/self/exe
# for is itself.
LAUNCHER = """\
#!/bin/sh
for word do
    shift
    [ "$word" != /proc/self/exe ] || word={program}
    set -- "$@" "$word"
done
exec valgrind "$@"
"""

ON_FILE = PERF / "instructions.json"
WATCHED = ("hoopsnake embedded epoll", "hoopsnake daemon epoll")
WATCHED_SCENARIOS = ("hello", "json", "browser")
GROWTH_MAX = 1.05  # what is more is no chance

# build → contender → scenario → instructions per request
Figures = dict[str, dict[str, float]]


def launcher_for(program: str) -> str:
    return LAUNCHER.format(program=shlex.quote(program))


def callgrind() -> str:
    """The tool itself; "" where there is none."""
    tool = f"{TOOLS}/callgrind-{ARCHITECTURE}-linux"
    return tool if os.access(tool, os.X_OK) else ""


def can_run(contender) -> bool:
    return bool(callgrind()) and contender.environment.get("HOOPSNAKE_IO") != "io_uring"


class CountedServer(Server):
    """A server all of whose processes run under callgrind."""

    start_seconds_max = 120
    stop_seconds_max = 60
    instructions = 0  # of all processes, when it has ended

    def command(self) -> list[str]:
        folder = self.folder
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)  # a server that gave up root writes here, too
        program, *arguments = self.setup.command()
        launcher = folder / "launcher"
        launcher.write_text(launcher_for(program))
        launcher.chmod(0o755)
        return [
            # No process interrupts another when it wakes up: how much they find to do at once
            # does not depend on the moment.
            "chrt",
            "--batch",
            "0",
            "env",
            f"VALGRIND_LAUNCHER={launcher}",
            callgrind(),
            "--tool=callgrind",
            "--trace-children=yes",
            f"--callgrind-out-file={folder}/out.%p",
            "--vgdb=no",
            program,
            *arguments,
        ]

    @property
    def folder(self) -> pathlib.Path:
        return self.setup.dir / "callgrind"

    def stop(self):
        for path in self.folder.glob("out.*"):
            path.chmod(0o666)  # its process may have given up root since it made the file
        self.end()
        profiles = self.folder.glob("out.*")
        self.instructions = sum(total_of(path.read_text(errors="replace")) for path in profiles)
        self.setup.remove()


def total_of(profile: str) -> int:
    """What a file of callgrind adds up to."""
    found = re.search(r"^(?:totals|summary): (\d+)", profile, re.MULTILINE)
    return int(found[1]) if found else 0


def request_of(scenario, port: int) -> bytes:
    post = b"x" * scenario.post_bytes
    lines = [
        f"{'POST' if post else 'GET'} / HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        *(f"{name}: {value}" for name, value in scenario.fields),
        *([f"Content-Length: {len(post)}"] if post else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + post


def receive(connection: socket.socket, end: bytes):
    """Until the answer has come whose last bytes those are."""
    answer = b""
    while not answer.endswith(end):
        piece = connection.recv(1 << 20)
        if not piece:
            raise ServerFailed(f"closed the connection after {len(answer)} bytes of an answer")
        answer += piece


def ask(connections: list[socket.socket], request: bytes, end: bytes, rounds: int):
    for _ in range(rounds):
        for connection in connections:
            connection.sendall(request)
        for connection in connections:
            receive(connection, end)


def instructions_of_run(contender, scenario, settings, rounds: int) -> int:
    with CountedServer(contender, scenario, settings) as server:
        port, end = server.setup.port, b"\r\n\r\n" + expected_body(scenario)
        with contextlib.ExitStack() as stack:
            connections = [
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
                for _ in range(scenario.connections or CONNECTIONS)
            ]
            ask(connections, request_of(scenario, port), end, rounds)
    if not server.instructions:
        raise ServerFailed("callgrind wrote no profile")
    return server.instructions


def count(contender, scenario, settings) -> float | None:
    """Instructions per request; None where they cannot be counted.

    What a longer run executed more than a shorter one: start and end are in both.
    """
    if not can_run(contender):
        return None
    short = instructions_of_run(contender, scenario, settings, ROUNDS)
    long = instructions_of_run(contender, scenario, settings, ROUNDS + MORE_ROUNDS)
    return (long - short) / (MORE_ROUNDS * (scenario.connections or CONNECTIONS))


def build_of(program: str) -> str:
    """What the figures depend on beside our own source: "Python 3.11, GCC 12"."""
    python = re.search(r"Python: (\d+\.\d+)", machine.output_of(program, "-V"))
    comment = machine.output_of("readelf", "-p", ".comment", program)
    compiler = re.search(r"(GCC|clang).*? (\d+)\.\d", comment)
    return ", ".join(
        [f"Python {python[1]}" if python else "no Python"]
        + [f"{compiler[1]} {compiler[2]}" if compiler else "no compiler"]
    )


def has_grown(value: float, on_file: float | None) -> bool:
    return on_file is not None and value > on_file * GROWTH_MAX


def compare(figures: Figures, on_file: Figures) -> tuple[list[str], bool]:
    """A line per figure, and whether all have one on file and none has grown."""
    lines, well = [], True
    for contender, by_scenario in figures.items():
        for scenario, value in by_scenario.items():
            before = on_file.get(contender, {}).get(scenario)
            text = f"{contender}, {scenario}: {value:.0f} instructions per request"
            if before is None:
                text += ", none on file"
            else:
                text += f", {before:.0f} on file ({value / before - 1:+.1%})"
                text += ", GROWN" if has_grown(value, before) else ""
                text += ", fallen: --keep" if has_grown(before, value) else ""
            well = well and before is not None and not has_grown(value, before)
            lines.append(text)
    return lines, well


def read_file(path: pathlib.Path = ON_FILE) -> dict[str, Figures]:
    return json.loads(path.read_text()) if path.exists() else {}


def watched_figures(settings, on_file: Figures) -> Figures:
    """Counted now; what has grown is counted again, and the lesser figure is the one."""
    figures: Figures = {}
    for name in WATCHED:
        figures[name] = {}
        for scenario in WATCHED_SCENARIOS:
            before = on_file.get(name, {}).get(scenario)
            value = count(CONTENDERS[name], SCENARIOS[scenario], settings)
            if has_grown(value, before):
                value = min(value, count(CONTENDERS[name], SCENARIOS[scenario], settings))
            figures[name][scenario] = round(value)
    return figures


def watch(settings, keep: bool, say) -> int:
    """0 when no figure has grown; `keep` makes them the figures on file instead."""
    _, missing = CONTENDERS[WATCHED[0]].locate(settings.build)
    if missing or not callgrind():
        say(f"no {missing or 'callgrind in ' + TOOLS}")
        return 1
    build = build_of(f"{settings.build}/hoopsnake")
    on_file = read_file()
    try:
        figures = watched_figures(settings, on_file.get(build, {}))
    except (ServerFailed, OSError) as error:
        say(str(error))
        return 1
    lines, well = compare(figures, on_file.get(build, {}))
    for line in lines:
        say(f"{build}: {line}")
    if keep:
        ON_FILE.write_text(json.dumps(on_file | {build: figures}, indent=4) + "\n")
        say(f"written: {ON_FILE}")
    return 0 if well or keep else 1
