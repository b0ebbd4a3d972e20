"""A bar chart as SVG, written by hand: no library is needed to look at a result."""

from xml.sax.saxutils import escape

ROW, LABEL, BAR, VALUE, HEAD = 24, 190, 480, 150, 56
OURS, PEERS = "#1b7f5c", "#8a97a8"


def bar_chart(title: str, subtitle: str, bars: list[tuple[str, float, str]]) -> str:
    """bars: (name, value, text beside the bar), drawn from the least to the greatest."""
    width, height = LABEL + BAR + VALUE, HEAD + ROW * len(bars) + 12
    longest = max((value for _, value, _ in bars), default=1.0) or 1.0
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="24" font-size="16" font-weight="bold">{escape(title)}</text>',
        f'<text x="12" y="43" fill="#555555">{escape(subtitle)}</text>',
    ]
    for row, (name, value, text) in enumerate(sorted(bars, key=lambda bar: bar[1])):
        top = HEAD + row * ROW
        length = max(1.0, BAR * value / longest)
        colour = OURS if name.startswith("hoopsnake") else PEERS
        lines += [
            f'<text x="{LABEL - 8}" y="{top + 16}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LABEL}" y="{top + 3}" width="{length:.1f}" height="{ROW - 6}" rx="2"'
            f' fill="{colour}"/>',
            f'<text x="{LABEL + length + 6:.1f}" y="{top + 16}">{escape(text)}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
