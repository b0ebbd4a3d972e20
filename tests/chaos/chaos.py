#!/usr/bin/python3
"""Mixes everything that clients, applications, tenants and operators do to a server, for as long as one likes, and checks
that every answer belongs to its request, that nobody shares another's fate, and that nothing is left behind.

    ./dev chaos --minutes 30 --seed 7

--leave-out names what is not to be done (dies, pipelines, touch, …), to narrow a finding down. The same seed makes the same choices (not the same timing). One line per finding, with what was expected; exit status 1
where there is one. The server's files stay in the folder that the first line names.
"""

import argparse
import asyncio
import random
import sys
import time

import clients
import world


async def repeat(action, site, until):
    while time.monotonic() < until and site.process.poll() is None:
        await action()


async def run(site, seed, minutes):
    until = time.monotonic() + 60 * minutes
    rng = random.Random(seed)

    def fresh():
        return random.Random(rng.random())

    findings = clients.Findings()
    actors = []
    for host in site.hosts:
        for _ in range(3):
            actors.append(repeat(clients.Honest(site, host, fresh(), findings).session, site, until))
    for _ in range(4):
        actors.append(repeat(clients.Rude(site, fresh()).session, site, until))
    actors.append(repeat(clients.Harmful(site, fresh()).session, site, until))
    actors.append(repeat(world.Operator(site, fresh(), findings).act, site, until))
    await asyncio.gather(*actors)
    return findings


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--leave-out", default="", help="names of deeds, separated by commas")
    parser.add_argument("--program", default="build/hoopsnake")
    options = parser.parse_args()

    site = world.Site(options.program, options.leave_out.split(","))
    print(f"chaos: seed {options.seed}, {options.minutes} min, files in {site.folder}", flush=True)
    site.start()
    findings = clients.Findings()
    try:
        site.warm_up()
        findings = asyncio.run(run(site, options.seed, options.minutes))
        site.check_quiet(findings)
    finally:
        site.stop(findings)
    print(findings.summary())
    sys.exit(1 if findings.lines else 0)


if __name__ == "__main__":
    main()
