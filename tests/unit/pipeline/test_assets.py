from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from solicomm_build.builder import assets
from solicomm_build.builder.front.branding import Look
from solicomm_build.builder.publish import Publisher
from solicomm_build.features.search import scripts
from solicomm_build.foundation import data, i18n


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    static = tmp_path / "theme" / "static"
    (static / "v1.2").mkdir(parents=True)
    (static / "site.css").write_text("a {}")
    (static / "v1.2" / "mark.svg").write_text("<svg/>")
    (static / "LICENCE").write_text("Free.")
    (static / ".hidden").write_text("no")
    return tmp_path / "theme"


def test_names_carry_a_hash_of_the_content(theme: Path) -> None:
    found = assets.names(theme)
    assert set(found) == {"site.css", "v1.2/mark.svg", "LICENCE"}
    assert re.fullmatch(r"/theme/site\.[0-9a-f]{10}\.css", found["site.css"])
    assert re.fullmatch(r"/theme/v1\.2/mark\.[0-9a-f]{10}\.svg", found["v1.2/mark.svg"])
    assert re.fullmatch(r"/theme/LICENCE\.[0-9a-f]{10}", found["LICENCE"])
    (theme / "static" / "site.css").write_text("b {}")
    again = assets.names(theme)
    assert again["site.css"] != found["site.css"]
    assert again["LICENCE"] == found["LICENCE"]


def test_publish_writes_them(theme: Path, tmp_path: Path) -> None:
    public = tmp_path / "public"
    public.mkdir()
    found = assets.names(theme)
    rows = assets.publish(theme, found, Publisher(public))
    assert {f"/{row.path}" for row in rows} == set(found.values())
    assert {row.section for row in rows} == {"theme"}
    assert (public / found["site.css"].lstrip("/")).read_text() == "a {}"


def test_the_key_follows_theme_and_translations(theme: Path) -> None:
    first = assets.environment_key(theme, i18n.TRANSLATIONS)
    assert assets.environment_key(theme, i18n.TRANSLATIONS) == first
    (theme / "templates").mkdir()
    (theme / "templates" / "home.html").write_text("x")
    assert assets.environment_key(theme, i18n.TRANSLATIONS) != first


def test_the_key_is_kept_until_a_file_is_another(theme: Path, tmp_path: Path) -> None:
    def key(state: Path | None = tmp_path / "state") -> str:
        return assets.environment_key(theme, i18n.TRANSLATIONS, state)

    (theme / "static" / "lost.css").symlink_to("nowhere")
    file, sheet = tmp_path / "state" / "theme.json", theme / "static" / "site.css"
    first = key()
    assert first == key(None)
    kept = json.loads(file.read_text())
    file.write_text(json.dumps(kept | {"made": "what was kept"}))
    assert key() == "what was kept", "no file is read again"
    facts = sheet.stat()
    sheet.write_text("b {}")
    os.utime(sheet, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert key() == key(None) != first, "as long as before, and said to be as old"
    for damage in ("", "[]", '{"key": 1}', json.dumps(json.loads(file.read_text()) | {"made": 1})):
        file.write_text(damage)
        assert key() == key(None)


def test_names_are_kept_until_the_hub_looks_otherwise(theme: Path, tmp_path: Path) -> None:
    def found(key: str, look: Look) -> dict[str, str]:
        return assets.kept_names(tmp_path, key, theme, look)

    (theme / "static" / "style.css").write_text("a {}")
    (theme / "static" / "icon.svg").write_text("<svg/>")
    plain = Look()
    first = found("1", plain)
    assert first == assets.names(theme)
    (theme / "static" / "site.css").write_text("b {}")
    assert found("1", plain) == first
    assert found("2", plain) == assets.names(theme) != first
    logos = (Look(files={"logo.webp": octets}) for octets in (b"1", b"2"))
    for look in (Look(css="p {}"), *logos):
        assert found("2", look) == assets.names(theme, look.dressed)
    (tmp_path / "assets.json").write_text("{")
    assert found("2", plain) == assets.names(theme)


def test_the_real_theme_has_its_files() -> None:
    assert any(name.endswith(".css") for name in assets.names(data.theme()))


def test_modules_become_one_script_in_the_order_they_need_each_other() -> None:
    modules = {
        "page.js": '/* The page. */\nimport { twice } from "./sum.js";\n'
        'import { one } from "./one.js";\n\ntwice(one);\n',
        "sum.js": 'import { one } from "./one.js";\n/* Two lines\n   of comment. */\n'
        "export const twice = (n) => {\n  return n + one; /* kept */\n};\n",
        "one.js": "export const one = 1;\n",
    }
    assert scripts.joined(modules) == (
        '"use strict";(()=>{\nconst one = 1;\nconst twice = (n) => {\n'
        "return n + one; /* kept */\n};\ntwice(one);\n})();\n"
    )


def test_the_search_is_one_script_with_its_stemmers() -> None:
    found = assets.names(data.theme())
    assert "search.js" in found
    assert not [name for name in found if name.startswith("search/")]
    assert {lang for langs in scripts.STEMMERS.values() for lang in langs} == set(i18n.LANGUAGES)
    assert {f"{name}.js" for name in scripts.STEMMERS} <= set(found)
