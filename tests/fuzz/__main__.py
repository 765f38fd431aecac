"""`make fuzz`: a longer hunt, target by target, and how far each reached.

    python -m tests.fuzz [TARGET]…

Writes build/fuzz/coverage.json and prints the table of docs/fuzzing.md. HYPOTHESIS_PROFILE says how
many inputs are tried (`fuzz`: at least 25 times as many as the tests try).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "fuzz"


@dataclass(frozen=True, slots=True)
class Target:
    """A test file and the modules, below solicomm_build/, that it is there to reach."""

    file: str
    modules: tuple[str, ...]


TARGETS = {
    "messages": Target(
        "test_message_fuzz.py",
        (
            "message/parse",
            "message/split",
            "message/structure",
            "message/header",
            "message/address",
            "message/body",
            "message/hypertext",
            "message/markdown",
            "message/prose",
            "message/date",
        ),
    ),
    "SMTP dialogue": Target(
        "test_smtp_fuzz.py",
        ("bridge/wire", "bridge/path", "bridge/connection", "bridge/server", "bridge/handler"),
    ),
    "front matter": Target(
        "test_front_matter_fuzz.py",
        ("model/post", "model/frontmatter", "yamlsafe", "model/conference", "model/event"),
    ),
    "sites": Target(
        "test_site_fuzz.py",
        ("model/site", "model/sitepage", "model/sitecheck", "model/entry", "model/markup"),
    ),
    "mail commands": Target(
        "test_mail_commands_fuzz.py", ("desk/commands", "model/address", "model/token")
    ),
    "bounces": Target("test_bounce_fuzz.py", ("message/dsn", "message/bouncetext")),
    "signatures": Target(
        "test_authentication_fuzz.py",
        ("message/dkim", "message/arc", "message/dmarc", "message/authentication", "message/munge"),
    ),
    "search in the browser": Target("test_search_client_fuzz.py", ()),
}


def main() -> int:
    """Runs the targets; the exit code says whether one failed."""
    BUILD.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:] or list(TARGETS)
    failed, facts = 0, {}
    print("| target | tries | reached, by branches |\n|---|---|---|")
    for name in wanted:
        code, reached = _run(name, TARGETS[name])
        failed |= code
        facts[name] = {"failed": bool(code), "reached": reached}
        shown = ", ".join(f"`{module}.py` {share:.0f} %" for module, share in reached.items())
        state = "**failed**" if code else f"`tests/fuzz/{TARGETS[name].file}`"
        print(f"| {name} | {state} | {shown or 'runs in node; not measured'} |", flush=True)
    (BUILD / "coverage.json").write_text(json.dumps(facts, indent=1) + "\n")
    return failed


def _run(name: str, target: Target) -> tuple[int, dict[str, float]]:
    data = BUILD / f"{target.file}.coverage"
    environment = os.environ | {"COVERAGE_FILE": str(data), "COVERAGE_CORE": "ctrace"}
    command = [
        sys.executable,
        "-m",
        "coverage",
        "run",
        "--branch",
        "-m",
        "pytest",
        "-q",
        f"tests/fuzz/{target.file}",
    ]
    with (BUILD / f"{target.file}.log").open("wb") as log:
        code = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False
        ).returncode
    if not target.modules:
        return code, {}
    report = data.with_suffix(".json")
    include = ",".join(f"solicomm_build/{module}.py" for module in target.modules)
    subprocess.run(
        [sys.executable, "-m", "coverage", "json", "-q", "-o", str(report), f"--include={include}"],
        cwd=ROOT,
        env=environment,
        check=True,
    )
    files = json.loads(report.read_text())["files"]
    return code, {
        module: files[path]["summary"]["percent_covered"]
        for module in target.modules
        if (path := f"solicomm_build/{module}.py") in files
    }


if __name__ == "__main__":
    sys.exit(main())
