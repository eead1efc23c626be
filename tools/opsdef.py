"""opsdef - the rows of engine/wasm/ops.def and features.def, for scripts.

Reads the same text that the C compiler reads, so a new row joins every script at once. A row
that does not look like one is an error with its line, never skipped.
"""
import os
import re
from collections import namedtuple

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
OPS = os.path.join(ROOT, "engine/wasm/ops.def")

Op = namedtuple("Op", "name code text imm sig width traps feature")

ROW = re.compile(
    r'WX_OP\((\w+),\s*0x([0-9A-Fa-f]{6}),\s*"([^"]+)",\s*(\w+),\s*(\w+),\s*(\d+),'
    r'\s*([\w |]+?),\s*(\w+)\)\s*')


def ops(path=OPS):
    """All rows, in the order of the file. sig is None for HAND rows, else (operands, results)."""
    rows = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.startswith("WX_OP("):
                continue
            match = ROW.fullmatch(line)
            if match is None:
                raise SystemExit(f"{path}:{number}: not a row of ops.def")
            name, code, text, imm, sig, width, traps, feature = match.groups()
            rows.append(Op(name, int(code, 16), text, imm, signature(sig), int(width),
                           () if traps == "NONE" else tuple(re.split(r"\s*\|\s*", traps)),
                           feature))
    if not rows:
        raise SystemExit(f"{path}: no rows")
    return rows


def signature(sig):
    if sig == "HAND":
        return None
    operands, results = sig.split("_")
    return operands.replace("v", ""), results.replace("v", "")
