#!/usr/bin/env python3
"""op_seeds - one module per operation of ops.def and form of its operands, as a script of text
modules for wast2json.

usage: op_seeds OUT.wast

Each operand comes from a constant, a parameter, memory, a call's result, or another operation;
every combination is a module with one exported function "f" that calls the operation and
returns, stores or branches on the result. Operations whose type depends on context (sig HAND)
have a list of bodies each in CONTEXT; a row that is missing there is an error, so that a new
operation is not forgotten. The build writes the modules to build/*/corpus/ops, where the replay
tests and ci/cmin.sh find them.
"""
import itertools
import sys

import opsdef

TYPES = {"i": "i32", "l": "i64", "f": "f32", "d": "f64", "V": "v128", "a": "i32"}

CONSTANTS = {
    "i32": ["-1", "31", "0x80000000", "0"],
    "i64": ["-1", "63", "0x8000000000000000", "0x100000000"],
    "f32": ["-0", "1.5", "nan:0x200000", "2147483648"],
    "f64": ["-0", "1.5", "nan:0x4000000000000", "9223372036854775808"],
    "v128": ["i64x2 1 -1"],
}
ADDRESSES = ["16", "65528", "65536"]

FORMS = ["const", "param", "memory", "call", "computed"]

# One memory, tables of both kinds, globals of every type, segments, two functions: what an
# operation may name. Index 0 each, and 1 where an instruction takes two.
FRAME = """
  (type $v (func)) (type $ii (func (param i32) (result i32)))
  (import "spectest" "print_i32" (func $import (param i32)))
  (memory (export "m") 1 3)
  (table $t (export "t") 8 20 funcref) (table $u 6 12 funcref) (table $x 4 9 externref)
  (global $gi32 (export "gi") (mut i32) (i32.const 7)) (global $gi64 (mut i64) (i64.const -7))
  (global $gf32 (mut f32) (f32.const 0.5)) (global $gf64 (mut f64) (f64.const -2.5))
  (elem (i32.const 0) $one $two $one) (elem $e func $two $one $two) (elem declare func $one $two)
  (data (i32.const 0) "\\ff\\00\\80\\7f\\01\\00\\00\\80\\00\\00\\c0\\7f\\12\\34\\56\\78\\ff\\ff\\ff\\ff\\ff\\ff\\ff\\ff")
  (data $d "\\01\\02\\03\\04\\05\\06\\07\\08")
  (func $one (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $two (param i32) (result i32) (i32.mul (local.get 0) (i32.const -3)))
  (func $call_i32 (result i32) (global.get $gi32)) (func $call_i64 (result i64) (global.get $gi64))
  (func $call_f32 (result f32) (global.get $gf32)) (func $call_f64 (result f64) (global.get $gf64))
"""

# Bodies with (param $i i32) (param $l i64) (param $f f32) (param $d f64) (result i32).
CONTEXT = {
    "unreachable": ["unreachable", "(if (local.get $i) (then unreachable)) (i32.const 1)"],
    "block": ["(block (result i32) (br_if 0 (local.get $i) (local.get $i)) drop (i32.const 2))"],
    "loop": ["(loop $a (br_if $a (local.tee $i (i32.shr_u (local.get $i) (i32.const 3))))) "
             "(local.get $i)",
             "(local.get $i) (loop $a (param i32) (result i32) (i32.const 1) i32.shr_u local.tee $i "
             "local.get $i local.get $i br_if $a drop)"],
    "if": ["(if (result i32) (local.get $i) (then (i32.const 3)) (else (local.get $i)))",
           "(if (f32.lt (local.get $f) (f32.const 0)) (then (local.set $i (i32.const 4)))) (local.get $i)"],
    "else": ["(if (result i32) (i64.eqz (local.get $l)) (then (local.get $i)) (else (i32.const 5)))"],
    "end": ["(block (block (block))) (local.get $i)"],
    "br": ["(block $a (result i32) (br $a (local.get $i)))",
           "(block $a (result i32 i64) (br $a (local.get $i) (local.get $l))) drop"],
    "br_if": ["(block $a (result i32) (br_if $a (i32.const 6) (local.get $i)) drop (i32.const 7))",
              "(block $a (br_if $a (f64.gt (local.get $d) (f64.const 1)))) (local.get $i)",
              "(block $a (br_if $a (i64.lt_u (local.get $l) (i64.const 9))) "
              "(local.set $i (i32.const 8))) (local.get $i)"],
    "br_table": ["(block $a (block $b (block $c (br_table $a $b $c (local.get $i))) "
                 "(return (i32.const 1))) (return (i32.const 2))) (i32.const 3)",
                 "(block $a (result i32) (block $b (result i32) (br_table $a $b (i32.const 9) "
                 "(local.get $i))) (i32.const 1) i32.add)",
                 "(block $a (br_table $a (local.get $i))) (local.get $i)"],
    "return": ["(return (local.get $i))", "(drop (return (i32.const 1) ))",
               "(if (local.get $i) (then (return (i32.const 2)))) (i32.const 3)"],
    "call": ["(call $one (call $two (local.get $i)))", "(call $import (local.get $i)) (i32.const 1)",
             "(local.get $i) (local.get $i) (call $one (i32.const 4)) i32.add i32.sub"],
    "call_indirect": ["(call_indirect $t (type $ii) (local.get $i) (local.get $i))",
                      "(call_indirect $u (type $ii) (i32.const 1) (local.get $i))",
                      "(call_indirect $t (type $ii) (i32.const 1) (i32.const 0))",
                      "(call_indirect $t (type $v) (local.get $i)) (i32.const 1)",
                      "(call_indirect $t (type $v) (i32.const 1)) (i32.const 1)"],
    "drop": ["(drop (local.get $d)) (drop (call $one (i32.const 1))) (local.get $i)"],
    "select": ["(select (local.get $i) (i32.const 1) (local.get $i))",
               "(i32.trunc_sat_f64_s (select (local.get $d) (f64.const 3) (local.get $i)))",
               "(i32.wrap_i64 (select (i64.const 5) (local.get $l) (i32.lt_s (local.get $i) (i32.const 3))))",
               "(i32.reinterpret_f32 (select (local.get $f) (f32.const 3) "
               "(f32.le (local.get $f) (f32.const 4))))"],
    "select_t": ["(select (result i32) (i32.const 1) (local.get $i) (i64.eqz (local.get $l)))",
                 "(ref.is_null (select (result funcref) (ref.func $one) (ref.null func) (local.get $i)))"],
    "local_get": ["(local.get $i)", "(local.get $i) (local.set $i (i32.const 3)) (local.get $i) i32.sub"],
    "local_set": ["(local.set $i (i32.const -1)) (local.get $i)",
                  "(local.set $d (f64.neg (local.get $d))) (i32.trunc_sat_f64_s (local.get $d))"],
    "local_tee": ["(i32.add (local.tee $i (call $one (local.get $i))) (local.get $i))"],
    "global_get": ["(global.get $gi32)", "(i32.wrap_i64 (global.get $gi64))",
                   "(i32.reinterpret_f32 (global.get $gf32))",
                   "(i32.trunc_sat_f64_u (global.get $gf64))"],
    "global_set": ["(global.set $gi32 (local.get $i)) (global.get $gi32)",
                   "(global.set $gi64 (local.get $l)) (global.set $gf32 (local.get $f)) "
                   "(global.set $gf64 (local.get $d)) (i32.wrap_i64 (global.get $gi64))",
                   "(global.set $gi64 (i64.const -1)) (local.get $i)"],
    "table_get": ["(ref.is_null (table.get $t (local.get $i)))",
                  "(ref.is_null (table.get $x (i32.const 3)))"],
    "table_set": ["(table.set $t (local.get $i) (ref.func $two)) (local.get $i)",
                  "(table.set $x (i32.const 4) (ref.null extern)) (local.get $i)"],
    "ref_null": ["(ref.is_null (ref.null func))", "(ref.is_null (ref.null extern))"],
    "ref_is_null": ["(ref.is_null (table.get $t (i32.and (local.get $i) (i32.const 7))))"],
    "ref_func": ["(ref.is_null (ref.func $two))", "(table.set $t (i32.const 5) (ref.func $two)) "
                 "(call_indirect $t (type $ii) (local.get $i) (i32.const 5))"],
    "memory_copy": ["(memory.copy (i32.const 4) (i32.const 0) (i32.const 20)) (i32.load (i32.const 8))",
                    "(memory.copy (i32.const 0) (i32.const 4) (local.get $i)) (i32.load (i32.const 8))"],
    "table_init": ["(table.init $t $e (i32.const 3) (i32.const 0) (i32.const 3)) (table.size $t)",
                   "(table.init $u $e (local.get $i) (i32.const 1) (i32.const 2)) (table.size $u)"],
    "table_copy": ["(table.copy $u $t (i32.const 1) (i32.const 0) (i32.const 3)) "
                   "(ref.is_null (table.get $u (i32.const 1)))",
                   "(table.copy $t $t (i32.const 1) (i32.const 0) (local.get $i)) (table.size $t)"],
    "table_grow": ["(table.grow $t (ref.func $one) (local.get $i))",
                   "(table.grow $x (ref.null extern) (i32.const 2))"],
    "table_size": ["(table.size $t)", "(i32.add (table.size $x) (table.size $u))"],
    "table_fill": ["(table.fill $t (i32.const 2) (ref.func $one) (i32.const 4)) (table.size $t)",
                   "(table.fill $t (local.get $i) (ref.null func) (local.get $i)) (table.size $t)"],
}

IMMEDIATES = {
    "NONE": [""], "MEMORY": [""], "DATA": [" $d"], "ELEM": [" $e"], "DATA_MEMORY": [" $d"],
    "MEMARG": ["", " offset=65530", " offset=4294967295"],
    "I32": [" -7", " 0x7fffffff"], "I64": [" 0x80000000", " -1"],
    "F32": [" nan:0x1", " 0x1p-149"], "F64": [" nan:0x1", " 0x1p-1074"],
}


def operand(kind, form, which, row):
    """Text of operand number `which` of type kind, in one of FORMS."""
    t = TYPES[kind]
    parameter = "i" if kind == "a" else kind
    if form == "const":
        values = ADDRESSES if kind == "a" else CONSTANTS[t]
        return f"({t}.const {values[(row + which) % len(values)]})"
    if form == "param":
        return f"(local.get ${parameter})"
    if form == "memory":
        return f"({t}.load (i32.const {8 * which}))"
    if form == "call":
        return f"(call $call_{t})"
    one = f"({t}.const 3)"
    return f"({t}.{'sub' if kind in 'fd' else 'add'} (local.get ${parameter}) {one})"


def consume(result, text, use):
    """A body that uses the result of type `result` ("" for none) and leaves an i32."""
    if result == "":
        return f"{text} (i32.load8_u (i32.const 17))"
    t = TYPES[result]
    if use == "branch" and t == "i32":
        return f"(if (result i32) {text} (then (i32.const 1)) (else (local.get $i)))"
    if use == "store":
        return f"({t}.store (i32.const 24) {text}) (i32.load (i32.const 24))"
    as_i32 = {"i32": "{}", "i64": "(i32.wrap_i64 (i64.xor {0} (i64.const 0x500000005)))",
              "f32": "(i32.reinterpret_f32 {})", "f64": "(i32.wrap_i64 (i64.reinterpret_f64 {}))"}
    return as_i32[t].format(text)


def module(body):
    return (f"(module {FRAME}  (func (export \"f\") (param $i i32) (param $l i64) (param $f f32) "
            f"(param $d f64) (result i32)\n    {body})\n)\n")


def typed_bodies(number, op):
    operands, results = op.sig
    uses = itertools.cycle(["value", "store", "branch"])
    for forms in itertools.product(FORMS if len(operands) < 3 else FORMS[:3],
                                   repeat=len(operands)):
        immediates = IMMEDIATES[op.imm]
        for immediate in immediates if len(operands) < 2 else immediates[:2]:
            inner = " ".join(operand(k, form, i, number) for i, (k, form)
                             in enumerate(zip(operands, forms)))
            yield consume(results, f"({op.text}{immediate} {inner})", next(uses))


def bodies(number, op):
    if op.sig is not None:
        return typed_bodies(number, op)
    if op.name not in CONTEXT:
        raise SystemExit(f"op_seeds: no bodies for {op.name}, whose type depends on context")
    return CONTEXT[op.name]


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for number, op in enumerate(opsdef.ops()):
            for body in bodies(number, op):
                out.write(module(body))


if __name__ == "__main__":
    main()
