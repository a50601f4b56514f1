"""``python -m bench``: runs benchmarks, prints their tables, and keeps them in RESULTS.md."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from bench.harness import Benchmark, Options, progress
from bench.machine import compile_bytecode, describe
from bench.processes import BenchmarkFailed

BENCHMARKS = (
    "http_call",
    "web_servers",
    "pipeline",
    "ledger",
    "streams",
    "scale",
    "listeners",
    "startup",
    "reload",
    "reload_peers",
    "host_killed",
    "workers",
    "watching",
    "tui",
)
RESULTS = Path(__file__).parent / "RESULTS.md"
ROUNDS, QUICK_ROUNDS = 7, 2


def main() -> None:
    """Run what the arguments name; exit 1 if something failed while it was measured."""
    options = _arguments()
    if sys.platform != "linux":
        sys.exit("bench: these benchmarks read CPU times as only Linux gives them")
    compile_bytecode()
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    parts = [f"# Benchmarks\n\n{describe()}\n"]
    failed = False
    for name in options.names or BENCHMARKS:
        progress(name)
        run: Benchmark = importlib.import_module(f"bench.{name}").run
        try:
            report = run(Options(rounds=rounds, quick=options.quick))
        except BenchmarkFailed as error:
            sys.exit(f"bench: {name}: {error}")
        failed = failed or bool(report.faults)
        parts.append(report.text())
        print(report.text(), flush=True)
    out: Path | None = options.out
    if out is None and not options.names and not options.quick:
        out = RESULTS
    if out is not None:
        out.write_text("\n".join(parts))
        progress(f"wrote {out}")
    sys.exit(1 if failed else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="only see whether everything runs")
    parser.add_argument("--rounds", type=int, help=f"each case, by default {ROUNDS}")
    parser.add_argument(
        "--out", type=Path, help="by default RESULTS.md, of a whole run that is not quick"
    )
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds has to be 1 or more")
    return options


if __name__ == "__main__":
    main()
