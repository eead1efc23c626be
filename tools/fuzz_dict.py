#!/usr/bin/env python3
"""fuzz_dict - writes fuzz/wasm.dict, the dictionary of fuzz_load, from ops.def.

usage: fuzz_dict [--check] FILE

Entries are the opcodes, with an immediate where one belongs, section headers, types, and numbers
in LEB128 at the edges of what the loader accepts: longest, overlong, one bit too large. --check
writes nothing and fails when FILE is not what would be written.
"""
import sys

import opsdef

HEAD = """# wasm.dict - what a mutation may put into a module at once; for fuzz_load, in the format that
# libFuzzer, AFL++ and honggfuzz read. Made by tools/fuzz_dict.py; do not edit.
"""

SECTIONS = ["custom", "type", "import", "function", "table", "memory", "global", "export",
            "start", "element", "code", "data", "data_count"]

TYPES = {"i32": 0x7F, "i64": 0x7E, "f32": 0x7D, "f64": 0x7C, "v128": 0x7B, "funcref": 0x70,
         "externref": 0x6F, "func": 0x60, "empty": 0x40}

# Immediates that make sense in most modules: index 0, few of a kind, small constants.
IMMEDIATES = {
    "NONE": b"", "BLOCK": b"\x40", "LABEL": b"\0", "BR_TABLE": b"\1\0\0", "FUNC": b"\0",
    "CALL_INDIRECT": b"\0\0", "SELECT_T": b"\1\x7f", "LOCAL": b"\0", "GLOBAL": b"\0",
    "TABLE": b"\0", "MEMARG": b"\0\0", "MEMORY": b"\0", "MEMORY_MEMORY": b"\0\0",
    "DATA_MEMORY": b"\0\0", "DATA": b"\0", "ELEM_TABLE": b"\0\0", "ELEM": b"\0",
    "TABLE_TABLE": b"\0\0", "HEAP_TYPE": b"\x70", "I32": b"\0", "I64": b"\0",
    "F32": bytes(4), "F64": bytes(8),
}

NUMBERS = {
    "u32_max": b"\xff\xff\xff\xff\x0f", "u32_overlong": b"\x80\x80\x80\x80\0",
    "u32_too_large": b"\xff\xff\xff\xff\x1f", "u32_too_long": b"\x80\x80\x80\x80\x80\0",
    "u32_pages": b"\x80\x80\x04", "u32_i31": b"\xff\xff\xff\xff\x07", "u32_128": b"\x80\x01",
    "s32_min": b"\x80\x80\x80\x80\x78", "s32_max": b"\xff\xff\xff\xff\x07",
    "s32_too_large": b"\x80\x80\x80\x80\x08", "s33_min": b"\x80\x80\x80\x80\x70",
    "s64_min": b"\x80" * 9 + b"\x7f", "s64_max": b"\xff" * 9 + b"\0",
    "s64_too_large": b"\xff" * 9 + b"\x01", "u64_max": b"\xff" * 9 + b"\x01",
    "minus_one": b"\x7f", "minus_64": b"\x40",
}

OTHERS = {
    "module": b"\0asm\1\0\0\0", "name_section": b"\4name", "fuzz_section": b"\7wx.fuzz",
    "limits_min": b"\0\1", "limits_max": b"\1\1\2", "func_type_v_v": b"\x60\0\0",
    "func_type_i_i": b"\x60\1\x7f\1\x7f", "empty_body": b"\2\0\x0b", "const_zero": b"\x41\0\x0b",
    "active_segment": b"\0\x41\0\x0b", "flags_passive": b"\1", "flags_active_index": b"\2",
    "flags_declared": b"\3", "flags_expressions": b"\4", "flags_all": b"\7",
    "export_f": b"\1f\0\0", "import_func": b"\1m\1f\0\0", "import_memory": b"\1m\1m\2\0\1",
}


def leb(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def opcode(op):
    prefix, low = op.code >> 16, op.code & 0xFFFF
    return bytes([prefix]) + leb(low) if prefix else bytes([low])


def entries():
    yield from OTHERS.items()
    for number, name in enumerate(SECTIONS):
        yield f"section_{name}", bytes([number, 3, 1])
    for name, code in TYPES.items():
        yield f"type_{name}", bytes([code])
    for name, data in NUMBERS.items():
        yield f"leb_{name}", data
    for op in opsdef.ops():
        if op.imm not in IMMEDIATES:
            raise SystemExit(f"fuzz_dict: {op.name}: no immediate for {op.imm}")
        yield f"op_{op.name}", opcode(op) + IMMEDIATES[op.imm]


def line(name, data):
    return f'{name}="{"".join(f"{chr(92)}x{byte:02X}" for byte in data)}"\n'


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    text = HEAD + "".join(line(name, data) for name, data in entries())
    if "--check" not in sys.argv:
        with open(arguments[0], "w", encoding="ascii") as out:
            out.write(text)
        return
    with open(arguments[0], encoding="ascii") as file:
        if file.read() != text:
            raise SystemExit(f"{arguments[0]}: run tools/fuzz_dict.py {arguments[0]}")


if __name__ == "__main__":
    main()
