#!/usr/bin/env python3
"""pool - copies the inputs in folders, each once, to a folder of modules and one of the others.

usage: pool MAX_BYTES MODULES OTHERS FOLDER...

Files of MAX_BYTES and more, hidden files and texts of the build (.json, .wat, .wast) are left
out. A file's name in the pool is the hash of what it holds.
"""
import hashlib
import os
import sys

TEXTS = (".json", ".wat", ".wast")


def files(folder):
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and not name.endswith(TEXTS):
                yield os.path.join(where, name)


def main():
    if len(sys.argv) < 5:
        raise SystemExit(__doc__)
    most, modules, others = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    for folder in sys.argv[4:]:
        if not os.path.isdir(folder):
            raise SystemExit(f"pool: {folder} is not a folder")
        for path in files(folder):
            if os.path.getsize(path) >= most:
                continue
            with open(path, "rb") as file:
                data = file.read()
            name = hashlib.sha1(data).hexdigest()[:16]
            where = modules if data.startswith(b"\0asm") else others
            with open(os.path.join(where, name), "wb") as out:
                out.write(data)


if __name__ == "__main__":
    main()
