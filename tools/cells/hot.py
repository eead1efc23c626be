#!/usr/bin/env python3
"""hot.py - reports on what wx-cells counted.

    hot.py loops FILE        the cells of one program that run most, in their order
    hot.py pairs FILE...     which sequences of handlers run most, over all files
    hot.py total FILE...     how many cells each program ran

A sequence is of cells behind one another; how often it ran is the least of their counts, which
is too much for a loop that is left in the middle.  Over several files every program weighs the
same: figures are per cent of the cells that it ran."""
import argparse
import collections
import os


def read(path):
    """Functions as (index, cells); a cell is (count, offset, handler, fields)."""
    functions = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if words[0] == "func":
                functions.append((int(words[1]), []))
            elif len(words) == 8:
                functions[-1][1].append((int(words[0]), int(words[1]), words[2], words[3:]))
    return functions


def total(functions):
    return sum(cell[0] for _, cells in functions for cell in cells)


def loops(functions, share):
    everything = total(functions)
    for index, cells in functions:
        hot = [i for i, cell in enumerate(cells) if cell[0] >= share * everything]
        last = None
        for i in hot:
            count, offset, handler, fields = cells[i]
            if last is None:
                print(f"func {index}")
            elif i != last + 1:
                print("  ...")
            last = i
            print(f"  {100 * count / everything:5.2f} % {i:5} @{offset:<6} {handler:28} "
                  + " ".join(fields))


def sequences(functions, length, found):
    everything = total(functions)
    for _, cells in functions:
        for i in range(len(cells) - length + 1):
            run = cells[i:i + length]
            count = min(cell[0] for cell in run)
            if count:
                found[" ".join(cell[2] for cell in run)] += 100 * count / everything


def pairs(files, length, rows):
    found = collections.Counter()
    for path in files:
        sequences(read(path), length, found)
    for name, share in found.most_common(rows):
        print(f"{share / len(files):6.3f} % {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", choices=["loops", "pairs", "total"])
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--length", type=int, default=2, help="of a sequence; default 2")
    parser.add_argument("--rows", type=int, default=60, help="default 60")
    parser.add_argument("--share", type=float, default=0.002,
                        help="of all cells run that a cell must be; default 0.002")
    args = parser.parse_args()
    if args.report == "pairs":
        pairs(args.files, args.length, args.rows)
        return
    for path in args.files:
        functions = read(path)
        if args.report == "loops":
            loops(functions, args.share)
        else:
            print(f"{total(functions):14} {os.path.basename(path)}")


if __name__ == "__main__":
    main()
