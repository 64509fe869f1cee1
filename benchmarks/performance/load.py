"""Load from loopback by wrk, whose requests a Lua script makes: what is called fresh is never asked twice."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass

_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_LATENCY = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m)$", re.M)
_REFUSED = re.compile(r"Non-2xx or 3xx responses: (\d+)")
_BROKEN = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}

# A look-up of one figure that no run has asked before: another observation and another variable name.
FRESH = """
local threads, made = 0, 0
function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end
function init(arguments)
  math.randomseed(%(seed)d + id)
end
function encode(text)
  return (text:gsub("[^%%w]", function(c) return string.format("%%%%%%02X", string.byte(c)) end))
end
function request()
  made = made + 1
  local n = math.random(0, %(size)d - 1)
  local year, rest = 2000 + n %% 24, math.floor(n / 24)
  local indicator, city = rest %% %(indicators)d, math.floor(rest / %(indicators)d)
  local iri = string.format("https://w3id.org/innograph/observation/table-%%d/synthetic-%%d/synthetic-%%d/%%d",
    math.floor(n / %(per_source)d), city, indicator, year)
  local variable = "v" .. id .. "_" .. made .. "_%(seed)d"
  local value = "<http://purl.org/linked-data/sdmx/2009/measure#obsValue>"
  local query = "SELECT ?" .. variable .. " { <" .. iri .. "> " .. value .. " ?" .. variable .. " }"
  return wrk.format("GET", "%(path)s?query=" .. encode(query), {["Accept"] = "application/sparql-results+json"})
end
"""

FIXED = """
function request()
  return wrk.format("GET", "%(path)s", {%(headers)s})
end
"""


@dataclass(frozen=True)
class Load:
    """What wrk saw: answers a second, latencies in seconds, and answers that were not 2xx or 3xx."""

    rate: float
    p50: float
    p99: float
    refused: int
    broken: int


def load(port: int, script: str, *, clients: int = 8, seconds: int = 3) -> Load:
    """Run wrk against a port of this machine.

    Raises:
        RuntimeError: wrk could not run.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        threads = "1" if clients < 2 else "2"
        command = [
            "wrk",
            "-t",
            threads,
            "-c",
            str(clients),
            "-d",
            f"{seconds}s",
            "--latency",
            "-s",
            file.name,
        ]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=False
        )
    rate = _RATE.search(done.stdout)
    if done.returncode or rate is None:
        raise RuntimeError(f"wrk failed: {done.stdout}{done.stderr}")
    latency = {match[1]: float(match[2]) * _SECONDS[match[3]] for match in _LATENCY.finditer(done.stdout)}
    refused, broken = _REFUSED.search(done.stdout), _BROKEN.search(done.stdout)
    return Load(
        float(rate[1]),
        latency.get("50", 0.0),
        latency.get("99", 0.0),
        int(refused[1]) if refused else 0,
        sum(map(int, broken.groups())) if broken else 0,
    )
