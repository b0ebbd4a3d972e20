"""Results as Markdown tables, with the plots and raw figures beside."""

import json
import pathlib

from harness import machine, plot


def number(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{value:,.{digits}f}".replace(",", " ")


def mebibytes(value: float | None) -> str:
    return "" if value is None else f"{value / 2**20:.1f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Names stand left, figures right."""
    align = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, align, *rows]) + "\n"


def ratio(value: float | None, base: float | None) -> str:
    return f"{value / base:.2f}" if value is not None and base else ""


def main_figure(scenario) -> str:
    """By which figure the rows are ordered and compared."""
    if not scenario.load:
        return "pss_loaded" if scenario.crowd else "pss_idle"
    return "p50" if scenario.connections == 1 else "cpu"


def base_of(results, wanted: str):
    """The contender that the others are compared with: the wanted one, else the first that ran."""
    ran = [result for result in results if result.samples]
    named = [result for result in ran if result.contender.name == wanted]
    return (named or ran or [None])[0]


def scenario_rows(results, figure: str, base) -> list[list[str]]:
    rows = []
    for result in sorted(results, key=lambda one: one.median(figure) or 0.0):
        if not result.samples:
            continue
        extent = result.extent("cpu")
        spread = f"{extent[0]:.2f}–{extent[1]:.2f}" if extent else ""
        rows.append(
            [
                result.contender.name,
                number(result.median("cpu"), 2),
                spread,
                ratio(result.median(figure), base.median(figure)),
                number(result.median("rate"), 0),
                number(result.median("p50"), 0),
                number(result.median("p99"), 0),
                number(result.median("voluntary"), 3),
                number(result.median("involuntary"), 3),
                mebibytes(result.median("pss_idle")),
                mebibytes(result.median("pss_loaded")),
                str(result.errors() or ""),
            ]
        )
    return rows


FIGURE_NAMES = {"cpu": "CPU", "p50": "p50", "pss_idle": "idle PSS", "pss_loaded": "PSS"}


def scenario_table(scenario, results, base) -> str:
    figure = main_figure(scenario)
    head = [
        "server",
        "CPU µs/request",
        "least–most",
        f"{FIGURE_NAMES[figure]} ÷ {base.contender.name}",
    ]
    head += ["requests/s", "p50 µs", "p99 µs", "voluntary switches/request", "involuntary"]
    head += ["PSS idle MiB", "PSS crowded MiB" if scenario.crowd else "PSS loaded MiB", "errors"]
    rows = scenario_rows(results, figure, base)
    used = [column for column in range(len(head)) if any(row[column] for row in rows)]
    rows = [[row[column] for column in used] for row in rows]
    return table([head[column] for column in used], rows)


def scenario_section(scenario, results, wanted_base: str) -> str:
    text = f"## {scenario.title}\n\n"
    base = base_of(results, wanted_base)
    text += scenario_table(scenario, results, base) if base else "Nobody could be measured.\n"
    return text + failed([f"{one.contender.name}: {one.failure}" for one in results if one.failure])


def failed(reasons: list[str]) -> str:
    """What follows a table when somebody could not be measured."""
    return (
        "\nFailed:\n\n" + "\n".join(f"- {reason}" for reason in reasons) + "\n" if reasons else ""
    )


def plot_of(scenario, results) -> str:
    figure = main_figure(scenario)
    show, meaning = {
        "cpu": (lambda value: f"{value:.1f} µs", "server CPU per request"),
        "p50": (lambda value: f"{value:.0f} µs", "median latency"),
    }.get(figure, (lambda value: f"{value / 2**20:.1f} MiB", "memory (PSS) of all processes"))
    measured = [
        (result.contender.name, result.median(figure)) for result in results if result.samples
    ]
    bars = [(name, value, show(value)) for name, value in measured]
    return plot.bar_chart(scenario.title, f"{meaning}, medians; less is better", bars)


def machine_section(machine_facts: dict[str, str], command: str) -> str:
    facts = "\n".join(f"- {key}: {text}" for key, text in machine_facts.items())
    return f"## Machine\n\n{facts}\n- Command: `{command}`\n"


def versions_section(contenders, skipped: dict[str, str], build: str) -> str:
    rows = [[one.name, machine.versions(one, build), one.remark] for one in contenders]
    lines = ["## Versions\n", "| server | version | remark |\n|---|---|---|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    if skipped:
        lines += ["", "Not measured:", ""] + [f"- {name}: {why}" for name, why in skipped.items()]
    return "\n".join(lines) + "\n"


def write(stem: pathlib.Path, title: str, sections: list[str], plots: dict[str, str], raw: dict):
    """stem.md, stem-<plot>.svg and, with the figures of every round, stem.json."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    pictures = []
    for name, svg in plots.items():
        path = stem.with_name(f"{stem.name}-{name}.svg")
        path.write_text(svg)
        pictures.append(f"![{name}]({path.name})")
    text = "\n".join([f"# {title}\n", *sections, *pictures]) + "\n"
    path = stem.with_name(stem.name + ".md")
    path.write_text(text)
    stem.with_name(stem.name + ".json").write_text(json.dumps(raw) + "\n")
    return path
