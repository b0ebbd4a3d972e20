"""What a request costs in things that can be counted, however busy the machine is.

Context switches come from /proc and disturb nothing. System calls are counted by the kernel's
tracepoints (`perf stat`; `strace -c` where perf is not allowed). Allocations and GIL takes are
counted by probes on the functions themselves (`perf probe`, root only), so that a statically linked
allocator is seen too. Each has a run of its own: a probe costs some µs, and a slowed server batches
more. Instructions are counted by valgrind, see instructions.py.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field

from harness import goals, instructions, load, report
from harness.scenarios import SCENARIOS
from harness.server import Server, ServerFailed, read_lines

ALL_CALLS = "raw_syscalls:sys_enter"
NAMED_CALL = "syscalls:sys_enter_"
NAMED_CALLS = (
    "io_uring_enter epoll_wait epoll_pwait epoll_ctl poll ppoll select accept4 read readv"
    " recvfrom recvmsg write writev sendto sendmsg sendfile64 setsockopt shutdown close futex"
    " newfstatat openat fcntl getpid sched_yield clock_nanosleep"
).split()

# Functions that hand out memory, by their outermost names. CPython's small objects come from its
# own arenas and are not among them.
ALLOCATORS = (
    "malloc calloc realloc aligned_alloc posix_memalign memalign"
    " mi_malloc mi_zalloc mi_calloc mi_mallocn mi_realloc mi_malloc_aligned"
    " mi_new mi_new_aligned mi_new_nothrow mi_new_n"
).split()
GIL_TAKES = ("take_gil",)  # the function itself, where its name was kept …
GIL_TAKES_PUBLIC = (
    "PyEval_RestoreThread",
    "PyEval_AcquireThread",
)  # … else the calls that lead to it

PROBE_GROUP = "hoopsnake_bench"
PROBED_FILES = re.compile(r"/(libc\.so|libc-[\d.]+\.so|libpython3|libmimalloc)")


@dataclass
class Counts:
    """All per request; None: could not be counted here."""

    name: str
    instructions: float | None = None
    voluntary: float = 0.0
    involuntary: float = 0.0
    calls: float | None = None
    calls_counted_by: str = ""
    calls_by_name: dict[str, float] = field(default_factory=dict)
    allocations: dict[str, float] | None = None
    gil_takes: dict[str, float] | None = None

    def figures(self) -> dict[str, float | None]:
        """What goals speak of."""
        return {
            "calls": self.calls,
            "switches": self.voluntary + self.involuntary,
            "instructions": self.instructions,
        }


def perf_stat(server: Server, events: list[str], options) -> dict[str, float]:
    """Events per request in all threads of the server while wrk runs; empty when perf refuses."""
    with tempfile.NamedTemporaryFile("r", prefix="hoopsnake-bench-") as file:
        pids = ",".join(map(str, server.processes()))
        prefix = (
            "perf",
            "stat",
            "-x",
            ";",
            "-o",
            file.name,
            "-e",
            ",".join(events),
            "-p",
            pids,
            "--",
        )
        try:
            seen = load.run(
                server.url,
                server.scenario,
                options.connections,
                options.seconds,
                options.load_core,
                prefix,
            )
        except RuntimeError:
            return {}
        found = {}
        for line in file:
            fields = line.split(";")
            if len(fields) > 2 and fields[0].isdigit():
                found[fields[2]] = int(fields[0]) / max(1, seen.requests)
        return found


def named_events() -> list[str]:
    """The tracepoints of NAMED_CALLS that this kernel has and lets us see."""
    folder = "/sys/kernel/tracing/events/syscalls/sys_enter_"
    return [f"{NAMED_CALL}{name}" for name in NAMED_CALLS if os.path.exists(folder + name)]


def count_calls_with_perf(server: Server, options) -> tuple[float | None, dict[str, float]]:
    found = perf_stat(server, [ALL_CALLS, *named_events()], options)
    total = found.pop(ALL_CALLS, None)
    return total, {event.removeprefix(NAMED_CALL): count for event, count in found.items()}


def wait_until_traced(pids: list[int]):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        lines = [line for pid in pids for line in read_lines(f"/proc/{pid}/status")]
        if not any(line.startswith("TracerPid:\t0\n") for line in lines):
            return
        time.sleep(0.02)
    raise ServerFailed("strace could not attach")


def count_calls_with_strace(server: Server, options) -> tuple[float | None, dict[str, float]]:
    """The fall-back: every call stops the server twice, so batching is better than in truth."""
    pids = server.processes()
    with tempfile.NamedTemporaryFile("r", prefix="hoopsnake-bench-") as file:
        command = ["strace", "-c", "-f", "-U", "calls,name", "-o", file.name]
        command += [word for pid in pids for word in ("-p", str(pid))]
        strace = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_until_traced(pids)
            seen = load.run(
                server.url, server.scenario, options.connections, options.seconds, options.load_core
            )
        finally:
            strace.send_signal(signal.SIGINT)  # it detaches and writes its table
            try:
                strace.wait(10)
            except subprocess.TimeoutExpired:
                strace.kill()
                strace.wait()
        rows = (line.split() for line in file)
        calls = {row[1]: int(row[0]) for row in rows if len(row) == 2 and row[0].isdigit()}
    total = calls.pop("total", 0)
    return total / max(1, seen.requests), {
        name: n / max(1, seen.requests) for name, n in calls.items()
    }


def count_calls(server: Server, options) -> tuple[float | None, dict[str, float], str]:
    """All calls per request, those that are known by name, and what counted them."""
    if shutil.which("perf"):
        total, by_name = count_calls_with_perf(server, options)
        if total is not None:
            return total, by_name, "perf"
    if shutil.which("strace"):
        return *count_calls_with_strace(server, options), "strace"
    return None, {}, ""


def probed_files(server: Server) -> list[str]:
    """The programs that run, and the libraries of theirs that may allocate or hold the GIL."""
    files = set()
    for pid in server.processes():
        with contextlib.suppress(OSError):
            files.add(os.readlink(f"/proc/{pid}/exe"))
        paths = (line.split(maxsplit=5)[-1].strip() for line in read_lines(f"/proc/{pid}/maps"))
        files |= {path for path in paths if PROBED_FILES.search(path)}
    return sorted(files)


def perf_probe(*arguments: str) -> bool:
    command = ["perf", "probe", "-q", *arguments]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


@contextlib.contextmanager
def probes(files: list[str], functions):
    """Yields the events of those functions that the files have; removes them at the end."""
    events = []
    try:
        for number, path in enumerate(files):
            for function in functions:
                event = f"{PROBE_GROUP}:{function}_{number}"
                if perf_probe("-x", path, "--add", f"{event}={function}"):
                    events.append(event)
        yield events
    finally:
        for event in events:
            perf_probe("-d", event)


def count_functions(server: Server, functions, options) -> dict[str, float] | None:
    """Entries of the functions per request, over all files; None when none could be probed."""
    if not shutil.which("perf") or os.geteuid() != 0:
        return None
    with probes(probed_files(server), functions) as events:
        if not events:
            return None
        found = perf_stat(server, events, options)
    counts = defaultdict(float)
    for event, count in found.items():
        counts[event.partition(":")[2].rpartition("_")[0]] += count
    return dict(counts) or None


def measure(server: Server, options) -> Counts:
    counts = Counts(server.setup.contender.name)
    load.run(server.url, server.scenario, options.connections, options.warm_up, options.load_core)
    before = server.context_switches()
    seen = load.run(
        server.url, server.scenario, options.connections, options.seconds, options.load_core
    )
    after = server.context_switches()
    counts.voluntary, counts.involuntary = (
        (b - a) / max(1, seen.requests) for a, b in zip(before, after)
    )
    counts.calls, counts.calls_by_name, counts.calls_counted_by = count_calls(server, options)
    counts.allocations = count_functions(server, ALLOCATORS, options)
    if not server.setup.contender.is_static:
        counts.gil_takes = count_functions(server, GIL_TAKES, options)
        if counts.gil_takes is None:
            counts.gil_takes = count_functions(server, GIL_TAKES_PUBLIC, options)
    return counts


def summed(by_name: dict[str, float] | None) -> str:
    return "not counted" if by_name is None else report.number(sum(by_name.values()), 2)


def calls_text(row: Counts) -> str:
    """Marked where strace has distorted it."""
    if row.calls is None:
        return "not counted"
    mark = f" ({row.calls_counted_by})" if row.calls_counted_by != "perf" else ""
    return report.number(row.calls, 3) + mark


def listed(by_name: dict[str, float] | None) -> str:
    chosen = sorted((by_name or {}).items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {count:.2f}" for name, count in chosen if count >= 0.005)


def section(scenario, rows: list[Counts], failures: list[str]) -> str:
    head = [
        "server",
        "instructions",
        "system calls",
        "context switches",
        "of these involuntary",
        "allocations",
        "GIL takes",
    ]
    head += ["which calls", "which allocations"]
    cells = [
        [
            row.name,
            "not counted" if row.instructions is None else report.number(row.instructions, 0),
            calls_text(row),
            report.number(row.voluntary + row.involuntary, 3),
            report.number(row.involuntary, 3),
            summed(row.allocations),
            summed(row.gil_takes),
            listed(row.calls_by_name),
            listed(row.allocations),
        ]
        for row in rows
    ]
    text = f"## {scenario.title}: counts per request\n\n" + report.table(head, cells)
    return text + report.failed(failures)


def run(options, present, settings, say):
    """Sections, plots and raw figures, as bench.py wants them."""
    sections, raw = [], {}
    for name in options.scenarios or instructions.WATCHED_SCENARIOS:
        scenario, rows, failures = SCENARIOS[name], [], []
        if not scenario.load:
            continue
        for contender in present:
            try:
                with Server(contender, scenario, settings) as server:
                    rows.append(measure(server, options))
                rows[-1].instructions = instructions.count(contender, scenario, settings)
                say(f"{name}: {contender.name}: {in_short(rows[-1])}")
            except (ServerFailed, RuntimeError, OSError) as error:
                failures.append(f"{contender.name}: {error}")
                say(f"{name}: {failures[-1]}")
        if name == goals.HELLO:
            sections.append(goals.section({row.name: row.figures() for row in rows}))
        sections.append(section(scenario, rows, failures))
        raw[name] = {row.name: vars(row) for row in rows}
    return sections, {}, raw


def in_short(row: Counts) -> str:
    calls = "?" if row.calls is None else f"{row.calls:.3f}"
    executed = "?" if row.instructions is None else f"{row.instructions:.0f}"
    switches = row.voluntary + row.involuntary
    return f"{executed} instructions, {calls} system calls, {switches:.3f} switches per request"
