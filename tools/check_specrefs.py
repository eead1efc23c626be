#!/usr/bin/env python3
"""check_specrefs.py - every label cited as `spec: label` exists in the specification.

Sources cite the WebAssembly core specification by the labels of its own source, as in
    /* spec: op-idiv */    or    /* spec: valid-module, binary-module */
never by section numbers, which move. tools/spec_labels.txt holds the labels; it is made by

    check_specrefs.py --labels SPEC_CHECKOUT > tools/spec_labels.txt

usage: check_specrefs.py [ROOT]    prints FILE:LINE for each label that does not exist
"""
import glob
import os
import re
import sys

CITATION = re.compile(r"\bspec: ?([\w.-]+(?:, ?[\w.-]+)*)")
SOURCES = (".c", ".h", ".def", ".S")


def print_labels(checkout):
    labels = set()
    for path in glob.glob(f"{checkout}/document/core/**/*.rst", recursive=True):
        with open(path, encoding="utf-8") as page:
            labels.update(re.findall(r"^ *\.\. _([^:`\s]+):\s*$", page.read(), re.M))
    print("\n".join(sorted(labels)))


def citations(path):
    with open(path, encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            for match in CITATION.finditer(line):
                for label in re.split(", ?", match[1]):
                    yield number, label.rstrip(".")


def main():
    if sys.argv[1:2] == ["--labels"]:
        print_labels(sys.argv[2])
        return
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..")
    with open(os.path.join(root, "tools", "spec_labels.txt"), encoding="utf-8") as rows:
        labels = set(rows.read().split())
    errors = []
    for folder in ("engine", "fuzz"):
        for path, _, names in sorted(os.walk(os.path.join(root, folder))):
            for name in sorted(n for n in names if n.endswith(SOURCES)):
                source = os.path.join(path, name)
                for number, label in citations(source):
                    if label not in labels:
                        where = os.path.relpath(source, root)
                        errors.append(f"{where}:{number}: no label {label} in the specification")
    print("\n".join(errors) if errors else "spec labels: ok")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
