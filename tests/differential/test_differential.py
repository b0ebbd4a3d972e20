"""The same configuration and the same requests, on Debian's Apache with mod_wsgi and on Hoopsnake.

    HOOPSNAKE_BINARY=build/dev/hoopsnake /usr/bin/python3 -m pytest tests/differential
    … -k mapping          one room of cases
    … -k specified        Apache alone, against what the specification says of it

See README.md.
"""

import concurrent.futures
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import comparison
import refusals
import servers
from cases import CASES

if servers.missing():
    # A laptop may lack Apache; `./dev test` installs it, and where CI is set nothing is skipped.
    if os.environ.get("CI"):
        raise RuntimeError(servers.missing())
    pytest.skip(servers.missing(), allow_module_level=True)


class Run:
    """Both servers' answers to one case."""

    def __init__(self, case):
        self.case = case
        directory = Path(tempfile.mkdtemp(prefix="differential-"))
        directory.chmod(0o755)  # servers change users
        try:
            case.plant(directory / "root")
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                apache = pool.submit(self.answers_of, servers.Apache, directory)
                hoopsnake = pool.submit(self.answers_of, servers.Hoopsnake, directory)
            self.apache, self.hoopsnake = apache.result(), hoopsnake.result()
        finally:
            shutil.rmtree(directory)

    def answers_of(self, kind, directory):
        """One answer or exception per request; or the exception that tells why there are none."""
        server = kind.__new__(kind)
        try:
            server.__init__(self.case.text(), directory / "root", directory / kind.name)
        except Exception as error:  # told by the test that wants the answers
            return error
        answers = []
        try:
            for request in self.case.requests:
                try:
                    answers.append(server.ask(request))
                except Exception as error:
                    answers.append(error)
        finally:
            server.stop()
        return server.complaint() or answers


@pytest.fixture(params=CASES, ids=lambda case: case.name, scope="module")
def run(request):
    return Run(request.param)


def pairs(run, answers):
    if isinstance(answers, Exception):
        pytest.fail(f"{run.case.name}: {type(answers).__name__}\n{answers}", pytrace=False)
    return zip(run.case.requests, answers)


def report(findings, first, second):
    if findings:
        shown = "\n".join(finding.show(first, second) for finding in findings)
        pytest.fail(f"{len(findings)} differences\n{shown}", pytrace=False)


def test_apache_as_specified(run):
    findings = []
    for request, answer in pairs(run, run.apache):
        if isinstance(answer, Exception):
            findings.append(comparison.Finding(str(request), "no answer", None, repr(answer)))
            continue
        for what, specified, actual in comparison.unspecified(run.case, request, answer):
            findings.append(comparison.Finding(str(request), what, specified, actual))
    report(findings, "specified", "apache")


def test_same_answers(run):
    if run.case.refused:
        assert run.case.refused in str(run.hoopsnake), "Hoopsnake does not refuse this any more: take `refused` out of the case"
        return
    findings, bugs = [], []
    theirs = dict(enumerate(answer for _, answer in pairs(run, run.apache)))
    for index, (request, ours) in enumerate(pairs(run, run.hoopsnake)):
        if isinstance(ours, Exception) or isinstance(theirs[index], Exception):
            findings.append(comparison.Finding(str(request), "no answer", repr(theirs[index]), repr(ours)))
            continue
        unknown, known = comparison.differences(run.case, request, theirs[index], ours)
        findings += [comparison.Finding(str(request), *difference) for difference in unknown]
        bugs += [bug.reason for bug in known]
    report(findings, "apache", "hoopsnake")
    if bugs:
        pytest.xfail("; ".join(sorted(set(bugs))))


def test_both_accept_next_to_nothing(tmp_path):
    # Apache has a user built in; whoever is not root needs none here either.
    user = "User root\nAllowRoot On\n" if os.geteuid() == 0 else ""
    assert servers.refusals_of("", tmp_path, user) == {"apache": "", "hoopsnake": ""}


@pytest.mark.parametrize("entry", refusals.REFUSED)
def test_both_refuse(entry, tmp_path):
    said = servers.refusals_of(refusals.text(entry), tmp_path)
    assert said["apache"], "Apache has no objection"
    assert re.search(r"hoopsnake\.conf:([3-9]|\d\d)", said["hoopsnake"]), said["hoopsnake"] or "Hoopsnake has no objection"
    if "Nonsense" not in entry and "NoSuch" not in entry:
        assert "unknown directive" not in said["hoopsnake"], said["hoopsnake"]


@pytest.mark.parametrize("entry, reason", refusals.REFUSED_THERE)
def test_only_apache_refuses(entry, reason, tmp_path):
    said = servers.refusals_of(refusals.text(entry), tmp_path)
    assert said["apache"], "Apache has no objection"
    assert not said["hoopsnake"], f"{said['hoopsnake']}; but {reason}"


@pytest.mark.parametrize("entry, sentence", refusals.REFUSED_HERE)
def test_only_we_refuse(entry, sentence, tmp_path):
    said = servers.refusals_of(refusals.text(entry), tmp_path)
    assert not said["apache"], said["apache"]
    assert sentence in said["hoopsnake"], said["hoopsnake"] or "Hoopsnake has no objection"
