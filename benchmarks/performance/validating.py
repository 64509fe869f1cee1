"""SHACL validation: ours in batches, pyshacl the judge, and Jena's `shacl`, with time and memory of each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.performance.plan import Plan
from benchmarks.performance.results import Result
from benchmarks.performance.stores import Prepared
from innograph.loader.validation.shapes import shapes_turtle

JUDGE_SIZE = 1_000  # pyshacl takes minutes for it
_HERE = "benchmarks.performance.validating"


def validation(plan: Plan, data: Prepared) -> Iterator[Result]:
    """Validate the whole graph, each engine in a process of its own; verdicts must be the same."""
    contenders: dict[str, Callable[[], tuple[float, float, int]]] = {
        "innograph": lambda: _run([sys.executable, "-m", _HERE, "fast", str(data.quads)])
    }
    if plan.peers and data.size <= JUDGE_SIZE:
        contenders["pyshacl"] = lambda: _run([sys.executable, "-m", _HERE, "judge", str(data.quads)])
    jena = jena_classpath(plan.work) if plan.peers else None
    if jena:
        shapes, triples = plan.work / "shapes.ttl", data.quads.with_suffix(".nt")
        shapes.write_text(shapes_turtle(), "utf-8")
        if not triples.exists():
            _as_triples(data.quads, triples)
        command = [
            "java",
            "-Xmx12g",
            "-cp",
            jena,
            "shacl.shacl_validate",
            "--shapes",
            str(shapes),
            "--data",
            str(triples),
        ]
        contenders["jena"] = lambda: _run(command)
    times: dict[str, list[float]] = {}
    memory: dict[str, list[float]] = {}
    verdicts: dict[str, int] = {}
    for _ in range(plan.rounds if data.size <= 10_000 else 1):
        for name, run in contenders.items():
            seconds, mebibytes, findings = run()
            times.setdefault(name, []).append(seconds)
            memory.setdefault(name, []).append(mebibytes)
            verdicts[name] = findings
    note = "violations: " + ", ".join(f"{count} by {name}" for name, count in verdicts.items())
    against = "jena" if "jena" in times else ""
    for work, figures, unit, target in (
        ("SHACL validation", times, "s", "≤ 1" if data.size >= 10_000 else ""),
        ("SHACL validation, peak memory", memory, "MiB", "≤ 0.1" if data.size >= 10_000 else ""),
    ):
        mine = figures.pop("innograph")
        yield Result(work, data.size, unit, mine, figures, against, target if against else "", note)


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


def _run(command: list[str]) -> tuple[float, float, int]:
    """Run an engine; seconds, peak MiB, and the number of violations that it tells."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[:4]} ended with {process.returncode}")
    told = output.count("sh:Violation") if "java" in command[0] else int(output)
    return seconds, usage.ru_maxrss / 1024, told


def _as_triples(quads: Path, triples: Path) -> None:
    from pyoxigraph import RdfFormat, parse, serialize

    with triples.open("wb") as output:
        serialize(
            (q.triple for q in parse(path=str(quads), format=RdfFormat.N_QUADS)), output, RdfFormat.N_TRIPLES
        )


def _main(engine: str, path: str) -> None:
    from pyoxigraph import RdfFormat, parse

    from innograph.loader.validation import fast
    from innograph.loader.validation.judging import judge

    quads = parse(path=path, format=RdfFormat.N_QUADS)
    findings = fast(quads) if engine == "fast" else judge(list(quads))
    print(sum(finding.severity == "Violation" for finding in findings))


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2])
