#!/usr/bin/env python3
"""hot_loops.py - the hottest loop of programs in machine code: wx's, Liftoff's and clang's.

usage: hot_loops.py --wx WX [--node NODE] [--cache DIR] PROGRAM...

Samples each program under `perf record`, finds the instruction with the most samples, and prints
the smallest loop around it (a jump backwards over it, within one function) that has a quarter
of all samples, or what is around it if that loop is very long; each instruction with its share of
the samples in percent. Compiled code of wx is printed by wx-disasm, which must lie beside WX, that
of V8 by node itself, native code by objdump. Jump tables are printed as if they were instructions.
Needs perf. Output is Markdown.
"""
import argparse
import bisect
import collections
import os
import re
import subprocess
import sys
import tempfile
import tomllib

from program_list import BuildError, Builder, default_cache, own_programs, real_programs

HERE = os.path.dirname(os.path.abspath(__file__))
FREQUENCY = 5000
REPETITIONS = "40"
LONGEST = 32  # instructions of a loop that are printed
LOOP = 1000   # of what counts as a loop


class Missing(Exception):
    """What a listing needs and is not there."""


def run(command):
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise Missing(f"{command[0]}: {error.strerror}") from error
    return done.stdout.decode(errors="replace")


def sample(command, fields="pid,ip"):
    """Runs the command under perf; its output, and a list of samples, each a list of fields."""
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "perf.data")
        printed = run(["perf", "record", "-q", "-F", str(FREQUENCY), "-o", data, *command])
        lines = run(["perf", "script", "-i", data, "-F", fields]).splitlines()
    samples = [line.split() for line in lines if line.strip()]
    if not samples:
        raise Missing("perf took no samples")
    return printed, samples


class Code:
    """Instructions by address, their texts and samples."""

    def __init__(self):
        self.at, self.text, self.target, self.count = [], {}, {}, collections.Counter()

    def add(self, address, text, target):
        self.at.append(address)
        self.text[address] = text
        if target is not None:
            self.target[address] = target

    def loop(self):
        """The addresses of the smallest hot loop; those around the hottest if there is none."""
        self.at.sort()
        total = sum(self.count.values())
        if total == 0:
            raise Missing("no samples in this code")
        hottest = max(self.at, key=lambda a: self.count[a])
        best = None
        for jump, target in self.target.items():
            if target <= hottest <= jump:
                first, last = bisect.bisect_left(self.at, target), self.at.index(jump)
                inside = self.at[first:last + 1]
                share = sum(self.count[a] for a in inside)
                if share * 4 >= total and len(inside) < (len(best) if best else LOOP):
                    best = inside
        if best is None:
            middle = self.at.index(hottest)
            best = self.at[max(0, middle - 12):middle + 12]
        return best

    def listing(self):
        inside, lines = self.loop(), []
        total = sum(self.count.values())
        for address in inside[:LONGEST]:
            lines.append(f"{100 * self.count[address] / total:5.1f}  {self.text[address]}")
        if len(inside) > LONGEST:
            lines.append(f"       ... {len(inside) - LONGEST} more")
        share = 100 * sum(self.count[a] for a in inside) / total
        return f"{len(inside)} instructions, {share:.0f} % of the function's samples", lines


def wx_code(wx, wasm):
    _, samples = sample([wx, "run", "--tier", "baseline", "--perf-map", wasm, REPETITIONS])
    path = f"/tmp/perf-{samples[0][0]}.map"
    functions = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            start, size, name = line.split(" ", 2)
            functions.append((int(start, 16), int(size, 16), re.findall(r"\d+", name)[0]))
    os.unlink(path)
    counts = collections.defaultdict(collections.Counter)
    for _, ip in samples:
        for start, size, index in functions:
            if start <= int(ip, 16) < start + size:
                counts[index][int(ip, 16) - start] += 1
    if not counts:
        raise Missing("no samples in compiled code")
    index = max(counts, key=lambda i: sum(counts[i].values()))
    code = Code()
    code.count = counts[index]
    printed = run([os.path.join(os.path.dirname(wx), "wx-disasm"), "--function", index, wasm])
    for line in printed.splitlines():
        found = re.match(r"\s+\+0x([0-9a-f]+)  (?:[0-9a-f]{2} )+\s*([^;]*)", line)
        if found:
            text = found[2].strip()
            jump = re.match(r"j\w+ 0x([0-9a-f]+)$", text)
            code.add(int(found[1], 16), text, int(jump[1], 16) if jump else None)
    return code


def liftoff_code(node, wasm):
    """The function of wasm code that has the most samples, as node prints it."""
    printed, samples = sample([node, "--no-warnings", "--liftoff-only", "--single-threaded",
                               "--print-wasm-code", os.path.join(HERE, "wasi.mjs"), wasm,
                               REPETITIONS])
    bodies, current = [], None
    for line in printed.splitlines():
        found = re.match(r"0x([0-9a-f]+) +[0-9a-f]+ +[0-9a-f]+ +(\S.*)", line)
        if line.startswith("--- WebAssembly code"):
            current = Code()
            bodies.append(current)
        elif current is not None and found:
            text = re.sub(r"^REX\.W ", "", found[2])
            jump = re.match(r"j\w+ 0x([0-9a-f]+)", text)
            text = re.sub(r"^(j\w+) 0x[0-9a-f]+ +<(\+0x[0-9a-f]+)>", r"\1 \2", text)
            code_at = int(found[1], 16)
            current.add(code_at, text, int(jump[1], 16) if jump else None)
    owner = {address: body for body in bodies for address in body.at}
    for _, ip in samples:
        if int(ip, 16) in owner:
            owner[int(ip, 16)].count[int(ip, 16)] += 1
    if not bodies:
        raise Missing("node printed no code")
    return max(bodies, key=lambda body: sum(body.count.values()))


def native_code(program):
    """The function of the program that has the most samples; addresses are of the file."""
    _, samples = sample([program, REPETITIONS], "ip,sym,symoff,dso")
    name = os.path.basename(program)
    counts = collections.Counter()
    for fields in samples:
        if len(fields) >= 3 and name in fields[-1]:
            counts[fields[1]] += 1
    printed = run(["objdump", "-d", "-M", "intel", "--no-show-raw-insn", program])
    starts = {m[2]: int(m[1], 16) for m in re.finditer(r"^([0-9a-f]+) <(\S+)>:$", printed, re.M)}
    by_function = collections.defaultdict(collections.Counter)
    for place, n in counts.items():
        symbol, _, offset = place.partition("+")
        if symbol in starts:
            by_function[symbol][starts[symbol] + int(offset or "0", 16)] += n
    if not by_function:
        raise Missing("no samples in native code")
    hottest = max(by_function, key=lambda f: sum(by_function[f].values()))
    code = Code()
    code.count = by_function[hottest]
    body = printed[printed.index(f"<{hottest}>:\n"):].split("\n\n", 1)[0]
    for found in re.finditer(r"^ +([0-9a-f]+):\t(.*)$", body, re.M):
        text = re.sub(r"\s+", " ", found[2].split("#")[0]).strip()
        jump = re.match(r"j\w+ ([0-9a-f]+)", text)
        text = re.sub(r"^(j\w+) [0-9a-f]+ <\S+?(\+0x[0-9a-f]+)?>", r"\1 \2", text)
        code.add(int(found[1], 16), text, int(jump[1], 16) if jump else None)
    return code


def show(title, make):
    try:
        what, lines = make().listing()
    except (Missing, BuildError) as problem:
        print(f"{title}: {problem}\n")
        return
    print(f"{title}: {what}\n")
    print("\n".join("    " + line for line in lines) + "\n")


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--wx", required=True)
    parser.add_argument("--node", default="node")
    parser.add_argument("--cache", default=default_cache())
    parser.add_argument("programs", nargs="+")
    options = parser.parse_args(argv)
    with open(os.path.join(HERE, "engines.toml"), "rb") as file:
        recipe = tomllib.load(file)
    builder = Builder(recipe["build"], options.cache)
    native = recipe["engine"]["native"]["build"]
    known = {p.name: p for p in own_programs() + real_programs(options.cache)[0]}
    unknown = [name for name in options.programs if name not in known]
    if unknown:
        print(f"hot_loops: no program {unknown[0]}", file=sys.stderr)
        return 2
    for name in options.programs:
        wasm = builder.wasm(known[name])
        print(f"### {name}\n", flush=True)
        show("wx baseline", lambda: wx_code(os.path.abspath(options.wx), wasm))
        show("Liftoff", lambda: liftoff_code(options.node, wasm))
        show("clang", lambda: native_code(builder.native(known[name], native)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
