#!/usr/bin/env python3
"""run_cases.py - runs commands and compares what they print and how they exit.

usage: run_cases.py WX FOLDER CASES...      the commands run in a copy of FOLDER

A case is a block of lines; blocks are separated by empty lines:

    # what the case shows
    $ wx run numbers.wasm --invoke add 1 2       a line of bash, with wx as a function
    i32:3                                        lines of standard output
    ! wx run: ...                                lines of standard error
    = 1                                          the exit code; 0 when not given

A line that ends in a backslash goes on in the next. "..." in an expected line stands for any
text in that line, a line "..." for any lines; "|" at the start of an expected line is dropped,
so that "|" alone is an empty line.
"""
import re
import shutil
import subprocess
import sys
import tempfile


def read_cases(path):
    with open(path, encoding="utf-8") as file:
        text = file.read().replace("\\\n", "")
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if not lines:
            continue
        case = {"command": "", "out": [], "err": [], "code": 0}
        for line in lines:
            if line.startswith("$ "):
                case["command"] += line[2:] + "\n"
            elif line.startswith("! "):
                case["err"].append(line[2:])
            elif line.startswith("= "):
                case["code"] = int(line[2:])
            else:
                case["out"].append(line[1:] if line.startswith("|") else line)
        if not case["command"]:
            raise SystemExit(f"{path}: a case without a command:\n{block}")
        yield case


def pattern(expected):
    """A regular expression of the expected lines."""
    parts = []
    for line in expected:
        if line == "...":
            parts.append(r"(?:[^\n]*\n)*")
        else:
            parts.append("[^\n]*".join(map(re.escape, line.split("..."))) + r"\n")
    return "".join(parts)


def differences(case, run):
    if run.returncode != case["code"]:
        yield f"exit code {run.returncode}, want {case['code']}"
    for name, got, want in (("stdout", run.stdout, case["out"]),
                            ("stderr", run.stderr, case["err"])):
        if not re.fullmatch(pattern(want), got):
            yield f"{name}:\n{got}-- want:\n" + "".join(line + "\n" for line in want)


def run_case(case, wx, folder):
    script = 'wx() { "$WX" "$@"; }\n' + case["command"]
    run = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True,
                         encoding="utf-8", errors="backslashreplace",
                         stdin=subprocess.DEVNULL, timeout=60, check=False,
                         env={"PATH": "/usr/bin:/bin", "WX": wx})
    found = list(differences(case, run))
    if found:
        print(f"FAIL $ {case['command'].strip()}")
        for difference in found:
            print(f"  {difference}")
    return not found


def main():
    wx, folder, *files = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        copy = shutil.copytree(folder, f"{scratch}/cases")
        results = [run_case(case, wx, copy) for path in files for case in read_cases(path)]
    print(f"{sum(results)} of {len(results)} cases passed")
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main()
