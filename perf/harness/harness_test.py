"""The harness's own arithmetic and text; starts no server."""

import pathlib
import socket
import subprocess
import sys
import tempfile
import types
import unittest
import xml.dom.minidom

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from harness import (  # noqa: E402
    benchmark,
    crowd,
    goals,
    instructions,
    load,
    plot,
    report,
    scenarios,
    server,
)
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

    def test_sends_the_fields_of_a_scenario(self):
        command = load.wrk_command("http://x/", scenarios.SCENARIOS["browser"], 64, 3, 1)
        self.assertIn("Sec-Fetch-Mode: navigate", command)


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


class Instructions(unittest.TestCase):
    def test_reads_what_a_profile_adds_up_to(self):
        profile = "version: 1\nevents: Ir\nsummary: 4200\n\nfn=(1) main\n1 7\ntotals: 4200\n"
        self.assertEqual(instructions.total_of(profile), 4200)
        self.assertEqual(instructions.total_of("version: 1\n"), 0)

    def test_a_browser_sends_eleven_fields_and_about_500_bytes(self):
        request = instructions.request_of(scenarios.SCENARIOS["browser"], 8080)
        self.assertEqual(request.count(b"\r\n"), 1 + 11 + 1)
        self.assertTrue(450 < len(request) < 550, len(request))
        self.assertTrue(request.startswith(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"))

    def test_what_is_posted_has_its_length(self):
        request = instructions.request_of(scenarios.SCENARIOS["echo"], 80)
        self.assertTrue(request.startswith(b"POST / HTTP/1.1\r\n"))
        self.assertIn(b"\r\nContent-Length: 65536\r\n\r\nxxx", request)

    def test_an_answer_may_come_in_pieces(self):
        client, peer = socket.socketpair()
        with client, peer:
            for piece in (b"HTTP/1.1 200 OK\r\n\r", b"\nhel", b"lo"):
                peer.sendall(piece)
            instructions.receive(client, b"\r\n\r\nhello")
            peer.close()
            with self.assertRaisesRegex(server.ServerFailed, "closed"):
                instructions.receive(client, b"\r\n\r\nhello")

    def test_growth_by_more_than_five_percent_is_no_good(self):
        def compare(value):
            return instructions.compare({"a": {"hello": value}}, {"a": {"hello": 1000}})

        self.assertTrue(compare(1050)[1])
        self.assertTrue(compare(500)[1])
        self.assertIn("fallen", compare(500)[0][0])
        lines, well = compare(1051)
        self.assertFalse(well)
        self.assertIn("GROWN", lines[0])

    def test_a_figure_without_one_on_file_is_no_good(self):
        lines, well = instructions.compare({"a": {"hello": 1}}, {})
        self.assertFalse(well)
        self.assertIn("none on file", lines[0])

    def test_figures_on_file_are_of_what_is_watched(self):
        for figures in instructions.read_file().values():
            self.assertEqual(set(figures), set(instructions.WATCHED))
            for by_scenario in figures.values():
                self.assertEqual(set(by_scenario), set(instructions.WATCHED_SCENARIOS))
        self.assertLessEqual(set(instructions.WATCHED), set(CONTENDERS))
        self.assertLessEqual(set(instructions.WATCHED_SCENARIOS), set(scenarios.SCENARIOS))

    def test_io_uring_cannot_be_counted(self):
        self.assertFalse(instructions.can_run(CONTENDERS["hoopsnake embedded"]))

    def test_the_launcher_runs_the_program_instead_of_valgrind(self):
        with tempfile.TemporaryDirectory() as folder:
            valgrind = pathlib.Path(folder) / "valgrind"
            valgrind.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
            valgrind.chmod(0o755)
            done = subprocess.run(
                ["sh", "-c", instructions.launcher_for("/a dir/program"), "launcher"]
                + ["--tool=callgrind", "/proc/self/exe", "an option"],
                env={"PATH": f"{folder}:/usr/bin:/bin"},
                capture_output=True,
                text=True,
                check=True,
            )
        self.assertEqual(
            done.stdout.splitlines(), ["--tool=callgrind", "/a dir/program", "an option"]
        )


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
