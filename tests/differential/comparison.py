"""What of two answers is compared, and which of the differences somebody chose."""

import dataclasses
import json
import re

import chosen_differences

HEADERS = (
    "location", "content-type", "allow", "www-authenticate", "set-cookie", "vary", "content-language", "last-modified",
    "content-length", "x-probe", "x-said",
)
SETS = ("allow", "vary")  # whose order means nothing
PAGE_OF_APACHE = re.compile('<!DOCTYPE HTML PUBLIC "-//(IETF//DTD HTML 2.0|W3C//DTD HTML 4.01)//EN"')
SHORT = {
    "script": "SCRIPT_NAME", "path": "PATH_INFO", "application_group": "mod_wsgi.application_group",
    "process_group": "mod_wsgi.process_group", "callable_object": "mod_wsgi.callable_object",
}


def is_generated(answer):
    return not answer.body or PAGE_OF_APACHE.match(answer.body) is not None


def facts_of(answer, with_page=False):
    """The answer as a flat {name: text}; `with_page`: the body and its headers belong to the configuration."""
    facts = {"status": str(answer.status)}
    is_probe = answer.header("x-probe") is not None
    for name in HEADERS:
        if name == "content-length" and is_probe:
            continue
        if name in ("content-type", "content-length", "last-modified") and answer.status >= 300 and not with_page:
            continue
        value = answer.header(name)
        if value is not None and name in SETS:
            value = ",".join(sorted({member.strip().lower() for member in re.split(r"[,|]", value)}))
        if value is not None:
            facts[name] = value
    if answer.status == 200 and not is_probe:
        facts["has etag"] = str(answer.header("etag") is not None)
    if is_probe and answer.body:
        told = json.loads(answer.body)
        facts["file"] = told["file"]
        facts["called"] = told["called"]
        for key, value in told["environ"].items():
            if not chosen_differences.is_not_compared(key):
                facts[key] = value
    elif answer.status < 300 or with_page:
        facts["body"] = answer.body
    return facts


def differences(case, request, apache, hoopsnake):
    """[(what, Apache's, Hoopsnake's)] that nobody knows, None stands for absent; and the known bugs that were seen."""
    with_page = apache.status in case.compares_bodies_of and not is_generated(apache)
    ours, theirs = facts_of(hoopsnake, with_page), facts_of(apache, with_page)
    found, bugs = [], []
    known = chosen_differences.find(case.name, str(request), "status")
    if known is not None and known.describes(theirs["status"], ours["status"]):
        return [], [known] if known.is_bug else []  # two answers, of which nothing else is alike
    for what in sorted(ours.keys() | theirs.keys()):
        pair = theirs.get(what), ours.get(what)
        known = chosen_differences.find(case.name, str(request), what)
        if known is None:
            if pair[0] != pair[1]:
                found.append((what, *pair))
        elif not known.describes(*pair):
            found.append((f"{what} (known: {known.apache!r} and {known.hoopsnake!r})", *pair))
        elif known.is_bug:
            bugs.append(known)
    return found, bugs


def unspecified(case, request, apache):
    """[(what, the specification's, Apache's)] that is not noted in chosen_differences.APACHE_IS_UNLIKE."""
    facts = facts_of(apache, with_page=True)
    found = []
    for key, value in request.expected:
        what = SHORT.get(key, key if key.isupper() else key.replace("_", "-"))
        actual = facts.get(what)
        noted = chosen_differences.apache_is_unlike(case.name, str(request), what)
        if noted is not None:
            if noted.apache != actual:
                found.append((f"{what} (noted: {noted.apache!r})", str(value), actual))
        elif actual != (None if value is None else str(value)):
            found.append((what, str(value), actual))
    return found


@dataclasses.dataclass(frozen=True)
class Finding:
    request: str
    what: str
    first: str | None
    second: str | None

    def show(self, first, second):
        return f"{self.request}\n    {self.what}\n        {first}: {self.first!r}\n        {second}: {self.second!r}"
