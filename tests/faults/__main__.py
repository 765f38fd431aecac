"""`make faults`: breaks every stage at every place where it writes, and says what came of it.

python -m tests.faults [--short] [--stage NAME]… [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.plan import Plan, compiled, environment

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "faults"
_SHM = Path("/dev/shm")


def main() -> int:
    """Restarts itself with the library that sees writes, then breaks things."""
    options = _options()
    BUILD.mkdir(parents=True, exist_ok=True)
    library = compiled(BUILD)
    if library is None:
        print("SKIPPED  faults: there is no C compiler (cc) to make tests/faults/writes.c with")
        return 0
    if "SOLICOMM_WRITES" not in os.environ:
        return _restarted(library)
    from tests.faults import every

    started = time.monotonic()
    folder = Path(os.environ["SOLICOMM_WRITES"]).parent
    plan = Plan(folder / "plan", folder / "hub")
    rows = []
    for row in every.rows(plan, folder, environment(library, folder / "plan"), options):
        rows.append(row)
        print(every.line(row), flush=True)
        for one in row.findings[: 1000 if options.verbose else 5]:
            print(f"         {one}", flush=True)
    wrong = sum(len(row.findings) for row in rows if row.failed)
    facts = {
        "short": options.short,
        "seconds": round(time.monotonic() - started, 1),
        "rows": [row.json() for row in rows],
        "findings": wrong,
    }
    (options.json or BUILD / ("short.json" if options.short else "faults.json")).write_text(
        json.dumps(facts, indent=1) + "\n"
    )
    print(f"{sum(row.runs for row in rows)} runs, {wrong} findings, {facts['seconds']} s")
    return 1 if wrong else 0


def _restarted(library: Path) -> int:
    base = _SHM if os.access(_SHM, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="solicomm-faults-", dir=base) as folder:
        file = Path(folder) / "plan"
        Plan(file, Path(folder) / "hub")
        import subprocess

        return subprocess.run(
            [sys.executable, "-m", "tests.faults", *sys.argv[1:]],
            cwd=ROOT,
            env=os.environ | environment(library, file),
            check=False,
        ).returncode


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument(
        "--short", action="store_true", help="one point of each kind, no scenarios twice"
    )
    parser.add_argument("--stage", action="append", help="only this stage (may be repeated)")
    parser.add_argument("--scenario", action="append", help="only these, and no kills")
    parser.add_argument("--at", type=int, nargs="*", help="only these points")
    parser.add_argument("--every", type=int, default=1, help="only every n-th point")
    parser.add_argument("--json", type=Path, help="where the result goes")
    parser.add_argument("--verbose", action="store_true", help="all findings, not five of a row")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
