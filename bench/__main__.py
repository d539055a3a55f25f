"""`python -m bench`, `make bench` and `handrail bench`: Handrail beside hand-written code and beside what one would pick up instead."""

from __future__ import annotations

import argparse
import dataclasses
import signal
import sys
from pathlib import Path

from bench.figures import DATABASES, NAMES, as_json
from bench.measuring import measured
from bench.report.page import write
from bench.report.table import as_text
from bench.run import say
from bench.sizes import FULL, QUICK, TINY, USUAL


def _asked(words: list[str]) -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="bench", description=__doc__)
    reader.add_argument("works", nargs="*", metavar="WORK", help=f"some of: {', '.join(NAMES)}; else all")
    size = reader.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="sizes", action="store_const", const=QUICK, help="a few seconds each")
    size.add_argument("--full", dest="sizes", action="store_const", const=FULL, help="100,000 people, a million enrolled; tens of minutes")
    size.add_argument("--tiny", dest="sizes", action="store_const", const=TINY, help=argparse.SUPPRESS)
    reader.add_argument("--on", choices=DATABASES, action="append", help="only this database; else both")
    reader.add_argument("--postgres", metavar="URL", default="", help="a server whose databases may be created; else one of our own")
    reader.add_argument("--folder", type=Path, help="where the databases are, on the disk that counts; else the usual temporary folder")
    reader.add_argument("--json", action="store_true", help="print JSON on stdout and nothing else there")
    reader.add_argument("--all", action="store_true", help="with --json: every figure and not only the chief one of each work")
    reader.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md, with chart and JSON")
    reader.add_argument("--profile", action="store_true", help="show on stderr where Handrail's time goes")
    reader.add_argument("--more", action="store_true", help="other paths instead, one figure each")
    asked = reader.parse_args(words)
    if wrong := [name for name in asked.works if name not in NAMES]:
        reader.error(f"there is no {', '.join(wrong)}; there are {', '.join(NAMES)}")
    return asked


def main(words: list[str] | None = None) -> None:
    """Measure and tell."""
    asked = _asked(sys.argv[1:] if words is None else words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers we started end with us
    if asked.more:
        from bench.more import tell

        tell(quick=asked.sizes is QUICK, as_json=asked.json)
        return
    sizes = asked.sizes or USUAL
    names, databases = asked.works or NAMES, asked.on or DATABASES
    figures = list(measured(sizes, names, databases, postgres=asked.postgres, folder=asked.folder, profile=asked.profile))
    if asked.json:
        print(as_json([dataclasses.replace(figure, chief=True) for figure in figures] if asked.all else figures))
    else:
        print(as_text(figures))
    if asked.write:
        write(figures, sizes, asked.folder)
        say("written: docs/benchmarks.md, docs/benchmarks.json, docs/images/benchmarks.svg")


if __name__ == "__main__":
    main()
