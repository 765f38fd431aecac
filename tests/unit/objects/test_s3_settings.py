"""What `cluster: s3:` of hub.yaml says, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.foundation.errors import ConfigError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.objects.settings import S3

TOP = "name: Hub\ndomain: hub.example.org\nurl: https://hub.example.org\n"
FOUR = "spool: a-spool, pages: a-pages, members: a-members, files: a-files"


def test_a_hub_without_it_keeps_files(tmp_path: Path) -> None:
    assert hubyaml.parse(TOP, tmp_path).cluster.s3 is None


def test_what_is_said_is_read(tmp_path: Path) -> None:
    text = f'{TOP}cluster: {{s3: {{endpoint: "https://s3.example:8333/", region: eu-1, {FOUR}}}}}\n'
    found = hubyaml.parse(text, tmp_path).cluster.s3
    assert found == S3(
        "https://s3.example:8333", "eu-1", "a-spool", "a-pages", "a-members", "a-files"
    )
    alone = hubyaml.parse(
        f'{TOP}cluster: {{s3: {{endpoint: "http://[::1]:9", spool: abc}}}}\n', tmp_path
    )
    assert alone.cluster.s3 == S3("http://[::1]:9", spool="abc")
    text = '{endpoint: "http://a:9", read: "https://a:8/v1/AUTH_hub/", spool: abc}'
    swift = hubyaml.parse(f"{TOP}cluster: {{s3: {text}}}\n", tmp_path)
    assert swift.cluster.s3 == S3("http://a:9", spool="abc", read="https://a:8/v1/AUTH_hub")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FOUR, "`cluster.s3.endpoint` is missing"),
        (f'endpoint: "https://a:b@s3.example", {FOUR}', "is not understood"),
        (f'endpoint: "https://s3.example/path", {FOUR}', "is not understood"),
        (f'endpoint: "ftp://s3.example", {FOUR}', "is not understood"),
        ('endpoint: "https://s3.example"', "names no bucket"),
        ('endpoint: "https://s3.example", pages: abc', "names some of"),
        ('endpoint: "https://s3.example", spool: A_B', "is not understood"),
        (
            'endpoint: "https://s3.example", spool: abc, pages: abc, members: d-e, files: f-g',
            "twice",
        ),
        ('endpoint: "https://s3.example", spool: abc, secret: x', "is not a known key"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        hubyaml.parse(f"{TOP}cluster: {{s3: {{{text}}}}}\n", tmp_path)
