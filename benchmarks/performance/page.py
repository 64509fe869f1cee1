"""The page of a run: ratios in a table, growth with its exponent, plots, versions and machine."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.performance.results import Result, exponent

INTRODUCTION = """# Performance

What innograph does beside its peers, measured in one run on one machine by `make bench`. Each figure is
the median of several measurements that were taken in turns with the peer's, so read the ratios: the
absolute figures are this machine's. Whatever is called "never asked before" is asked with another
observation and another variable name each time, so that no cache can answer it. Raw figures:
[performance.json](performance.json).
"""


def machine() -> dict[str, str]:
    """What was measured on, and the versions that took part."""
    found = {
        "processors": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
    }
    for name in (
        "innograph",
        "pyoxigraph",
        "oxigraph",
        "rdflib-endpoint",
        "pyshacl",
        "shacl",
        "granian",
        "flask",
    ):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def page(results: Sequence[Result], where: dict[str, str], pictures: Sequence[tuple[str, str]]) -> str:
    """The page as Markdown."""
    lines = [
        INTRODUCTION,
        "Machine and versions: " + ", ".join(f"{k} {v}" for k, v in where.items()) + ".",
        "",
    ]
    lines += ["## Figures and targets", ""]
    lines += [
        "| work | observations | innograph | peers | ratio | target | met |",
        "|---|--:|--:|---|---|---|---|",
    ]
    lines += [_row(result) for result in results]
    grown = _growth(results)
    if grown:
        lines += [
            "",
            "## Growth",
            "",
            "The exponent of the size that each figure grows with: 0 is flat, 1 is linear.",
            "",
        ]
        lines += ["| work | exponent |", "|---|--:|", *(f"| {work} | {value:.2f} |" for work, value in grown)]
    if pictures:
        lines += ["", "## Plots", ""]
        lines += [f"![{title}]({name})\n" for title, name in pictures]
    notes = [f"- {r.work}, {r.size:,} observations: {r.note}" for r in results if r.note]
    if notes:
        lines += ["", "## Notes", "", *notes]
    return "\n".join(lines).rstrip() + "\n"


def plots(results: Sequence[Result], folder: Path) -> list[tuple[str, str]]:
    """One plot of ratios against size for all works that have a peer; nothing for a single size."""
    works = {r.work for r in results if r.against}
    series = {
        work: [(r.size, r.ratio(r.against)) for r in results if r.work == work and r.against]
        for work in works
    }
    series = {work: points for work, points in sorted(series.items()) if len(points) > 1}
    if not series:
        return []
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 5.5))
    for work, points in series.items():
        axes.plot(*zip(*points, strict=True), marker="o", label=work)
    axes.set(
        xscale="log", yscale="log", xlabel="observations", ylabel="innograph / peer", title="Ratios by size"
    )
    axes.axhline(1, color="grey", linewidth=0.8)
    axes.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(folder / "performance.svg", bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    return [("Ratios of innograph to its peers, by size", "performance.svg")]


def _row(result: Result) -> str:
    peers = "; ".join(f"{name} {_number(statistics.median(v))}" for name, v in result.peers.items()) or "–"
    ratios = "; ".join(f"{result.ratio(name):.2f} × {name}" for name in result.peers) or "–"
    met = {True: "yes", False: "**no**", None: "–"}[result.met]
    target = (
        f"{result.target} × {result.against}" if result.against and result.target else result.target or "–"
    )
    return (
        f"| {result.work} | {result.size:,} | {_number(result.median)} {result.unit} | {peers} | {ratios}"
        f" | {target} | {met} |"
    )


def _growth(results: Sequence[Result]) -> list[tuple[str, float]]:
    works = list(dict.fromkeys(result.work for result in results))
    found = [(work, exponent([(r.size, r.median) for r in results if r.work == work])) for work in works]
    return [(work, value) for work, value in found if value is not None]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
