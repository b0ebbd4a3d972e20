"""What is asked of every server: an application, how many connections ask, and what they send."""

import importlib
import pathlib
import sys
from dataclasses import dataclass

PERF = pathlib.Path(__file__).resolve().parent.parent
APPS = PERF / "apps"


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    app: str
    connections: int | None = None  # None: as --connections says
    post_bytes: int = 0  # 0: a GET request
    fields: tuple[tuple[str, str], ...] = ()  # of the request, beside Host
    load: bool = True  # False: no wrk; only look at the memory
    crowd: int = 0  # so many connections stay open and idle while the memory is looked at


# With Host 11 fields and some 500 bytes, as Firefox sends them.
BROWSER_FIELDS = (
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "en-US,en;q=0.5"),
    ("Accept-Encoding", "gzip, deflate, br"),
    ("Connection", "keep-alive"),
    ("Cookie", "session=5f1c0e3bb6a94c0f8a0d2f6e7c3b9a41; theme=light"),
    ("Upgrade-Insecure-Requests", "1"),
    ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Site", "same-origin"),
)

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("hello", "Hello, 13 bytes", "hello"),
        Scenario("json", "JSON of 20 keys", "json20"),
        Scenario("browser", "Hello, asked by a browser", "hello", fields=BROWSER_FIELDS),
        Scenario("body", "1 MiB response body", "body_1m"),
        Scenario("echo", "64 KiB POST, echoed", "echo", post_bytes=65536),
        Scenario("one", "Hello over one connection: latency", "hello", connections=1),
        Scenario("idle", "Idle memory after the first answer", "hello", load=False),
        Scenario("crowd", "Memory with 1 000 idle connections", "hello", load=False, crowd=1000),
    )
}


def expected_body(scenario: Scenario) -> bytes:
    """The right answer, from the application itself."""
    if str(APPS) not in sys.path:
        sys.path.insert(0, str(APPS))
    application = importlib.import_module(scenario.app).application
    if scenario.post_bytes:
        return b"x" * scenario.post_bytes
    return b"".join(application({"PATH_INFO": "/"}, lambda status, headers: None))
