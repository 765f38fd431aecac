"""Decap's `proxy` API: asked as Decap asks, over its own origin, by an editor who has logged in."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image

from solicomm_build.features.founding import founding
from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.siteedits import Edit
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import access
from solicomm_build.testing import smallhub, webserver
from solicomm_build.testing.webserver import Address, Answer, ask

JSON = "application/json; charset=utf-8"


@dataclass
class Cms:
    """Decap in one browser."""

    web: Address
    address: Address
    config: Config
    token: str
    cookie: str = ""

    def log_in(self) -> None:
        body = urlencode({"token": self.token}).encode()
        kind = "application/x-www-form-urlencoded"
        answer = ask(self.address, "/metal/", method="POST", body=body, content_type=kind)
        assert (answer.status, answer.headers["location"]) == (303, "/metal/")
        self.cookie = answer.headers["set-cookie"].partition(";")[0]

    def call(self, action: str, kind: str = JSON, **params: Any) -> tuple[int, Any]:
        body = json.dumps(
            {"branch": "main", "action": action, "params": {"branch": "main", **params}}
        ).encode()
        answer = ask(
            self.address,
            "/metal/api/v1",
            method="POST",
            body=body,
            content_type=kind,
            cookie=self.cookie,
        )
        return answer.status, json.loads(answer.body)

    def get(self, path: str) -> Answer:
        return ask(self.address, path, cookie=self.cookie)


@pytest.fixture
def cms(tmp_path: Path) -> Iterator[Cms]:
    made = smallhub.make(tmp_path / "hub")
    config = replace(made, cms=("127.0.0.1", 0))
    (config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: http://hub.example\n"
        "languages: [en]\ncms: {http: 127.0.0.1:8090}\n"
    )
    founding.new_union(config, "metal", title="Metal", lang="en")
    _, token = access.issue(config, "ana", ["unions/metal"])
    with webserver.with_cms(config) as (web, address):
        yield Cms(web, address, config, token)


def files(cms: Cms) -> dict[str, bytes]:
    return smallhub.files(cms.config.union_repo("metal"))


def entry(path: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "dataFiles": [{"slug": "x", "path": path, "raw": text, **more}],
        "assets": [],
        "options": {"collectionName": "pages", "commitMessage": "x"},
    }


def test_nobody_gets_anything_without_a_session(cms: Cms) -> None:
    assert cms.call("info")[0] == 401
    assert cms.get("/metal/config.yml").status == 403
    assert b"Your token" in cms.get("/metal/").body
    cms.log_in()
    assert cms.call("info", kind="text/plain")[0] == 415
    assert cms.call("info")[1] == {
        "repo": "metal",
        "publish_modes": ["simple"],
        "type": "local_git",
    }
    access.revoke(cms.config, "ana")
    assert cms.call("info")[0] == 401


def test_decap_s_page_alone_may_evaluate(cms: Cms) -> None:
    cms.log_in()
    assert "unsafe-eval" in cms.get("/metal/").headers["content-security-policy"]
    assert "unsafe-eval" not in ask(cms.web, "/edit/metal/").headers["content-security-policy"]
    assert ask(cms.web, "/decap-cms.js").status == 404
    settings = json.loads(cms.get("/metal/config.yml").body)
    assert settings["backend"]["proxy_url"] == "/metal/api/v1"


def test_only_the_expected_script_is_served(cms: Cms) -> None:
    assert cms.get("/decap-cms.js").status == 404
    (cms.config.root / "cms").mkdir()
    (cms.config.root / "cms" / "decap-cms.js").write_text("alert(1)")
    assert cms.get("/decap-cms.js").status == 409


def test_entries_are_listed_and_saved_through_the_gate(cms: Cms) -> None:
    cms.log_in()
    status, listed = cms.call("entriesByFolder", folder="pages", extension="md", depth=1)
    assert status == 200
    about = next(one for one in listed if one["file"]["path"] == "pages/about.en.md")
    assert about["data"].startswith("---\n")
    text = "---\ntitle: About\n---\nMore of us.\n"
    assert cms.call("persistEntry", **entry("pages/about.en.md", text))[0] == 200
    assert files(cms)["pages/about.en.md"].decode() == text
    again = text.replace("More", "Many")
    assert cms.call("persistEntry", **entry("pages/about.en.md", again))[0] == 200
    status, refused = cms.call("persistEntry", **entry("pages/bad.md", "---\ntitel: x\n---\n"))
    assert status == 422
    assert "pages/bad.md:2: `titel` is not a known key. Did you mean `title`?" in refused["error"]
    for path in ("../x.md", "pages/../../x.md", ".gitattributes", "pages/.git/config"):
        assert cms.call("persistEntry", **entry(path, text))[0] == 422
    moved = entry("pages/about.en.md", again, newPath="pages/who.en.md")
    assert cms.call("persistEntry", **moved)[0] == 422  # something links to it
    assert cms.call("getEntry", path="pages/none.md")[1]["data"] is None
    found = cms.call("entriesByFiles", files=[{"path": "site.yaml", "label": "Site"}])[1]
    assert found[0]["file"]["label"] == "Site"


def test_nothing_is_written_over_what_this_browser_has_not_read(cms: Cms) -> None:
    cms.log_in()
    path = "pages/about.en.md"
    assert cms.call("persistEntry", **entry(path, "---\ntitle: A\n---\nx\n"))[0] == 409
    cms.call("getEntry", path=path)
    grant = next(iter(access.Access(cms.config).grants().by_id.values()))
    base = siteedits.look(cms.config, "metal").files[path]
    theirs = Edit(path, b"---\ntitle: A\n---\nTheirs.\n", base)
    siteedits.save(cms.config, "metal", grant, [theirs], subject="x", source="web", name="L")
    assert cms.call("persistEntry", **entry(path, "---\ntitle: A\n---\nx\n"))[0] == 409
    assert files(cms)[path].endswith(b"Theirs.\n")


def test_media_are_made_anew_listed_and_taken_away(cms: Cms) -> None:
    cms.log_in()
    octets, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (50, 50), "red").save(octets, "JPEG", exif=exif)
    asset = {"path": "media/gate.jpg", "encoding": "base64"}
    asset["content"] = base64.b64encode(octets.getvalue()).decode()
    status, kept = cms.call("persistMedia", asset=asset, options={"commitMessage": "x"})
    assert (status, kept["path"], kept["encoding"]) == (200, "media/gate.jpg", "base64")
    assert b"taken at home" not in files(cms)["media/gate.jpg"]
    assert "media/gate.jpg" in [one["path"] for one in cms.call("getMedia", mediaFolder="media")[1]]
    assert cms.call("getMediaFile", path="media/gate.jpg")[1]["id"] == kept["id"]
    assert cms.call("getMediaFile", path="site.yaml")[0] == 404
    bad = asset | {"path": "media/no.jpg", "content": base64.b64encode(b"no").decode()}
    assert cms.call("persistMedia", asset=bad)[0] == 422
    assert cms.call("deleteFiles", paths=["media/gate.jpg"], options={})[0] == 200
    assert "media/gate.jpg" not in files(cms)


def test_what_is_not_offered_is_said_as_decap_understands_it(cms: Cms) -> None:
    cms.log_in()
    assert cms.call("unpublishedEntries") == (200, [])
    assert cms.call("unpublishedEntry", collection="pages", slug="x")[0] == 404
    assert cms.call("getDeployPreview", collection="pages", slug="x") == (200, None)
    assert cms.call("publishUnpublishedEntry", collection="pages", slug="x")[0] == 422
    assert cms.call("persistEntry", nonsense=1)[0] == 422
    workflow = entry("pages/a.md", "---\ntitle: A\n---\n") | {"options": {"useWorkflow": True}}
    assert cms.call("persistEntry", **workflow)[0] == 422
