"""What we have set ourselves, checked against the figures of one run (64 connections, hello)."""

from dataclasses import dataclass

HELLO = "hello"


@dataclass(frozen=True)
class Goal:
    """`ours` needs at most `factor` times what `theirs` needs, or at most `factor` itself."""

    ours: str
    figure: str
    factor: float
    theirs: str = ""


GOALS = (
    Goal("hoopsnake embedded", "cpu", 1.0, "fastwsgi"),
    Goal("hoopsnake daemon", "cpu", 1.1, "bjoern"),
    Goal("hoopsnake daemon", "cpu", 1 / 15, "mod_wsgi 4 daemon"),
    Goal("hoopsnake daemon", "cpu", 1 / 15, "mod_wsgi 6 daemon"),
    Goal("hoopsnake embedded", "pss_idle", 1.0, "mod_wsgi 4 embedded"),
    Goal("hoopsnake daemon", "pss_idle", 1.0, "mod_wsgi 4 daemon"),
    Goal("hoopsnake daemon", "pss_idle", 1.0, "mod_wsgi 6 daemon"),
    Goal("hoopsnake embedded", "switches", 0.1),
    Goal("hoopsnake daemon", "switches", 0.1),
    Goal("hoopsnake embedded", "calls", 1.0),
    Goal("hoopsnake daemon", "calls", 1.0),
    Goal("hoopsnake embedded epoll", "instructions", 10_000),
    Goal("hoopsnake daemon epoll", "instructions", 14_000),
)
NAMES = {
    "cpu": "CPU per request",
    "pss_idle": "idle memory",
    "switches": "context switches per request",
    "calls": "system calls per request",
    "instructions": "instructions per request",
}


def judge(goal: Goal, figures: dict[str, dict[str, float | None]]) -> str:
    """One line of the report; "" when the run does not have what the goal speaks of."""
    value = figures.get(goal.ours, {}).get(goal.figure)
    against = figures.get(goal.theirs, {}).get(goal.figure) if goal.theirs else 1.0
    if value is None or not against:
        return ""
    verdict = "reached" if value / against <= goal.factor else "**not reached**"
    unit = f" times {goal.theirs}'s" if goal.theirs else ""
    return (
        f"- {verdict}: {goal.ours}, {NAMES[goal.figure]}: "
        f"{value / against:.3f}{unit}, the goal is {goal.factor:.3f}"
    )


def section(figures: dict[str, dict[str, float | None]]) -> str:
    """figures: contender → figure → value. "" when no goal can be judged."""
    lines = [line for goal in GOALS if (line := judge(goal, figures))]
    return "## Goals\n\n" + "\n".join(lines) + "\n" if lines else ""
