#!/usr/bin/env python3
"""choose.py - chooses the rows of cells that get a handler of their own: interp/fused.def.

    choose.py [--rows N] FILE... > engine/interp/fused.def

FILEs are what wx-cells counted.  Beginning with no rows, the programs are followed through their
cells again and again; each time the rows that would have saved the most dispatches, had two rows
that follow one another been one, are added.  Every file weighs the same."""
import argparse
import collections
import os
import pathlib
import re
import sys

from hot import read

LONGEST = 6  # FUSED_MAX of interp/cell.h
BATCH = 20  # or a sixth of what there is
ENGINE = pathlib.Path(__file__).resolve().parents[2] / "engine"

# What calls C, what only some lanes and tiers have, and what is rare.
NEVER = re.compile(r"check_|.*_heat$|charge_|stack_|junk|import_|call_import|call_table|reload"
                   r"|memory_|table_|data_drop|elem_drop|ref_func")


def cold_handlers():
    text = (ENGINE / "interp" / "handlers_cold.h").read_text(encoding="utf-8")
    return set(re.findall(r"COLD_HANDLER\((\w+)", text))


def ends(handler):
    """Nothing goes on to the next cell."""
    return handler == "br" or handler.startswith(("br_table", "return", "call"))


def is_branch(handler):
    return handler.startswith("br") and not handler.startswith("br_table")


class Function:
    """Handlers, counts, and how often each cell went on to the next one."""

    def __init__(self, cells):
        self.handlers = [cell[2] for cell in cells]
        self.counts = [cell[0] for cell in cells]
        labels = self.labels(cells)
        self.on = [self.goes_on(i, labels) for i in range(len(cells))]

    def labels(self, cells):
        labels = {0}
        for i, cell in enumerate(cells):
            if is_branch(cell[2]):
                labels.add(i + int(cell[3][3]) // 32)
            if ends(cell[2]):
                labels.add(i + 1)
        return labels

    def goes_on(self, i, labels):
        """Where a label follows a branch it is not known; half is a guess."""
        if i + 1 == len(self.handlers) or ends(self.handlers[i]):
            return 0
        least = min(self.counts[i], self.counts[i + 1])
        if i + 1 not in labels:
            return least
        return least / 2 if is_branch(self.handlers[i]) else self.counts[i]


class Rows:
    def __init__(self):
        self.tree = {}
        self.list = []

    def add(self, row):
        node = self.tree
        for handler in row:
            node = node.setdefault(handler, {})
        node[None] = True
        self.list.append(row)

    def length(self, handlers, at):
        """Of the longest row that begins there; 1 if there is none."""
        node, best = self.tree, 1
        for k in range(at, min(at + LONGEST, len(handlers))):
            node = node.get(handlers[k])
            if node is None:
                break
            if None in node:
                best = k + 1 - at
        return best


def follow(function, rows, found, weight):
    """Adds up what could be saved in found; returns the number of dispatches."""
    handlers, counts, on = function.handlers, function.counts, function.on
    n, total = len(handlers), 0
    lengths = [rows.length(handlers, i) for i in range(n)]
    entered = [max(0, counts[i] - (on[i - 1] if i else 0)) for i in range(n)]
    for i in range(n):
        if entered[i] <= 0:
            continue
        total += entered[i]
        mass, end = entered[i], i + lengths[i]
        for k in range(i, end):
            mass *= on[k] / counts[k] if counts[k] else 0
        if end == n or mass <= 0:
            continue
        entered[end] += mass
        if lengths[i] < LONGEST:
            row = tuple(handlers[i:min(end + lengths[end], i + LONGEST)])
            found[row] += mass * weight * (1 if len(row) == end + lengths[end] - i else 0.5)
    return total


def choose(programs, n):
    never = cold_handlers()
    rows = Rows()
    totals = [sum(sum(f.counts) for f in program) for program in programs]
    while True:
        found, left = collections.Counter(), []
        for program, total in zip(programs, totals):
            left.append(sum(follow(f, rows, found, 1 / total) for f in program) / total)
        print(f"{len(rows.list):5} rows: {sum(left) / len(left):.3f}", file=sys.stderr)
        for row in [r for r in found if any(h in never or NEVER.match(h) for h in r)]:
            del found[row]
        if len(rows.list) >= n or not found:
            return rows.list, left
        for row, _ in found.most_common(min(max(BATCH, len(rows.list) // 6),
                                                n - len(rows.list))):
            rows.add(row)


def functions(path, limit):
    found, n = [], 0
    for _, cells in read(path):
        if n < limit and any(cell[0] for cell in cells):
            n += len(cells)
            found.append(Function(cells))
    return found


HEAD = """/* fused.def - rows of cells that have a handler of their own, and the tree of them (fuse.h).
 *
 * Made by tools/cells/choose.py; its README says from what.
 *
 *     FUSEDn(handler...)                       a row
 *     FUSE_ROOT(handler, node)                 rows that begin with a handler
 *     FUSE_NODE(handler, first, count, row)    a node, in succession from 1 */"""


def tree_of(rows):
    """The rows' tree as a list of nodes [handler, first, count, row]; roots come first."""
    children = collections.defaultdict(list)
    for row in rows:
        for n in range(len(row)):
            if row[n] not in children[row[:n]]:
                children[row[:n]].append(row[n])
    nodes, paths = [None], [()]
    for n, path in enumerate(paths):
        if n:
            nodes[n][1:3] = [len(nodes), len(children[path])]
        for handler in children[path]:
            full = path + (handler,)
            nodes.append([handler, 0, 0, rows.index(full) + 1 if full in rows else 0])
            paths.append(full)
    return nodes, len(children[()])


def write(rows):
    """Rows that were chosen first, which are the most frequent, are looked for first."""
    print(HEAD)
    kinds = [f"FUSED{n}" for n in range(2, LONGEST + 1)] + ["FUSE_ROOT", "FUSE_NODE"]
    for kind in kinds:
        print(f"#ifndef {kind}\n#define {kind}(...)\n#endif")
    for row in rows:
        print(f"FUSED{len(row)}({', '.join(row)})")
    nodes, nroots = tree_of(rows)
    for n, node in enumerate(nodes[1:], 1):
        if n <= nroots:
            print(f"FUSE_ROOT({node[0]}, {n})")
        print(f"FUSE_NODE({', '.join(map(str, node))})")
    for kind in kinds:
        print(f"#undef {kind}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--rows", type=int, default=800, help="default 800")
    parser.add_argument("--cells", type=int, default=60000, metavar="N",
                        help="read functions until there are so many cells; default 60000")
    args = parser.parse_args()
    programs = [functions(path, args.cells) for path in args.files]
    rows, left = choose(programs, args.rows)
    for path, share in zip(args.files, left):
        print(f"{share:.3f} of the dispatches are left in {os.path.basename(path)}",
              file=sys.stderr)
    write(rows)


if __name__ == "__main__":
    main()
