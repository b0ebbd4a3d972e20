#!/usr/bin/python3
"""Measures Hoopsnake and its peers on this machine; perf/README.md says how, and how to read it."""

import argparse
import datetime
import os
import pathlib
import resource
import shlex
import shutil
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import (  # noqa: E402
    benchmark,
    counts,
    goals,
    install,
    instructions,
    machine,
    pure_python,
    report,
)
from harness.contenders import CONTENDERS  # noqa: E402
from harness.scenarios import PERF, SCENARIOS  # noqa: E402
from harness.server import Settings  # noqa: E402


def names_from(known):
    """An argparse type: a list of names with commas; a name may be the beginning of several."""

    def parse(text: str) -> list[str]:
        chosen = []
        for word in text.split(","):
            matches = [word] if word in known else [name for name in known if name.startswith(word)]
            if not matches:
                raise argparse.ArgumentTypeError(f"{word!r} is none of: {', '.join(known)}")
            chosen += [name for name in matches if name not in chosen]
        return chosen

    return parse


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add(
        "--install",
        action="store_true",
        help="get the peers and tools first (Debian packages need root)",
    )
    add(
        "--counts",
        action="store_true",
        help="count instructions, system calls, context switches, allocations, GIL takes",
    )
    add(
        "--watch",
        action="store_true",
        help="fail when our instructions per request have grown over the figures on file",
    )
    add("--keep", action="store_true", help="--watch: put the figures of this run on file")
    add(
        "--pure-python",
        action="store_true",
        help="compare the speed of pure Python with /usr/bin/python3",
    )
    add("--list", action="store_true", help="list scenarios and contenders, and what is missing")
    add(
        "--scenarios",
        type=names_from(SCENARIOS),
        metavar="A,B",
        help="default: all; --counts: hello, json, browser",
    )
    add("--contenders", type=names_from(CONTENDERS), metavar="A,B", help="default: all")
    add("--base", default="fastwsgi", help="whose figures the ratios are of (default: %(default)s)")
    add("--rounds", type=int, default=5, help="default: %(default)s")
    add("--seconds", type=int, default=3, help="of load per round (default: %(default)s)")
    add("--warm-up", type=int, default=1, help="seconds before each round (default: %(default)s)")
    add("--connections", type=int, default=64, help="kept alive (default: %(default)s)")
    add(
        "--threads",
        type=int,
        default=15,
        help="of a server's pool, where it has one (default: %(default)s)",
    )
    add("--server-core", type=int, default=0)
    add("--load-core", type=int, default=1)
    add(
        "--build",
        type=os.path.abspath,
        default=str(PERF.parent / "build"),
        help="folder with our release program",
    )
    add("--name", default="bench", help="of the result: <date>-<name>.md")
    add(
        "--out",
        type=pathlib.Path,
        default=PERF / "results",
        help="folder of the results (default: perf/results)",
    )
    return parser.parse_args()


def say(text: str):
    print(text, file=sys.stderr, flush=True)


def choose(options):
    """The contenders that are present, and why the others are not."""
    present, skipped = [], {}
    for name in options.contenders or CONTENDERS:
        _, missing = CONTENDERS[name].locate(options.build)
        if missing:
            skipped[name] = f"no {missing}"
            say(f"skipped: {name}: no {missing}")
        else:
            present.append(CONTENDERS[name])
    return present, skipped


def run_scenarios(options, present, settings):
    """Sections, plots and raw figures of all scenarios."""
    sections, plots, raw = [], {}, {}
    chosen = options.scenarios or SCENARIOS
    loaded = sum(SCENARIOS[name].load for name in chosen)
    minutes = loaded * options.rounds * len(present) * (options.seconds + options.warm_up + 1) / 60
    say(f"{len(present)} contenders, {options.rounds} rounds: about {minutes:.0f} minutes of load")
    for name in chosen:
        scenario = SCENARIOS[name]
        results = benchmark.run(scenario, present, settings, options, say)
        if name == goals.HELLO:
            sections.append(goals.section({one.contender.name: one.figures() for one in results}))
        sections.append(report.scenario_section(scenario, results, options.base))
        plots[name] = report.plot_of(scenario, results)
        raw[name] = {one.contender.name: one.as_json() for one in results if one.samples}
    return sections, plots, raw


def prepare_process(options):
    """Keeps us off the server's core, lets crowds connect, and lets SIGTERM end all servers."""
    os.sched_setaffinity(0, {options.load_core})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (most if most != resource.RLIM_INFINITY else 65536, most)
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def run(options) -> int:
    for tool in ("valgrind" if options.watch else "wrk", "taskset", "setpriv"):
        if not shutil.which(tool):
            say(f"{tool} is needed: perf/bench.py --install (as root)")
            return 1
    cores = {options.server_core, options.load_core}
    if not cores <= os.sched_getaffinity(0):
        say(f"cores {sorted(cores)} are not all ours: choose with --server-core and --load-core")
        return 1
    facts = machine.describe()
    prepare_process(options)
    settings = Settings(options.server_core, options.threads, options.connections, options.build)
    if options.watch:
        return instructions.watch(settings, options.keep, say)
    present, skipped = choose(options)
    if not present:
        say("no contender is present")
        return 1
    if options.counts:
        sections, plots, raw = counts.run(options, present, settings, say)
    elif options.pure_python:
        sections, plots, raw = pure_python.run(options, present, settings, say)
    else:
        sections, plots, raw = run_scenarios(options, present, settings)
    now = datetime.datetime.now()
    sections = [section for section in sections if section] + [
        report.machine_section(facts, shlex.join(["perf/bench.py", *sys.argv[1:]])),
        report.versions_section(present, skipped, options.build),
    ]
    stem = options.out / f"{now:%Y-%m-%d}-{options.name}"
    path = report.write(stem, f"{options.name}, {now:%Y-%m-%d %H:%M}", sections, plots, raw)
    print(path.read_text())
    say(f"written: {path}")
    return 0


def show_list(options) -> int:
    for scenario in SCENARIOS.values():
        print(f"scenario   {scenario.name:24} {scenario.title}")
    for contender in CONTENDERS.values():
        _, missing = contender.locate(options.build)
        state = f"missing: {missing}" if missing else contender.remark
        print(f"contender  {contender.name:24} {state}")
    return 0


def main() -> int:
    options = arguments()
    if options.install:
        status = install.install()
        if len(sys.argv) == 2:
            return status
    return show_list(options) if options.list else run(options)


if __name__ == "__main__":
    sys.exit(main())
