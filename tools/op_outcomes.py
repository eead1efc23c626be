#!/usr/bin/env python3
"""op_outcomes - modules in which each operation of ops.def runs to its end, and meets each trap
of its row, with every operand from a constant, a local, or memory.

usage: op_outcomes OUT.wast

Each module exports one function "f" without parameters, so that whoever calls anything gets that
outcome: `wx spec` checks the traps, and the replay programs take the modules as inputs. The
matrix (fuzz_matrix --check) fails when an operation is missing here and everywhere else. Rows
whose type depends on context (sig HAND) are in HAND below; one that is missing is an error, so
that a new operation is not forgotten.
"""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
ROW = re.compile(r'^WX_OP\((\w+),\s*0x\w+,\s*"([^"]+)",\s*(\w+),\s*(\w+),\s*\d+,\s*([A-Z_ |]+),\s*\w+\)',
                 re.M)
TRAP = re.compile(r'^WX_TRAP\((\w+),\s*"([^"]+)"\)', re.M)
TYPES = {"i": "i32", "l": "i64", "f": "f32", "d": "f64", "a": "i32"}
FORMS = ["const", "local", "memory"]

# What ordinary operands are, by type; addresses and lengths are small.
ORDINARY = {"i": "5", "l": "5", "f": "2.5", "d": "2.5", "a": "8"}
IMMEDIATES = {"I32": " 7", "I64": " 7", "F32": " 1.5", "F64": " 1.5", "DATA": " $d",
              "DATA_MEMORY": " $d", "ELEM": " $e"}
LEAST = {"i": "0x80000000", "l": "0x8000000000000000"}

FRAME = """(memory 1 2) (data $d "12345678")
  (type $v (func)) (type $ii (func (param i32) (result i32)))
  (table $t 4 8 funcref) (table $u 4 8 funcref) (elem (i32.const 1) $one) (elem $e func $one)
  (global $g (mut i32) (i32.const 3)) (func $one (param i32) (result i32) (local.get 0))"""

# Body by outcome: None for the end, else the trap. {0}, {1}, ... are i32 operands that follow.
HAND = {
    "unreachable": [("UNREACHABLE", "unreachable", [])],
    "nop": [(None, "nop", [])],
    "block": [(None, "(block (br_if 0 {0}))", ["1"])],
    "loop": [(None, "(loop (br_if 0 (i32.and {0} (i32.const 0))))", ["1"])],
    "if": [(None, "(if {0} (then))", ["1"])],
    "else": [(None, "(if {0} (then (global.set $g (i32.const 1))) (else (global.set $g (i32.const 2))))",
              ["1"])],
    "end": [(None, "(block)", [])],
    "br": [(None, "(block (br 0))", [])],
    "br_if": [(None, "(block (br_if 0 {0}))", ["0"])],
    "br_table": [(None, "(block (br_table 0 0 0 0 0 {0}))", ["2"])],
    "return": [(None, "(return)", [])],
    "call": [(None, "(drop (call $one {0}))", ["3"])],
    "call_indirect": [(None, "(drop (call_indirect $t (type $ii) {0} {1}))", ["3", "1"]),
                      ("TABLE_INDEX", "(drop (call_indirect $t (type $ii) {0} {1}))", ["3", "4"]),
                      ("NULL_FUNC", "(drop (call_indirect $t (type $ii) {0} {1}))", ["3", "2"]),
                      ("SIGNATURE", "(call_indirect $t (type $v) {0})", ["1"])],
    "drop": [(None, "(drop {0})", ["3"])],
    "select": [(None, "(drop (select {0} {1} {2}))", ["3", "4", "1"])],
    "select_t": [(None, "(drop (select (result i32) {0} {1} {2}))", ["3", "4", "0"])],
    "local_get": [(None, "(drop (local.get $x))", [])],
    "local_set": [(None, "(local.set $x {0})", ["3"])],
    "local_tee": [(None, "(drop (local.tee $x {0}))", ["3"])],
    "global_get": [(None, "(drop (global.get $g))", [])],
    "global_set": [(None, "(global.set $g {0})", ["3"])],
    "table_get": [(None, "(drop (table.get $t {0}))", ["1"]),
                  ("TABLE_BOUNDS", "(drop (table.get $t {0}))", ["4"])],
    "table_set": [(None, "(table.set $t {0} (ref.null func))", ["1"]),
                  ("TABLE_BOUNDS", "(table.set $t {0} (ref.null func))", ["4"])],
    "ref_null": [(None, "(drop (ref.null func))", [])],
    "ref_is_null": [(None, "(drop (ref.is_null (table.get $t {0})))", ["1"])],
    "ref_func": [(None, "(drop (ref.func $one))", [])],
    "memory_copy": [(None, "(memory.copy {0} {1} {2})", ["8", "0", "8"]),
                    ("MEMORY_BOUNDS", "(memory.copy {0} {1} {2})", ["8", "65535", "2"])],
    "table_init": [(None, "(table.init $t $e {0} {1} {2})", ["0", "0", "1"]),
                   ("TABLE_BOUNDS", "(table.init $t $e {0} {1} {2})", ["4", "0", "1"])],
    "table_copy": [(None, "(table.copy $u $t {0} {1} {2})", ["0", "0", "2"]),
                   ("TABLE_BOUNDS", "(table.copy $u $t {0} {1} {2})", ["3", "0", "2"])],
    "table_grow": [(None, "(drop (table.grow $t (ref.null func) {0}))", ["1"])],
    "table_size": [(None, "(drop (table.size $t))", [])],
    "table_fill": [(None, "(table.fill $t {0} (ref.null func) {1})", ["0", "2"]),
                   ("TABLE_BOUNDS", "(table.fill $t {0} (ref.null func) {1})", ["3", "2"])],
}


def table(path, pattern):
    with open(os.path.join(ROOT, "engine/wasm", path), encoding="utf-8") as rows:
        return pattern.findall(rows.read())


def trapping_operands(trap, letters):
    """Operands of a row with a signature that make it trap."""
    values = [ORDINARY[k] for k in letters]
    if trap == "MEMORY_BOUNDS":
        values[0] = "-1"
    elif trap == "DIV_ZERO":
        values[1] = "0"
    elif trap == "INT_OVERFLOW":
        values = [LEAST[letters[0]], "-1"] if len(letters) == 2 else ["1e30"]
    elif trap == "CONVERSION":
        values[0] = "nan"
    else:
        raise SystemExit(f"op_outcomes: no operands that give {trap}")
    return values


def operand(letter, value, form, which):
    """Instructions before, and the operand itself."""
    t = TYPES[letter]
    constant = f"({t}.const {value})"
    if form == "const":
        return "", constant
    if form == "local":
        return f"(local.set ${t}{which} {constant}) ", f"(local.get ${t}{which})"
    return (f"({t}.store (i32.const {16 + 8 * which}) {constant}) ",
            f"({t}.load (i32.const {16 + 8 * which}))")


def module(before, body, trap):
    names = " ".join(f"(local ${t}{i} {t})" for t in ("i32", "i64", "f32", "f64") for i in range(3))
    text = (f'(module {FRAME}\n  (func (export "f") (local $x i32) {names}\n'
            f"    {before}{body}))\n")
    return text + (f'(assert_trap (invoke "f") "{trap}")\n' if trap else '(assert_return (invoke "f"))\n')


def outcomes(name, text, imm, sig, traps):
    """Of one row: trap or None, body with {0}.. for operands, letters, values."""
    if sig == "HAND":
        if name not in HAND:
            raise SystemExit(f"op_outcomes: {name} depends on context and is not in HAND")
        return [(trap, body, "i" * len(values), values) for trap, body, values in HAND[name]]
    letters, results = sig.split("_")
    letters = "" if letters == "v" else letters
    call = f"({text}{IMMEDIATES.get(imm, '')} " + " ".join(f"{{{i}}}" for i in range(len(letters))) + ")"
    body = call if results == "v" else f"(drop {call})"
    rows = [(None, body, letters, ["1" if imm == "DATA_MEMORY" else ORDINARY[k] for k in letters])]
    for trap in traps:
        rows.append((trap, body, letters, trapping_operands(trap, letters)))
    return rows


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    texts = dict(table("traps.def", TRAP))
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for name, text, imm, sig, traps in table("ops.def", ROW):
            kinds = [t.strip() for t in traps.split("|") if t.strip() not in ("NONE", "STACK")]
            for trap, body, letters, values in outcomes(name, text, imm, sig, kinds):
                for form in FORMS if letters else FORMS[:1]:
                    parts = [operand(k, v, form, i) for i, (k, v) in enumerate(zip(letters, values))]
                    out.write(module("".join(p[0] for p in parts),
                                     body.format(*(p[1] for p in parts)), texts.get(trap)))


if __name__ == "__main__":
    main()
