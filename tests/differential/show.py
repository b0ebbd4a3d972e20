"""Prints what the servers answer to a case, for a person: show.py CASE [apache|hoopsnake]."""

import shutil
import sys
import tempfile
from pathlib import Path

import comparison
import servers
from cases import CASES


def show(case, kind):
    directory = Path(tempfile.mkdtemp(prefix="differential-"))
    directory.chmod(0o755)
    case.plant(directory / "root")
    try:
        server = kind(case.text(), directory / "root", directory / kind.name)
        try:
            for request in case.requests:
                print(request)
                for what, value in sorted(comparison.facts_of(server.ask(request), with_page=True).items()):
                    print(f"    {what}: {value!r}")
        finally:
            server.stop()
        print(server.log())
    except servers.Broken as error:
        print(error)
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    wanted = sys.argv[2:] or ["apache", "hoopsnake"]
    for each in (servers.Apache, servers.Hoopsnake):
        if each.name in wanted:
            print(f"=== {each.name}")
            show(next(case for case in CASES if case.name == sys.argv[1]), each)
