#!/usr/bin/env python3
"""Real uc-bot processes against peers that nobody here wrote, and against enemies.

    run.py [peers] [room] [chat] [screen] [hostile] [command] [scripts] [web] [switches] [files] [bad_input]
           [workshop] [outage] [switch] [dht] [self] [-k WORD]... [-v]

Without a suite's name: all but `self`. `self` tries the harness on the foreign peers alone.
uc-bot is UC_BOT, or .build/release/uc-bot. Tests/Interop/setup must have been run; this file finds its Python itself.
"""
import argparse
import importlib
import os
import sys

from peers import HOME

SUITES = (
    "peers", "room", "chat", "screen", "hostile", "command", "scripts", "web", "switches", "files", "bad_input", "workshop",
    "outage", "switch", "dht", "self")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(SUITES))
    options.add_argument("-k", action="append", default=[], metavar="WORD", help="only cases whose name contains it")
    options.add_argument("-v", action="store_true", help="more of the processes' output on a failure")
    chosen = options.parse_args()
    if unknown := [name for name in chosen.suites if name not in SUITES]:
        options.error(f"no suite {unknown[0]!r}; there are {', '.join(SUITES)}")

    python = HOME / "venv/bin/python"
    if not python.exists():
        options.exit(1, f"no peers in {HOME}: run Tests/Interop/setup first\n")
    if not os.path.samefile(sys.prefix, HOME / "venv"):
        os.execv(python, [str(python), __file__, *sys.argv[1:]])

    from runner import Runner

    runner = Runner(chosen.k, chosen.v)
    try:
        for name in chosen.suites or SUITES[:-1]:
            importlib.import_module("suite_" + name).run(runner)
    except KeyboardInterrupt:
        print("\ninterrupted")
        runner.failed += 1
    return runner.finish()


if __name__ == "__main__":
    sys.exit(main())
