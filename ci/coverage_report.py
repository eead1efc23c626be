#!/usr/bin/env python3
"""coverage_report - a table of lines and regions by file, from llvm-cov's summary.

usage: coverage_report [--bar PERCENT] COVERAGE.json REPORT.md

Only files of engine/ count. Exit 1 when less than PERCENT of their lines are covered.
"""
import argparse
import json
import os

HEAD = """# Coverage of engine/ by the committed corpus alone

Made by `ci/coverage.sh`: clang's source-based coverage of one replay of the corpus by every fuzz
target; nothing is fuzzed. Handlers of the interpreter that a header generates count where they are
written, once for all dispatchers. Compiled code is not in the table: the matrix of operations
(`fuzz_matrix`) speaks about that. Regions of the interpreter are low as every handler is expanded
for each place of its operands, and most inputs need few of them.

What is not reached: `engine/wasi`, which no fuzz target calls (its tests are C programs under
CTest); memory that the system refuses, in `api`, `runtime` and `x64`; the mending of code memory
after a fork (`codefork.c`); getters of the API that only embedders call.

"""


def rows(path):
    """(file, lines, lines covered, regions, regions covered), sorted by file."""
    with open(path, encoding="utf-8") as file:
        files = json.load(file)["data"][0]["files"]
    found = []
    for entry in files:
        name = entry["filename"]
        if "/engine/" not in name:
            continue
        summary = entry["summary"]
        found.append((name[name.rindex("/engine/") + 1:],
                      summary["lines"]["count"], summary["lines"]["covered"],
                      summary["regions"]["count"], summary["regions"]["covered"]))
    if not found:
        raise SystemExit(f"{path}: no files of engine/")
    return sorted(found)


def percent(covered, count):
    return 100.0 * covered / count if count else 100.0


def total(name, found):
    return (name, *(sum(row[i] for row in found) for i in range(1, 5)))


def line(row, mark=""):
    name, lines, lines_covered, regions, regions_covered = row
    return (f"| {mark}{name}{mark} | {lines} | {lines - lines_covered} "
            f"| {percent(lines_covered, lines):.1f} % "
            f"| {regions} | {percent(regions_covered, regions):.1f} % |\n")


def table_head(first):
    text = f"| {first} | lines | not reached | lines reached | regions | regions reached |\n"
    return text + "|---|---:|---:|---:|---:|---:|\n"


def folders(found):
    names = sorted({os.path.dirname(row[0]) for row in found})
    return [total(name, [row for row in found if os.path.dirname(row[0]) == name])
            for name in names]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bar", type=float, default=90.0)
    parser.add_argument("json")
    parser.add_argument("report")
    arguments = parser.parse_args()
    found = rows(arguments.json)
    whole = total("engine", found)
    text = HEAD + table_head("folder") + "".join(line(row) for row in folders(found))
    text += line(whole, "**") + "\n" + table_head("file") + "".join(line(row) for row in found)
    with open(arguments.report, "w", encoding="utf-8") as out:
        out.write(text)
    reached = percent(whole[2], whole[1])
    print(f"engine/: {reached:.1f} % of {whole[1]} lines, "
          f"{percent(whole[4], whole[3]):.1f} % of {whole[3]} regions")
    if reached < arguments.bar:
        raise SystemExit(f"less than {arguments.bar:g} % of the lines")


if __name__ == "__main__":
    main()
