"""Is pure Python inside a server as fast as under /usr/bin/python3? Interleaved, same workloads."""

import json
import statistics
import subprocess
import tempfile
from pathlib import Path

from harness import contenders, plot, report
from harness.scenarios import APPS, Scenario
from harness.server import Server, ServerFailed

PLAIN = "python3"
# Python's own main() and the archive that goes into Hoopsnake, nothing else. Distributions optimize the interpreter's
# program as a whole when they link it, and not the archive: nobody who links it can be faster than this.
ARCHIVE = "the archive alone"
MAIN = "#include <Python.h>\nint main(int argc, char **argv) { return Py_BytesMain(argc, argv); }\n"
SCENARIO = Scenario("pure_python", "Pure Python", "pure_python")
WITHIN = 0.03


class TimedServer(Server):
    """A server whose answer is the workloads' own seconds: different every time."""

    answer: dict[str, float]

    def check(self, status: int, body: bytes):
        if status != 200:
            raise ServerFailed(f"answered {status}: {self.setup.log_tail()}")
        self.answer = json.loads(body)


def link_archive(directory: Path) -> str | None:
    """The program of ARCHIVE; None where there is no compiler or no archive."""
    asked = "LIBPL", "LIBRARY", "INCLUDEPY", "LIBS", "MODLIBS"
    question = f"import sysconfig; print(*map(sysconfig.get_config_var, {asked!r}), sep='\\n')"
    told = subprocess.run([contenders.SYSTEM_PYTHON, "-c", question], capture_output=True, text=True, check=True)
    library, archive, include, *libraries = told.stdout.splitlines()
    source, program = directory / "main.c", directory / "main"
    source.write_text(MAIN)
    whole = ["-Wl,--whole-archive", f"{library}/{archive}", "-Wl,--no-whole-archive", "-lexpat", "-lz"]
    command = ["cc", "-O2", "-no-pie", f"-I{include}", str(source), *whole, *" ".join(libraries).split(), "-Wl,-E"]
    try:
        done = subprocess.run([*command, "-o", str(program)], capture_output=True, text=True)
    except OSError:
        return None
    return str(program) if done.returncode == 0 else None


def in_python(python: str, core: int) -> dict[str, float]:
    command = ["taskset", "-c", str(core), python, str(APPS / "pure_python.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def in_server(contender, settings) -> dict[str, float]:
    with TimedServer(contender, SCENARIO, settings) as server:
        return server.answer


def measure(present, settings, rounds: int, say) -> dict[str, list[dict[str, float]]]:
    """Name → the seconds of every round. Every round starts every process anew."""
    with tempfile.TemporaryDirectory() as directory:
        runners = {PLAIN: lambda: in_python(contenders.SYSTEM_PYTHON, settings.core)}
        if archive := link_archive(Path(directory)):
            runners[ARCHIVE] = lambda: in_python(archive, settings.core)
        runners |= {one.name: lambda one=one: in_server(one, settings) for one in present if not one.is_static}
        return run_rounds(runners, rounds, say)


def run_rounds(runners, rounds: int, say) -> dict[str, list[dict[str, float]]]:
    samples = {name: [] for name in runners}
    for number in range(1, rounds + 1):
        for name, runner in runners.items():
            try:
                samples[name].append(runner())
                say(
                    f"pure Python {number}/{rounds} {name}: {sum(samples[name][-1].values()):.3f} s"
                )
            except (ServerFailed, OSError, ValueError) as error:
                say(f"pure Python: {name}: {error}")
    return {name: rows for name, rows in samples.items() if rows}


def section(samples, ratios) -> str:
    workloads = list(samples[PLAIN][0])
    head = [
        "where",
        *(f"{workload} ms" for workload in workloads),
        f"all ÷ {PLAIN}",
        f"within {WITHIN:.0%}",
    ]
    rows = []
    for name, rounds in samples.items():
        times = [statistics.median(one[workload] for one in rounds) * 1e3 for workload in workloads]
        verdict = "" if name == PLAIN else "yes" if ratios[name] <= 1 + WITHIN else "no"
        rows.append([name, *(f"{value:.1f}" for value in times), f"{ratios[name]:.3f}", verdict])
    return "## Pure Python: CPU time of the workloads\n\n" + report.table(head, rows)


def run(options, present, settings, say):
    """Sections, plots and raw figures, as bench.py wants them; a ratio is a mean over workloads."""
    samples = measure(present, settings, options.rounds, say)

    def median(name, workload):
        return statistics.median(one[workload] for one in samples[name])

    workloads = list(samples[PLAIN][0])
    ratios = {
        name: statistics.geometric_mean(median(name, one) / median(PLAIN, one) for one in workloads)
        for name in samples
    }
    bars = [(name, value, f"{value:.3f}") for name, value in ratios.items()]
    chart = plot.bar_chart(
        "Pure Python", f"CPU time ÷ {contenders.SYSTEM_PYTHON}'s; less is better", bars
    )
    return [section(samples, ratios)], {"pure-python": chart}, samples
