#!/usr/bin/env python3
"""test_bench.py - the benchmark runner: its arithmetic, its commands, and that nothing is lost.

Whole runs are made with a stand-in for the compiler, whose programs print a report and end."""
import contextlib
import io
import json
import os
import tempfile
import unittest

import bar_chart
import engines
import figures
import measure
import program_list
import run
import stats

HERE = os.path.dirname(os.path.abspath(__file__))
REPORT = "checksum {}\nreps 3\nclock thread\nfirst_ns 30\nbest_ns {}\ntotal_ns 60\n"

# Writes a program that prints a report; only launch.c is really compiled.
COMPILER = """#!/bin/sh
case "$*" in --version) echo 1; exit ;; *launch.c*) exec cc "$@" ;; esac
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\ncat <<END\\n%sEND\\n' '{report}' >"$2"
chmod +x "$2"
"""


def samples(*rows):
    return [{"program": p, "engine": e, "ns": ns} for p, e, ns in rows]


class Statistics(unittest.TestCase):
    def test_geomean_of_two_and_eight_is_four(self):
        self.assertAlmostEqual(4, stats.geomean([2, 8]))

    def test_geomean_of_nothing_is_none(self):
        self.assertIsNone(stats.geomean([]))

    def test_summary_has_least_and_middle(self):
        data = stats.summarize(samples(("p", "e", 9), ("p", "e", 3), ("p", "e", 5)), ["ns"])
        self.assertEqual({"best": 3, "median": 5, "n": 3}, data["p", "e"]["ns"])

    def test_median_of_two_is_their_mean(self):
        data = stats.summarize(samples(("p", "e", 4), ("p", "e", 8)), ["ns"])
        self.assertEqual(6, data["p", "e"]["ns"]["median"])

    def test_ratio_is_to_the_reference_and_only_where_both_exist(self):
        data = stats.summarize(samples(("p", "ref", 4), ("p", "e", 10), ("q", "e", 7)), ["ns"])
        self.assertEqual({("p", "ref"): 1.0, ("p", "e"): 2.5}, stats.ratios(data, "ns", "ref"))

    def test_geomeans_say_of_how_many_programs(self):
        table = {("p", "a"): 2.0, ("q", "a"): 8.0, ("p", "b"): 3.0}
        means = stats.geomeans(table, ["a", "b", "c"])
        self.assertAlmostEqual(4, means["a"][0])
        self.assertEqual((2, 1), (means["a"][1], means["b"][1]))
        self.assertNotIn("c", means)

    def test_code_size_is_found_behind_other_sections(self):
        module = b"\0asm\1\0\0\0" + b"\1\2xx" + b"\x0a\x81\1" + b"c" * 129
        self.assertEqual(129, stats.code_size(module))

    def test_code_size_refuses_other_files(self):
        with self.assertRaises(ValueError):
            stats.code_size(b"\x7fELF" + bytes(100))

    def test_speed_is_bytes_of_module_by_best_time(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.wasm")
            with open(path, "wb") as file:
                file.write(b"\0asm\1\0\0\0" + bytes(2_000_000 - 8))
            results = measure.Results()
            results.samples = [{"program": "m", "engine": "e", "validate_ns": ns, "rss_kb": 1024,
                                "compile_ns": 10**9} for ns in (2 * 10**7, 10**7)]
            row = figures.load(results, ["e"], [path])["rows"][0]
        self.assertAlmostEqual(200, row["validate_mb_s"])
        self.assertAlmostEqual(2, row["compile_mb_s"])
        self.assertIsNone(row["generate_mb_s"])


    def test_the_common_mean_is_over_programs_that_all_could_run(self):
        data = measure.Results()
        rows = (("p", "ref", 1), ("p", "a", 2), ("p", "b", 3), ("q", "ref", 1), ("q", "a", 50))
        data.samples = [{"program": program, "engine": engine, "best_ns": ns, "clock": "thread"}
                        for program, engine, ns in rows]
        means = figures.steady(data, ["ref", "a", "b", "never ran"])["means"]
        self.assertAlmostEqual(10, means["kernel_best"]["a"]["geomean"])
        self.assertEqual({"geomean": 2, "programs": 1},
                         {**means["kernel_common"]["a"],
                          "geomean": round(means["kernel_common"]["a"]["geomean"], 9)})


class Templates(unittest.TestCase):
    def test_a_placeholder_may_be_several_words(self):
        self.assertEqual(["run", "a b", "1", "2"],
                         engines.expand("run {wasm} {args}", {"wasm": "a b", "args": ["1", "2"]}))

    def test_no_arguments_are_no_word(self):
        self.assertEqual(["run"], engines.expand("run {args}", {"args": []}))

    def test_a_placeholder_inside_a_word(self):
        self.assertEqual(["node", "/x/wasi.mjs"],
                         engines.expand("node {bench}/wasi.mjs", {"bench": "/x"}))

    def test_an_unknown_placeholder_is_an_error(self):
        with self.assertRaisesRegex(engines.ConfigError, "wasn"):
            engines.expand("run {wasn}", {"wasm": "x"})

    def test_an_unknown_key_is_an_error(self):
        with self.assertRaisesRegex(engines.ConfigError, "runs"):
            engines.Engine("e", {"family": "f", "run": "x", "runs": "y"})

    def test_a_missing_engine_is_named_with_its_program(self):
        rows = [engines.Engine("native", {"family": "f", "build": "", "run": "{native}"}),
                engines.Engine("here", {"family": "f", "run": "one {wasm}"}),
                engines.Engine("away", {"family": "f", "run": "two {wasm}"})]
        found, missing = engines.split_found(rows, {}, which=lambda name: name == "one")
        self.assertEqual(["native", "here"], [engine.name for engine in found])
        self.assertEqual({"away": "two"}, missing)

    def test_settings_before_a_command_are_not_its_program(self):
        row = engines.Engine("e", {"family": "f", "run": "env A=1 B=2 two {wasm}"})
        self.assertEqual({"e": "two"}, engines.split_found([row], {}, which=lambda _: None)[1])

    def test_choosing_an_unknown_engine_is_an_error(self):
        row = engines.Engine("native", {"family": "f", "build": "", "run": "{native}"})
        with self.assertRaisesRegex(engines.ConfigError, "nothere"):
            engines.select([row], ["nothere"])

    def test_the_reference_is_always_chosen(self):
        _, rows = engines.read(os.path.join(HERE, "engines.toml"))
        chosen = engines.select(rows, ["wasm3"])
        self.assertEqual(["native", "wasm3"], [engine.name for engine in chosen])

    def test_every_command_of_the_file_can_be_made(self):
        build, rows = engines.read(os.path.join(HERE, "engines.toml"))
        values = {"wx": "/w", "wx-load": "/l", "bench": HERE, "wasm": "/m", "native": "/n",
                  "args": ["1"]}
        self.assertIn("wasm", build)
        for engine in rows:
            for job in {"run", "load", "compile", "version"} & set(engine.row):
                self.assertTrue(engine.command(job, values)[0])


class Measuring(unittest.TestCase):
    def test_a_missing_line_is_a_failure(self):
        with self.assertRaisesRegex(measure.Failure, "best_ns"):
            measure.read_report("checksum 1\n", ("best_ns",))

    def test_a_line_that_is_no_number_is_a_failure(self):
        with self.assertRaises(measure.Failure):
            measure.read_report("best_ns soon\n", ("best_ns",))

    def test_how_a_command_ended_is_read(self):
        cost = measure.read_launch("exit 0 wall_ns 5 cpu_ns 4 rss_kb 3\n")
        self.assertEqual({"wall_ns": 5, "cpu_ns": 4, "rss_kb": 3}, cost)
        for line, why in (("exit 3 wall_ns 5", "code 3"), ("signal 11 wall_ns 5", "signal 11"),
                          ("timeout 0 wall_ns 5000000000", "5 s")):
            with self.assertRaisesRegex(measure.Failure, why):
                measure.read_launch(line)

    def test_each_round_starts_with_another_engine(self):
        self.assertEqual([[1, 2, 3], [2, 3, 1], [3, 1, 2], [1, 2, 3]],
                         [measure.rotated([1, 2, 3], i) for i in range(4)])

    def test_programs_are_those_of_the_folder_and_main_is_linked_once(self):
        found = {program.name: program for program in program_list.own_programs()}
        self.assertGreaterEqual(len(found), 20)
        names = [os.path.basename(path) for path in found["fib"].sources]
        self.assertEqual(["fib.c", "bench.c", "repeat.c"], names)
        self.assertNotIn("repeat.c", "".join(found["matmul_main"].sources))


class Chart(unittest.TestCase):
    def test_a_value_above_the_limit_is_cut_and_still_said(self):
        svg = bar_chart.chart([("a", 2, "x"), ("b", 55.04, "x")], limit=10)
        self.assertEqual(1, svg.count("notch"))
        self.assertIn(">55.0<", svg)

    def test_all_values_fit_unless_a_few_are_far_above(self):
        self.assertGreaterEqual(bar_chart.nice_limit([1, 2, 3]), 3)
        self.assertLess(bar_chart.nice_limit([1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 100]), 10)

    def test_names_are_escaped(self):
        self.assertIn("a&lt;b", bar_chart.chart([("a<b", 1, "x")]))


class WholeRun(unittest.TestCase):
    """Runs of the program fib, with engines that are shell scripts."""

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = self.temporary.name
        compiler = self.script("compiler", COMPILER.format(report=REPORT.format("ab", 20)))
        self.config = f'[build]\ncompiler = "{compiler}"\n'
        self.engine("native", "{native}", 'build = ""')

    def script(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)
        return path

    def engine(self, name, command, more=""):
        self.config += f'[engine.{name}]\nfamily = "f"\nrun = "{command}"\n{more}\n'

    def scripted(self, name, body, more=""):
        self.engine(name, self.script(name, f"#!/bin/sh\n{body}\n"), more)

    def reports(self, name, checksum, best, clock="thread", more=""):
        text = REPORT.format(checksum, best).replace("thread", clock)
        self.scripted(name, f"cat <<END\n{text}END", more)

    def bench(self):
        """The exit code, what was printed, the JSON record, the page."""
        paths = {name: os.path.join(self.folder, name) for name in ("config", "json", "html")}
        with open(paths["config"], "w", encoding="utf-8") as file:
            file.write(self.config)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = run.main(["--quick", "--quiet", "--only", "steady", "--timeout", "1", "--cache",
                             self.folder, "--config", paths["config"], "--json", paths["json"],
                             "--html", paths["html"], "fib"])
        with open(paths["json"], encoding="utf-8") as file:
            record = json.load(file)
        with open(paths["html"], encoding="utf-8") as file:
            return code, out.getvalue(), record, file.read()

    def test_ratios_are_printed_recorded_and_drawn(self):
        self.reports("double", "ab", 40)
        code, text, record, page = self.bench()
        self.assertEqual(0, code)
        self.assertRegex(text, r"fib +0\.000 +2\.00")
        self.assertEqual(2.0, record["figures"]["steady"]["ratios"]["kernel_best"]["fib"]["double"])
        self.assertEqual(2, len(record["samples"]["steady"]))
        self.assertIn(">2.00<", page)
        self.assertNotIn("http", page)

    def test_a_wrong_checksum_is_an_error_and_no_figure(self):
        self.reports("wrong", "ac", 40)
        code, text, record, page = self.bench()
        self.assertEqual(1, code)
        self.assertIn("error: steady: fib in wrong: checksum ac, want ab", text)
        self.assertIn("checksum ac, want ab", page)
        self.assertIn(">failed<", page)
        self.assertNotIn("wrong", record["figures"]["steady"]["ratios"]["kernel_best"]["fib"])

    def test_a_missing_engine_is_reported_everywhere(self):
        self.engine("away", "no-such-engine {wasm}")
        code, text, record, page = self.bench()
        self.assertEqual(0, code)
        self.assertEqual({"away": "no-such-engine"}, record["missing_engines"])
        for report in (text, page):
            self.assertIn("not on this machine: engine away (no-such-engine)", report)

    def test_another_clock_and_notes_are_said(self):
        self.reports("odd", "ab", 40, clock="monotonic", more='note = "is odd"')
        _, text, _, page = self.bench()
        for report in (text, page):
            self.assertIn("note: odd: is odd", report)
            self.assertIn("note: odd: kernels are timed by the clock monotonic", report)

    def test_a_failing_engine_is_reported_with_its_words(self):
        self.scripted("fails", "(echo at start; echo error: no such opcode; echo bye) >&2; exit 3")
        code, text, _, page = self.bench()
        self.assertEqual(0, code)
        for report in (text, page):
            self.assertIn("failure: steady: fib in fails: exit code 3: error: no such opcode",
                          report)

    def test_a_failure_of_ours_is_an_error(self):
        self.scripted("fails", "kill -SEGV $$", "ours = true")
        code, text, _, _ = self.bench()
        self.assertEqual(1, code)
        self.assertIn("error: steady: fib in fails: ended by signal 11", text)

    def test_a_run_that_does_not_end_is_stopped(self):
        self.scripted("hangs", "sleep 60 & wait")
        _, text, _, _ = self.bench()
        self.assertIn("fib in hangs: stopped after 1 s", text)

    def test_a_program_that_is_unknown_or_does_not_compile_ends_the_run(self):
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            code = run.main(["--quiet", "--cache", self.folder, "nothing"])
        self.assertEqual(2, code)
        self.assertIn("no program nothing", err.getvalue())
        self.config = self.config.replace("compiler\"", "compiler-not-there\"", 1)
        with self.assertRaises(FileNotFoundError), contextlib.redirect_stderr(err):
            self.bench()
        self.assertIn("compiler-not-there", err.getvalue())


if __name__ == "__main__":
    unittest.main()
