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
    load: bool = True  # False: no wrk; only look at the memory
    crowd: int = 0  # so many connections stay open and idle while the memory is looked at


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("hello", "Hello, 13 bytes", "hello"),
        Scenario("json", "JSON of 20 keys", "json20"),
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
