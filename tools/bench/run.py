#!/usr/bin/env python3
"""run.py - runs the benchmark programs in every engine at hand, side by side.

    tools/bench/run.py --wx build/release/bin/wx [--runs 3] [--json FILE] [PROGRAM...]

Each program is compiled to wasm32-wasi with clang-22 -O2 and to native code with -O3.  Runs are
interleaved; what is reported is the best kernel time (the program times itself, so start-up is
excluded) relative to native, and geometric means.  A wrong checksum is an error.
"""
import argparse, json, math, os, re, shlex, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CLANG = os.environ.get("CLANG", "clang-22")


def compile_programs(names, out):
    made = {}
    for name in names:
        source = f"{HERE}/programs/{name}.c"
        native, wasm = f"{out}/{name}", f"{out}/{name}.wasm"
        sources = [source, f"{HERE}/common/bench.c"]
        if "\nint main(" not in open(source).read():
            sources.append(f"{HERE}/common/repeat.c")
        common = [CLANG, "-std=gnu11", f"-I{HERE}/common", *sources, "-lm"]
        # -ffp-contract=off: Wasm has no fused multiply-add, the checksums must agree
        subprocess.run(common + ["-O3", "-ffp-contract=off", "-o", native], check=True)
        subprocess.run(common + ["-O2", "--target=wasm32-wasi", "-Wno-deprecated", "-o", wasm], check=True)
        made[name] = (native, wasm)
    return made


def engines(wx):
    found, missing = {}, []
    for line in open(f"{HERE}/engines.txt"):
        if line.startswith("#") or "|" not in line:
            continue
        name, command = (part.strip() for part in line.split("|"))
        argv = shlex.split(command.replace("{wx}", wx).replace("{bench}", HERE))
        if shutil.which(argv[0]) is None:
            missing.append(name)
        else:
            found[name] = argv
    return found, missing


def run_once(argv):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=600)
    text = done.stdout
    sum_, ms = re.search(r"checksum (\w+)", text), re.search(r"best_ns (\d+)", text)
    if done.returncode != 0 or not sum_ or not ms:
        raise RuntimeError(f"{argv}: exit {done.returncode}: {done.stderr.strip()[:200]}")
    return sum_.group(1), int(ms.group(1)) / 1e6


def geomean(values):
    return math.exp(sum(math.log(v) for v in values) / len(values))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--wx", default="build/release/bin/wx")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json")
    parser.add_argument("programs", nargs="*")
    options = parser.parse_args()
    names = options.programs or sorted(
        f[:-2] for f in os.listdir(f"{HERE}/programs") if f.endswith(".c"))
    found, missing = engines(options.wx)
    best, wrong = {}, []
    with tempfile.TemporaryDirectory() as out:
        made = compile_programs(names, out)
        for _ in range(options.runs):
            for name in names:
                native, wasm = made[name]
                want, ms = run_once([native])
                best[name, "native"] = min(ms, best.get((name, "native"), 1e300))
                for engine, argv in found.items():
                    try:
                        got, ms = run_once([a.replace("{wasm}", wasm) for a in argv])
                    except (RuntimeError, subprocess.TimeoutExpired) as error:
                        wrong.append(f"{name} in {engine}: {error}")
                        continue
                    if got != want:
                        wrong.append(f"{name} in {engine}: checksum {got}, want {want}")
                    best[name, engine] = min(ms, best.get((name, engine), 1e300))
    print(f"{'program':12}{'native ms':>11}" + "".join(f"{e:>13}" for e in found))
    for name in names:
        base = best[name, "native"]
        cells = "".join(f"{best[name, e] / base:13.2f}" if (name, e) in best else f"{'-':>13}"
                        for e in found)
        print(f"{name:12}{base:11.2f}{cells}")
    means = {e: geomean([best[n, e] / best[n, "native"] for n in names if (n, e) in best])
             for e in found if any((n, e) in best for n in names)}
    print(f"{'geomean':23}" + "".join(f"{means.get(e, float('nan')):13.2f}" for e in found))
    for engine in missing:
        print(f"not on this machine: {engine}")
    if options.json:
        rows = [{"program": n, "engine": e, "ms": ms} for (n, e), ms in sorted(best.items())]
        json.dump({"rows": rows, "geomean": means}, open(options.json, "w"), indent=1)
    for line in sorted(set(wrong)):
        print(f"error: {line}", file=sys.stderr)
    return 1 if wrong else 0


sys.exit(main())
