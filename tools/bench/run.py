#!/usr/bin/env python3
"""run.py - runs the benchmarks in every engine at hand, side by side, and reports.

    tools/bench/run.py --wx build/release/bin/wx                  everything
    tools/bench/run.py --wx build/release/bin/wx --quick          each once: do checksums agree?
    tools/bench/run.py --wx ... --engines wx-interp,wasm3 fib vm  some engines, some programs

Exits with 1 when a checksum is wrong or when native code or wx itself fails; that another engine
fails is reported.  See README.md beside this file."""
import argparse
import json
import os
import platform
import subprocess
import sys
import time

import engines as engine_table
import figures
import measure
import program_list
import report_html
import report_text
import scenarios
from engines import ConfigError
from program_list import BuildError

HERE = os.path.dirname(os.path.abspath(__file__))
SCENARIOS = ("steady", "short", "load")
SHORT_PROGRAMS = ("trivial", "arith", "sqlite")


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--wx", default="build/release/bin/wx", help="the program under test")
    parser.add_argument("--runs", type=int, default=5, help="rounds; default 5")
    parser.add_argument("--time", type=float, default=50, metavar="MS",
                        help="native work of a run in steady state; default 50 ms")
    parser.add_argument("--quick", action="store_true", help="one short round, to see it work")
    parser.add_argument("--engines", default="", metavar="A,B", help="only these, and native")
    parser.add_argument("--only", default=",".join(SCENARIOS), metavar="A,B",
                        help="of steady, short and load")
    parser.add_argument("--timeout", type=int, default=120, metavar="SECONDS")
    parser.add_argument("--cache", default=program_list.default_cache(), metavar="FOLDER")
    parser.add_argument("--config", default=os.path.join(HERE, "engines.toml"), metavar="FILE")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--html", metavar="FILE")
    parser.add_argument("--quiet", action="store_true", help="no lines about progress")
    parser.add_argument("programs", nargs="*", help="names; all when none is given")
    options = parser.parse_args(argv)
    options.only = [name for name in options.only.split(",") if name]
    if not set(options.only) <= set(SCENARIOS) or options.runs < 1 or options.time <= 0:
        parser.error("--only names no scenario, or --runs or --time is not positive")
    if options.quick:
        options.runs = 1
    return options


def choose(everything, missing, names):
    """The programs of these names; BuildError when one is unknown or not there."""
    for name in names:
        if name in missing:
            raise BuildError(f"program {name} has not been fetched; see fetch.sh")
        if name not in {program.name for program in everything}:
            raise BuildError(f"no program {name}")
    return [program for program in everything if not names or program.name in names]


def large_modules(cache):
    folder = os.path.join(cache, "modules")
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in names if name.endswith(".wasm")]


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout.strip() or done.stderr.strip()).split("\n")[0]


def describe_machine():
    model = ""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(),
            "load": [round(load, 2) for load in os.getloadavg()]}


def describe(options, found, values):
    """What was measured, and on what."""
    return {"date": time.strftime("%Y-%m-%d %H:%M:%S %z"), "machine": describe_machine(),
            "commit": first_line(["git", "-C", HERE, "rev-parse", "--short", "HEAD"]),
            "options": {"runs": options.runs, "time_ms": options.time, "quick": options.quick},
            "engines": {engine.name: {
                "family": engine.family, "ours": engine.ours, "native": engine.native,
                "run": engine.row["run"], "build": engine.row.get("build"),
                "note": engine.row.get("note", ""),
                "version": first_line(engine.command("version", values))
                if engine.has("version") else ""} for engine in found}}


def measure_all(options, runner, built, everything, modules):
    """{scenario: Results}"""
    results = {}
    trivial = program_list.trivial()
    if "steady" in options.only:
        results["steady"] = scenarios.steady(runner, built, everything, options)
    if "short" in options.only:
        chosen = [program for program in [trivial, *everything]
                  if program.name in SHORT_PROGRAMS]
        results["short"] = scenarios.short(runner, built, chosen, options)
    if "load" in options.only and modules:
        results["load"] = scenarios.load(runner, built, modules, built.builder.wasm(trivial),
                                         options)
    return results


def compute(results, names, modules):
    out = {}
    if "steady" in results:
        out["steady"] = figures.steady(results["steady"], names)
    if "short" in results:
        out["short"] = figures.short(results["short"], names)
    if "load" in results:
        out["load"] = figures.load(results["load"], names, modules)
    return out


def write(path, text):
    if path:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def run(options):
    values = {"wx": options.wx, "bench": HERE,
              "wx-load": os.path.join(os.path.dirname(options.wx), "wx-load")}
    build, table = engine_table.read(options.config)
    found, missing = engine_table.split_found(
        engine_table.select(table, [n for n in options.engines.split(",") if n]), values)
    real, unfetched = program_list.real_programs(options.cache)
    everything = choose(program_list.own_programs() + real, unfetched, options.programs)
    modules = large_modules(options.cache)
    if "load" in options.only and not modules:
        unfetched.append("large modules")
    built = scenarios.Built(program_list.Builder(build, options.cache), found, values)
    scenarios.say(options, f"building {len(everything)} programs")
    built.prepare([*everything, program_list.trivial()])
    runner = measure.Runner(built.builder.launcher(), options.timeout)
    record = describe(options, found, values)
    results = measure_all(options, runner, built, everything, modules)
    runner.close()
    record["missing_engines"], record["missing_programs"] = missing, unfetched
    record["failures"] = [{"scenario": scenario, **failure} for scenario, result in results.items()
                          for failure in result.failures]
    record["figures"] = compute(results, [engine.name for engine in found], modules)
    record["samples"] = {scenario: result.samples for scenario, result in results.items()}
    return record


def main(argv):
    options = parse(argv)
    try:
        record = run(options)
    except (BuildError, ConfigError, OSError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 2
    print(report_text.render(record))
    write(options.json, json.dumps(record, indent=1))
    write(options.html, report_html.render(record))
    return 1 if any(row["ours"] or row["wrong"] for row in record["failures"]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
