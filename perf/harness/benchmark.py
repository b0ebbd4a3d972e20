"""Interleaved rounds: every contender once, then again; a busy moment of the machine meets all."""

import statistics
from dataclasses import dataclass, field, fields

from harness import crowd, load, scenarios
from harness.server import Server, ServerFailed


@dataclass(frozen=True)
class Sample:
    """One round of one contender. Figures that a scenario does not have are None."""

    pss_idle: float  # bytes, after the first answer
    cpu: float | None = None  # µs of the server per request
    rate: float | None = None  # requests per second
    p50: float | None = None  # µs
    p99: float | None = None  # µs
    pss_loaded: float | None = None  # bytes, after the load
    voluntary: float | None = None  # context switches per request
    involuntary: float | None = None
    errors: int = 0


@dataclass
class Result:
    """All rounds of one contender in one scenario."""

    contender: object
    samples: list[Sample] = field(default_factory=list)
    failure: str = ""

    def median(self, figure: str) -> float | None:
        values = [getattr(sample, figure) for sample in self.samples]
        values = [value for value in values if value is not None]
        return statistics.median(values) if values else None

    def extent(self, figure: str) -> tuple[float, float] | None:
        values = [getattr(sample, figure) for sample in self.samples]
        return None if not values or None in values else (min(values), max(values))

    def errors(self) -> int:
        return sum(sample.errors for sample in self.samples)

    def figures(self) -> dict[str, float | None]:
        """What goals speak of."""
        switches = self.median("voluntary"), self.median("involuntary")
        return {
            "cpu": self.median("cpu"),
            "pss_idle": self.median("pss_idle"),
            "switches": None if None in switches else sum(switches),
        }

    def as_json(self) -> dict:
        names = [one.name for one in fields(Sample)]
        return {name: [getattr(sample, name) for sample in self.samples] for name in names}


def measure(server: Server, options) -> Sample:
    """Idle memory, warm-up, then the load between two readings of the server's clocks."""
    pss_idle = server.pss_bytes()
    scenario = server.scenario
    if scenario.crowd:
        with crowd.connected(server.setup.port, scenario.crowd, scenarios.expected_body(scenario)):
            return Sample(pss_idle, pss_loaded=server.pss_bytes())
    if not scenario.load:
        return Sample(pss_idle)
    load.run(server.url, scenario, options.connections, options.warm_up, options.load_core)
    switches, cpu = server.context_switches(), server.cpu_seconds()
    seen = load.run(server.url, scenario, options.connections, options.seconds, options.load_core)
    cpu = server.cpu_seconds() - cpu
    switches = [after - before for before, after in zip(switches, server.context_switches())]
    if not seen.requests:
        raise ServerFailed(f"no request finished; wrk saw {seen.errors} errors")
    return Sample(
        pss_idle=pss_idle,
        cpu=cpu * 1e6 / seen.requests,
        rate=seen.requests_per_second,
        p50=seen.p50,
        p99=seen.p99,
        pss_loaded=server.pss_bytes(),
        voluntary=switches[0] / seen.requests,
        involuntary=switches[1] / seen.requests,
        errors=seen.errors,
    )


def run(scenario, contenders, settings, options, say) -> list[Result]:
    """A contender that fails is out for the rest of the scenario; the report says why."""
    able = [one for one in contenders if not (one.is_static and scenario.post_bytes)]
    results = [Result(contender) for contender in able]
    for number in range(1, options.rounds + 1):
        for result in results:
            if result.failure:
                continue
            try:
                with Server(result.contender, scenario, settings) as server:
                    sample = measure(server, options)
            except (ServerFailed, RuntimeError, OSError) as error:
                result.failure = str(error)
                say(f"{scenario.name}: {result.contender.name}: {error}")
                continue
            result.samples.append(sample)
            cpu = f"{sample.cpu:8.2f} µs/request" if sample.cpu is not None else " " * 19
            say(
                f"{scenario.name} {number}/{options.rounds} {result.contender.name:24}{cpu}"
                f"  {sample.pss_idle / 2**20:.1f} MiB"
            )
    return results
