#!/usr/bin/env python3
"""check_layers.py - no layer of the engine includes a higher one.

The rule is the drawing in docs/architecture.md, the lines that begin with L0 .. L5:

    L4  interp/     baseline/     ways to run; none includes another
    L2  wasm/       (module decode validate sidetable)
    L1  wasm/       (ops.def types)

A folder drawn once has that level. Of a folder drawn twice, the files named in the lower
line have the lower level, all others the higher. Folders of a line that says "none
includes another" may not include one another. engine/include/ is a leaf that everyone
may include and that includes nothing of ours. engine/test/ may include everything.

usage: check_layers.py [ROOT]      prints FILE:LINE for each violation
"""
import os
import re
import sys


def read_drawing(path):
    """folder -> [(level, named files)], lowest first; and the folders that are apart."""
    levels, apart = {}, set()
    with open(path, encoding="utf-8") as doc:
        for line in doc:
            match = re.match(r"    L(\d)\s+(.*)", line)
            if not match:
                continue
            folders = re.findall(r"\b(\w+)/\s*(?:\(([^)]*)\))?", match[2])
            for folder, names in folders:
                levels.setdefault(folder, []).append((int(match[1]), names.split()))
            if "none includes another" in line:
                apart.update(folder for folder, _ in folders)
    for rows in levels.values():
        rows.sort()
    return levels, apart


def level_of(path, levels):
    """The level of a path relative to engine/."""
    folder, name = path.split("/", 1)
    for level, names in levels[folder]:
        if name in names or name.rsplit(".", 1)[0] in names:
            return level
    return levels[folder][-1][0]


def includes(path):
    with open(path, encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            if match:
                yield number, match[1]


def resolve(engine, folder, name):
    """An include as a path relative to engine/, None when it is not a file of ours."""
    for base in (folder, ".", "include"):
        path = os.path.normpath(os.path.join(base, name))
        if os.path.isfile(os.path.join(engine, path)):
            return path
    return None


def violation(source, target, levels, apart):
    from_folder, to_folder = source.split("/")[0], target.split("/")[0]
    if to_folder == "include":
        return None
    if from_folder == "include":
        return "a public header includes nothing of ours"
    if to_folder not in levels:
        return f"{to_folder}/ is not in the drawing"
    if from_folder != to_folder and {from_folder, to_folder} <= apart:
        return f"{from_folder}/ and {to_folder}/ are apart"
    here, there = level_of(source, levels), level_of(target, levels)
    return f"L{here} includes L{there}" if there > here else None


def check(root):
    engine = os.path.join(root, "engine")
    levels, apart = read_drawing(os.path.join(root, "docs", "architecture.md"))
    if not levels:
        return ["docs/architecture.md:1: no drawing of the layers"]
    errors = []
    for folder in sorted(next(os.walk(engine))[1]):
        if folder == "test":
            continue
        if folder not in levels and folder != "include":
            errors.append(f"engine/{folder}:1: not in the drawing of docs/architecture.md")
            continue
        for path, _, names in sorted(os.walk(os.path.join(engine, folder))):
            for name in sorted(names):
                if not name.endswith((".c", ".h", ".def", ".S")):
                    continue
                source = os.path.relpath(os.path.join(path, name), engine)
                for number, included in includes(os.path.join(path, name)):
                    target = resolve(engine, os.path.dirname(source), included)
                    why = target and violation(source, target, levels, apart)
                    if why:
                        errors.append(f"engine/{source}:{number}: includes {target}: {why}")
    return errors


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..")
    errors = check(root)
    print("\n".join(errors) if errors else "layers: ok")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
