"""SHACL validation: ours in batches, pyshacl the judge, and Jena's `shacl`, with time and memory of each."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse, serialize

from benchmarks.performance.plan import Plan
from benchmarks.performance.results import Result
from benchmarks.performance.stores import Prepared
from innograph.loader.validation.shapes import shapes_turtle
from innograph.ontology.namespaces import (
    INNO,
    QB,
    RDF,
    SDMX_ATTRIBUTE,
    SDMX_DIMENSION,
    SDMX_MEASURE,
    SH,
    XSD,
)

JUDGE_SIZE = 1_000  # pyshacl takes minutes for it
_HERE = "benchmarks.performance.validating"


class Outcome(NamedTuple):
    """What an engine took, in seconds and MiB at its most, and its violations: focus node and shape of each."""

    seconds: float
    memory: float
    violations: frozenset[tuple[str, ...]]


def validation(plan: Plan, data: Prepared) -> Iterator[Result]:
    """Validate the whole graph, each engine in a process of its own; then with faults in it."""
    yield from _compared("SHACL validation", plan, data.size, data.quads)
    broken = plan.work / f"broken-{data.size}.nq"
    if not broken.exists():
        _plant(data.quads, broken)
    yield from _compared("SHACL validation of data with faults", plan, data.size, broken)


def _compared(work: str, plan: Plan, size: int, quads: Path) -> Iterator[Result]:
    contenders: dict[str, Callable[[], Outcome]] = {
        "innograph": lambda: _run([sys.executable, "-m", _HERE, "fast", str(quads)])
    }
    if plan.peers and size <= JUDGE_SIZE:
        contenders["pyshacl"] = lambda: _run([sys.executable, "-m", _HERE, "judge", str(quads)])
    jena = jena_classpath(plan.work) if plan.peers else None
    if jena:
        shapes, triples = plan.work / "shapes.ttl", quads.with_suffix(".nt")
        shapes.write_text(shapes_turtle(), "utf-8")
        if not triples.exists():
            _as_triples(quads, triples)
        command = ["java", "-Xmx12g", "-cp", jena, "shacl.shacl_validate"]
        command += ["--shapes", str(shapes), "--data", str(triples)]
        contenders["jena"] = lambda: _run(command)
    found: dict[str, list[Outcome]] = {}
    for _ in range(plan.rounds if size <= 10_000 else 1):
        for name, run in contenders.items():
            found.setdefault(name, []).append(run())
    told = {name: outcomes[-1].violations for name, outcomes in found.items()}
    note = "violations: " + ", ".join(f"{len(verdicts):,} by {name}" for name, verdicts in told.items())
    if len(told) > 1:
        same = all(verdicts == told["innograph"] for verdicts in told.values())
        note += "; the same" if same else "; they differ"
    against = "jena" if "jena" in found else ""
    for what, unit, figure in (
        (work, "s", lambda outcome: outcome.seconds),
        (f"{work}, peak memory", "MiB", lambda outcome: outcome.memory),
    ):
        figures = {name: [figure(outcome) for outcome in outcomes] for name, outcomes in found.items()}
        mine = figures.pop("innograph")
        bound = "≤ 1" if unit == "s" else "≤ 0.1"
        target = bound if against and size >= 10_000 else ""
        yield Result(what, size, unit, mine, figures, against, target, note)


def jena_classpath(work: Path) -> str | None:
    """Jena's jars as Debian has them, gathered from the package and what it depends on; None where absent.

    Debian's package has no start script, and its manifest names jars by other versions than Debian's. The
    messages of the XML library inside it are not where its moved classes look for them.
    """
    home = Path("/usr/share/java")
    if shutil.which("java") is None or not any(home.glob("jena-shacl*.jar")):
        return None
    wanted = (
        "jena-*", "thrift",
        "dexx.collection",
        "jakarta.json-api", "slf4j-api", "slf4j-simple", "commons-*", "xercesImpl", "xml-apis", "caffeine",
        "gson", "httpclient*", "httpcore*", "jsonld-java", "jackson-*", "protobuf*", "titanium*", "javax.json*",
        "checker-qual", "geronimo-annotation*", "jcl-over-slf4j", "failureaccess", "guava",
    )  # fmt: skip
    jars = sorted({str(path.resolve()) for pattern in wanted for path in home.glob(f"{pattern}.jar")})
    moved, place = "org/apache/jena/ext/xerces/", work / "jena"
    with zipfile.ZipFile(home / "jena-core.jar") as jar:
        for name in jar.namelist():
            if name.startswith(moved) and name.endswith(".properties"):
                target = place / "xerces" / name.removeprefix(moved)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(jar.read(name))
    return os.pathsep.join([*jars, str(place)])


def _run(command: list[str]) -> Outcome:
    """Run an engine."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[:4]} ended with {process.returncode}")
    if "java" in command[0]:
        verdicts = _reported(output)
    else:
        verdicts = frozenset(tuple(line.split(" ")) for line in output.decode().splitlines())
    return Outcome(seconds, usage.ru_maxrss / 1024, verdicts)


def _reported(report: bytes) -> frozenset[tuple[str, ...]]:
    """The violations of a validation report in Turtle (SHACL, section 3.6)."""
    graph = Store()
    graph.load(report, RdfFormat.TURTLE)

    def said(result: Quad, predicate: NamedNode) -> str:
        [quad] = graph.quads_for_pattern(result.subject, predicate, None)
        return str(getattr(quad.object, "value", ""))

    results = graph.quads_for_pattern(None, SH.resultSeverity, SH.Violation)
    return frozenset((said(result, SH.focusNode), said(result, SH.sourceShape)) for result in results)


def _plant(quads: Path, broken: Path) -> None:
    """Copy N-Quads with a fault in one of fifty observations, of another kind each time."""
    faults = itertools.cycle(_FAULTS)
    fault: Callable[[bytes], bytes] | None = None
    observations, begins = 0, f" {RDF.type} {QB.Observation} ".encode()
    with quads.open("rb") as source, broken.with_suffix(".part").open("wb") as target:
        for line in source:
            if begins in line:
                observations += 1
                fault = next(faults) if observations % 50 == 0 else None
            target.write(fault(line) if fault else line)
    broken.with_suffix(".part").rename(broken)


def _without(predicate: NamedNode) -> Callable[[bytes], bytes]:
    told = f" {predicate} ".encode()
    return lambda line: b"" if told in line else line


def _with(predicate: NamedNode, value: str) -> Callable[[bytes], bytes]:
    """Give a property another value; a line has subject, predicate, object and graph."""
    told = f" {predicate} ".encode()

    def change(line: bytes) -> bytes:
        if told not in line:
            return line
        subject, name, rest = line.split(b" ", 2)
        return b" ".join([subject, name, value.encode(), rest.rsplit(b" ", 2)[-2], b".\n"])

    return change


_FAULTS = (
    _without(SDMX_ATTRIBUTE.unitMeasure),
    _without(INNO.evidence),
    _with(SDMX_DIMENSION.refPeriod, f'"1815"^^{XSD.gYear}'),
    _with(SDMX_DIMENSION.refArea, "<https://example.org/nowhere>"),
    _with(SDMX_MEASURE.obsValue, f'"1.5"^^{XSD.double}'),
    _with(SDMX_ATTRIBUTE.decimals, f'"7"^^{XSD.integer}'),
    _with(SDMX_ATTRIBUTE.obsStatus, "<https://example.org/certain>"),
)


def _as_triples(quads: Path, triples: Path) -> None:
    with triples.open("wb") as output:
        serialize(
            (q.triple for q in parse(path=str(quads), format=RdfFormat.N_QUADS)), output, RdfFormat.N_TRIPLES
        )


def _main(engine: str, path: str) -> None:
    from innograph.loader.validation import fast
    from innograph.loader.validation.judging import judge

    quads = parse(path=path, format=RdfFormat.N_QUADS)
    findings = fast(quads) if engine == "fast" else judge(list(quads))
    for finding in findings:
        if finding.severity == "Violation":
            print(finding.focus, finding.rule)


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2])
