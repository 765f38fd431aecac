"""The search that runs in readers' browsers, run in node, for tests."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from solicomm_build.features.search.engine import stemmerjs
from solicomm_build.testing import lunrjs

_RUNNER = Path(__file__).parents[2] / "tests" / "js" / "search.mjs"


class Client:
    """A node process that answers one request after the other."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def ask(self, **request: Any) -> Any:
        """One request of tests/js/search.mjs."""
        assert self._process.stdin is not None  # noqa: S101 - as it was started
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"node ended: {self._process.wait(10)}")
        return json.loads(answer)

    def publish(self, files: Mapping[str, bytes], name: str = "index") -> str:
        """Writes an index below the client's folder; returns its address."""
        root = self._folder / name / "search" / "index"
        for path, data in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return f"{root.as_uri()}/"

    def search(self, text: str, *roots: str, lang: str = "en", **more: Any) -> Any:
        """What the page would show for a query."""
        return self.ask(search=text, lang=lang, roots=roots, **more)


@contextlib.contextmanager
def client(folder: Path, stemmers: Mapping[str, str] | None = None) -> Iterator[Client]:
    """A client whose stemmers lie in `folder`; `stemmers` are scripts other than ours."""
    node = lunrjs.node()
    for lang in stemmerjs.LANGUAGES:
        script = (stemmers or {}).get(lang) or stemmerjs.javascript(lang)
        (folder / f"stem-{lang}.js").write_text(script, "utf-8")
    process = subprocess.Popen(
        [node, str(_RUNNER), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="surrogatepass",
    )
    with process:
        try:
            yield Client(process, folder)
        finally:
            process.kill()
