"""epubcheck, the judge of books, in one Java for all tests of a process: what it loads before it
reads a book takes five seconds of a processor."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from solicomm_build.testing import java

_ASKED = """
import com.adobe.epubcheck.tool.EpubChecker;
import java.io.*;
import java.nio.file.*;
class Asked {
    public static void main(String[] none) throws IOException {
        BufferedReader asked = new BufferedReader(new InputStreamReader(System.in));
        PrintStream answers = System.out;
        for (String book; (book = asked.readLine()) != null;) {
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            System.setOut(new PrintStream(said, true));
            System.setErr(new PrintStream(said, true));
            int code = new EpubChecker().run(new String[] {book});
            Files.write(Paths.get(book + ".said"), said.toByteArray());
            answers.println(code);
        }
    }
}
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the program ends with, 0 when it has found nothing wrong, and what it says."""

    code: int
    said: str


def of(book: Path) -> Verdict:
    """The verdict on a book in a folder that may be written to. Skips the test where there is no
    epubcheck."""
    jar = shutil.which("epubcheck")  # Debian's is one
    if jar is None or shutil.which("java") is None:
        pytest.skip("epubcheck (Debian) is not installed")
    if shutil.which("javac") is None:
        command = [*java.COMMAND, "-jar", jar, str(book)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return Verdict(done.returncode, done.stdout + done.stderr)
    process = _process(jar)
    assert process.stdin is not None  # noqa: S101 - as it was started
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(f"{book}\n")
    process.stdin.flush()
    code = process.stdout.readline()
    if not code:
        raise RuntimeError(f"epubcheck ended: {process.wait(10)}")
    said = book.with_name(f"{book.name}.said")
    return Verdict(int(code), said.read_text("utf-8", "replace"))


@cache
def _process(jar: str) -> subprocess.Popen[str]:
    folder = tempfile.mkdtemp(prefix="epubcheck-")
    source = Path(folder, "Asked.java")
    source.write_text(_ASKED, "utf-8")
    process = subprocess.Popen(
        [*java.COMMAND, "-Xmx400m", "-cp", jar, str(source)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(_end, process, folder)
    return process


def _end(process: subprocess.Popen[str], folder: str) -> None:
    with process:
        process.kill()
    shutil.rmtree(folder)
