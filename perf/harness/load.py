"""The load generator: wrk, one thread, on a core of its own."""

import re
import subprocess
from dataclasses import dataclass

from harness.scenarios import PERF


@dataclass(frozen=True)
class Load:
    """What wrk saw. Latencies in µs."""

    requests: int
    seconds: float
    p50: float
    p99: float
    errors: int

    @property
    def requests_per_second(self) -> float:
        return self.requests / self.seconds


def wrk_command(url: str, scenario, connections: int, seconds: float, core: int) -> list[str]:
    count = scenario.connections or connections
    command = [
        "taskset",
        "-c",
        str(core),
        "wrk",
        "-t1",
        f"-c{count}",
        f"-d{seconds:g}s",
        "--timeout",
        "10s",
    ]
    for name, value in scenario.fields:
        command += ["-H", f"{name}: {value}"]
    command += ["-s", str(PERF / "wrk_report.lua"), url]
    return command + (["--", str(scenario.post_bytes)] if scenario.post_bytes else [])


def parse(output: str) -> Load:
    line = re.search(r"^RESULT (.*)$", output, re.MULTILINE)
    if not line:
        raise RuntimeError(f"wrk reported nothing: {output[-300:]}")
    values = {key: int(text) for key, text in (pair.split("=") for pair in line[1].split())}
    errors = sum(values[kind] for kind in ("connect", "read", "write", "status", "timeout"))
    return Load(values["requests"], values["duration"] / 1e6, values["p50"], values["p99"], errors)


def run(
    url: str, scenario, connections: int, seconds: int, core: int, prefix: tuple[str, ...] = ()
) -> Load:
    """Loads the server for some seconds; `prefix` is a command that wraps wrk (perf stat)."""
    command = [*prefix, *wrk_command(url, scenario, connections, seconds, core)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds + 30, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"wrk did not end {seconds} s of load") from error
    return parse(done.stdout + done.stderr)
