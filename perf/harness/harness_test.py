"""The harness's own arithmetic and text; starts no server."""

import pathlib
import socket
import sys
import types
import unittest
import xml.dom.minidom

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from harness import benchmark, crowd, goals, load, plot, report, scenarios, server  # noqa: E402
from harness.contenders import CONTENDERS  # noqa: E402

RESULT = (
    "RESULT requests=3000 duration=1500000 p50=120 p99=900 max=1000"
    " connect=0 read=1 write=0 status=2 timeout=0"
)


def result_of(name, *cpu):
    samples = [
        benchmark.Sample(pss_idle=2**20, cpu=value, p50=10, p99=20, rate=5.0) for value in cpu
    ]
    return benchmark.Result(types.SimpleNamespace(name=name), samples)


class Load(unittest.TestCase):
    def test_reads_the_line_of_wrk_report(self):
        seen = load.parse(f"Running 1s test\n{RESULT}\n")
        self.assertEqual(
            (seen.requests, seen.requests_per_second, seen.p50, seen.p99), (3000, 2000, 120, 900)
        )
        self.assertEqual(seen.errors, 3)

    def test_says_what_came_instead(self):
        with self.assertRaisesRegex(RuntimeError, "unable to connect"):
            load.parse("unable to connect to 127.0.0.1")

    def test_a_scenario_may_choose_its_connections(self):
        command = load.wrk_command("http://x/", scenarios.SCENARIOS["one"], 64, 3, 1)
        self.assertIn("-c1", command)


class Results(unittest.TestCase):
    def test_median_and_extent(self):
        result = result_of("a", 5.0, 9.0, 6.0)
        self.assertEqual(result.median("cpu"), 6.0)
        self.assertEqual(result.extent("cpu"), (5.0, 9.0))
        self.assertIsNone(result.median("pss_loaded"))

    def test_rows_are_ordered_and_compared_with_the_base(self):
        results = [result_of("slow", 12.0), result_of("quick", 3.0), result_of("base", 6.0)]
        text = report.scenario_section(scenarios.SCENARIOS["hello"], results, "base")
        rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")][2:]
        self.assertEqual([row[0].strip("| ") for row in rows], ["quick", "base", "slow"])
        self.assertEqual([row[3] for row in rows], ["0.50", "1.00", "2.00"])

    def test_who_failed_is_named_with_the_reason(self):
        failed = benchmark.Result(types.SimpleNamespace(name="b"), failure="port taken")
        text = report.scenario_section(
            scenarios.SCENARIOS["hello"], [result_of("a", 1.0), failed], "a"
        )
        self.assertIn("- b: port taken", text)


class Goals(unittest.TestCase):
    GOAL = goals.Goal("ours", "cpu", 1.1, "theirs")

    def judge(self, ours, theirs):
        return goals.judge(self.GOAL, {"ours": {"cpu": ours}, "theirs": {"cpu": theirs}})

    def test_bounds(self):
        self.assertIn("- reached", self.judge(11.0, 10.0))
        self.assertIn("**not reached**", self.judge(11.1, 10.0))

    def test_says_nothing_without_both(self):
        self.assertEqual(goals.judge(self.GOAL, {"ours": {"cpu": 1.0}}), "")
        self.assertEqual(self.judge(None, 10.0), "")

    def test_speaks_of_known_contenders(self):
        for goal in goals.GOALS:
            self.assertIn(goal.ours, CONTENDERS)
            self.assertIn(goal.theirs, ("", *CONTENDERS))


class Crowd(unittest.TestCase):
    def test_knows_who_left_without_waiting(self):
        stays, here = socket.socketpair()
        leaves, there = socket.socketpair()
        with stays, leaves, here, there:
            for client in (here, there):
                client.settimeout(60)
            leaves.close()
            self.assertFalse(crowd.is_closed(here))
            self.assertTrue(crowd.is_closed(there))


class Contenders(unittest.TestCase):
    def test_every_word_of_every_row_is_known(self):
        for contender in CONTENDERS.values():
            stand_in = server.Setup.__new__(server.Setup)
            words = "app apps dir port threads connections more_than_connections".split()
            words += ["user", "group", "python"]
            stand_in.contender = contender
            stand_in.dir = pathlib.Path("/nowhere")
            stand_in.words = dict.fromkeys([*words, *contender.files], "x")
            stand_in.fill(contender.config)
            self.assertTrue(stand_in.command())
            stand_in.environment()

    def test_missing_files_are_named(self):
        found, missing = CONTENDERS["hoopsnake embedded"].locate("/nowhere")
        self.assertEqual((found, missing), ({}, "/nowhere/hoopsnake"))


class Plot(unittest.TestCase):
    def test_is_well_formed_and_ordered(self):
        svg = plot.bar_chart(
            "a < b", "less is better", [("two", 2.0, "2 µs"), ("one", 1.0, "1 µs")]
        )
        xml.dom.minidom.parseString(svg)
        self.assertLess(svg.index(">one<"), svg.index(">two<"))


if __name__ == "__main__":
    unittest.main()
