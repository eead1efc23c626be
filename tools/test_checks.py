#!/usr/bin/env python3
"""test_checks.py - the source checks see what they are for, on small trees made here."""
import os
import subprocess
import sys
import tempfile
import unittest

TOOLS = os.path.dirname(os.path.abspath(__file__))
DRAWING = """
    L4  interp/     baseline/     ways to run; none includes another
    L3  runtime/    (store)       x64/
    L2  wasm/       (module)
    L1  wasm/       (types ops.def)
    L0  base/       (arena)
"""


def run_check(script, files):
    """The lines a check prints about a tree of the given files."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        command = [sys.executable, os.path.join(TOOLS, script), root]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) == done.stdout.strip().endswith(": ok"), done
        return done.stdout.splitlines()


class Layers(unittest.TestCase):
    def errors(self, source, text, *others):
        files = {"docs/architecture.md": DRAWING, source: text}
        files.update({other: "" for other in others})
        return run_check("check_layers.py", files)

    def test_lower_may_be_included(self):
        self.assertEqual(["layers: ok"], self.errors(
            "engine/interp/run.c", '#include "run.h"\n#include "runtime/store.h"\n',
            "engine/interp/run.h", "engine/runtime/store.h"))

    def test_higher_may_not(self):
        self.assertEqual(
            ["engine/base/arena.c:2: includes runtime/store.h: L0 includes L3"],
            self.errors("engine/base/arena.c", '\n#include "runtime/store.h"\n',
                        "engine/runtime/store.h"))

    def test_tiers_are_apart(self):
        self.assertEqual(
            ["engine/baseline/emit.c:1: includes interp/num.h: baseline/ and interp/ are apart"],
            self.errors("engine/baseline/emit.c", '#include "../interp/num.h"\n',
                        "engine/interp/num.h"))

    def test_a_folder_may_have_two_levels(self):
        self.assertEqual(
            ["engine/wasm/types.h:1: includes wasm/module.h: L1 includes L2"],
            self.errors("engine/wasm/types.h", '#include "module.h"\n', "engine/wasm/module.h"))
        self.assertEqual(["layers: ok"], self.errors(
            "engine/wasm/module.h", '#include "wasm/types.h"\n', "engine/wasm/types.h"))

    def test_public_header_includes_nothing_of_ours(self):
        self.assertEqual(
            ["engine/include/wx.h:1: includes base/arena.h: "
             "a public header includes nothing of ours"],
            self.errors("engine/include/wx.h", '#include "base/arena.h"\n',
                        "engine/base/arena.h"))

    def test_every_folder_is_drawn(self):
        self.assertEqual(
            ["engine/gadget:1: not in the drawing of docs/architecture.md"],
            self.errors("engine/gadget/a.c", ""))


class Specrefs(unittest.TestCase):
    def errors(self, text):
        return run_check("check_specrefs.py", {
            "tools/spec_labels.txt": "op-idiv\nvalid-module\n", "engine/wasm/a.c": text})

    def test_labels_that_exist(self):
        self.assertEqual(["spec labels: ok"],
                         self.errors("/* spec: op-idiv, valid-module */\n/* spec: op-idiv. */"))

    def test_label_that_does_not(self):
        self.assertEqual(["engine/wasm/a.c:2: no label op-imul in the specification"],
                         self.errors("\n/* spec: op-idiv, op-imul */\n"))


if __name__ == "__main__":
    unittest.main()
