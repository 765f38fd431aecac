"""Caddy and nginx from Debian's packages, started with the configuration we generate.

client → nginx or Caddy → files of public/, else `solicomm web` (git, forms, what is missing)
"""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import hmac
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.foundation import clock, keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import environment
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.sessions import DAY, Sessions
from solicomm_build.post.conference import Conference
from solicomm_build.testing import frontservers, hubs, smallhub, webserver
from solicomm_build.testing.frontservers import Front
from solicomm_build.testing.ports import free_port
from solicomm_build.web.fronts import frontserver
from solicomm_build.web.fronts.frontserver import Place

SITE, OWN = "metal.sites.example", "www.metal.example"
BOARD = Conference("board", {"en": "Board"}, posting="open", visibility="members")
TOPIC = hubs.post("m0", subject="Strike fund", body="The chest holds rubies.\n")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The sample hub; its pages domain is in the pages, its ports are not."""
    made = hubs.sample(tmp_path_factory.mktemp("front") / "hub")
    made = dataclasses.replace(made, url="http://hub.example", pages="sites.example")
    smallhub.add_conference(made, BOARD)
    hubs.add(made, "board", [TOPIC])
    hubs.add(made, "organising", [hubs.post("m1", subject="Pipes", body="Open to all.\n")])
    now, consent = clock.now(), Consent("mail")
    smallhub.add_events(
        made,
        [
            rosterevents.member(1, "ana@union.example", at=now, consent=consent),
            rosterevents.subscribe("board", 1, at=now, consent=consent),
        ],
    )
    assert not hubs.build(made).failures
    proven = {OWN: {"union": "metal", "proven": "2026-03-01T00:00:00+00:00"}}
    (made.private / "domains.json").write_text(json.dumps(proven))
    upload = made.public / "conferences/organising/files/0/x.html"
    upload.parent.mkdir(parents=True)
    upload.write_text("<script>1</script>")
    (made.public / ".secret").write_text("x")
    return made


@contextlib.contextmanager
def fronted(kind: str, config: Config, folder: Path, **more: Any) -> Iterator[Front]:
    if frontservers.missing(kind):
        pytest.skip(f"{kind} is not installed: make debian")
    with webserver.running(config) as upstream:
        port = free_port()
        scheme = config.url.partition(":")[0]
        config = dataclasses.replace(config, http=upstream, url=f"{scheme}://hub.example:{port}")
        write = frontserver.nginx if kind == "nginx" else frontserver.caddy
        file = folder / ("solicomm.conf" if kind == "nginx" else "Caddyfile")
        file.write_text(write(config, Place(bind="127.0.0.1", **more)).text)
        run = frontservers.nginx if kind == "nginx" else frontservers.caddy
        with run(file, port, folder, tls=scheme == "https") as front:
            yield front


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def front(
    request: pytest.FixtureRequest, built: Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    with fronted(request.param, built, tmp_path_factory.mktemp(request.param)) as found:
        yield found


def test_a_site_is_at_its_own_origin(front: Front, built: Config) -> None:
    home = (built.public / "unions/metal/index.html").read_bytes()
    for host in (SITE, OWN):
        answer = front.get(host)
        assert (answer.status, answer.body) == (200, home), host
    assert front.get(SITE, "/news").headers["location"].endswith("/news/")
    css = next((built.public / "theme/unions").glob("metal.*.css")).name
    style = front.get(SITE, f"/theme/unions/{css}")
    assert style.headers["content-type"].startswith("text/css")
    assert style.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_the_hub_and_paths_below_it(front: Front, built: Config) -> None:
    assert front.get("hub.example").body == (built.public / "index.html").read_bytes()
    for path in ("/unions/metal/", "/conferences/organising/", "/search/", "/unions/metal/join/"):
        answer = front.get("hub.example", path)
        assert answer.status == 200, path
        assert answer.headers["content-type"] == "text/html; charset=utf-8", path


def test_catalogues_for_e_readers_are_what_they_say(front: Front, built: Config) -> None:
    atom = "application/atom+xml;profile=opds-catalog;kind="
    library = next((built.public / "libraries").iterdir()).name
    for name, kind in (
        ("root.xml", f"{atom}navigation"),
        ("new.xml", f"{atom}acquisition"),
        ("root.json", "application/opds+json"),
    ):
        answer = front.get("hub.example", f"/libraries/{library}/opds/{name}")
        assert (answer.status, answer.headers["content-type"]) == (200, kind), name
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_is_compressed_already_is_sent_as_it_is(front: Front, built: Config) -> None:
    answer = front.get(SITE, "/", accept_encoding="gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.body == (built.public / "unions/metal/index.html.gz").read_bytes()
    assert gzip.decompress(answer.body) == (built.public / "unions/metal/index.html").read_bytes()
    assert "accept-encoding" in answer.headers["vary"].lower()


def test_every_answer_has_the_headers_of_security(front: Front) -> None:
    hub = [("hub.example", path) for path in ("/", "/search/", "/nothing/")]
    for host, path in (*hub, (SITE, "/"), (SITE, "/nothing/"), (SITE, "/join/")):
        headers = front.get(host, path).headers
        where = f"{host}{path}"
        assert "frame-ancestors 'none'" in headers["content-security-policy"], where
        assert headers["content-security-policy"].count("default-src") == 1, where
        assert headers["x-content-type-options"] == "nosniff", where
        assert headers["referrer-policy"] == "no-referrer", where
        assert headers["cross-origin-opener-policy"] == "same-origin", where
        assert headers["cross-origin-resource-policy"] == "same-origin", where
        assert headers["x-frame-options"] == "DENY", where
        assert "camera=()" in headers["permissions-policy"], where
        assert headers["cache-control"] == "no-cache", where


def test_uploads_are_saved_and_never_shown(front: Front) -> None:
    answer = front.get("hub.example", "/conferences/organising/files/0/x.html")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"].startswith("sandbox")


def test_what_is_missing_has_its_own_page(front: Front, built: Config) -> None:
    site = front.get(SITE, "/nothing/here/")
    assert (site.status, site.body) == (404, (built.public / "unions/metal/404.html").read_bytes())
    hub = front.get("hub.example", "/nothing/here/")
    assert (hub.status, hub.body) == (404, (built.public / "404.html").read_bytes())


def test_what_nobody_shall_see(front: Front) -> None:
    for path in ("/metrics", "/hosts/known?domain=hub.example", "/.secret", "/../private/"):
        assert front.get("hub.example", path).status in (400, 403, 404), path


def test_other_programs_reach_the_hub_at_their_well_known_addresses(front: Front) -> None:
    """Those of mail, of the hub and of who finds a hole in it."""
    known = {"security.txt": b"Contact:", "solicomm/hub.yaml": b"schema: solicomm/hub@card1"}
    for name, words in known.items():
        assert words in front.get("hub.example", f"/.well-known/{name}").body, name


def test_names_that_are_not_ours(front: Front) -> None:
    for host in ("nobody.sites.example", "a.metal.sites.example", "evil.example"):
        assert front.get(host).status == 421, host


def test_a_form_goes_through(front: Front) -> None:
    answer = front.get("hub.example", "/join/nothing", method="POST", body=b"a=b")
    assert answer.status in (400, 403, 404, 415)
    joined = front.get(
        SITE, "/join/", method="POST", body=b"", content_type="application/x-www-form-urlencoded"
    )
    assert joined.status != 405
    assert joined.status < 500


def test_what_is_written_on_a_page_goes_through(front: Front, built: Config) -> None:
    """Also more than a server in front lets through by itself, and the form for one answer."""
    kind, host = "application/x-www-form-urlencoded", "hub.example"
    page = "/conferences/organising/"
    blank = front.get(host, page, method="POST", body=b"text=Hello", content_type=kind)
    assert blank.status == 422
    assert b"Hello</textarea>" in blank.body
    large = b"text=" + b"x" * 3_000_000
    assert front.get(host, page, method="POST", body=large, content_type=kind).status == 413
    topic = next((built.public / "conferences/organising/t").iterdir()).name
    answer = front.get(host, f"{page}t/{topic}/?to={topic}")
    assert answer.status == 200
    assert f'name="to" value="{topic}"'.encode() in answer.body
    assert b"article" in front.get(host, f"{page}t/{topic}/").body


def test_git_clones_through_it(front: Front, tmp_path: Path) -> None:
    url = f"http://hub.example:{front.port}/unions/metal.git"
    settings = ("-c", f"http.curloptResolve=hub.example:{front.port}:127.0.0.1")
    done = subprocess.run(
        ["git", *settings, "clone", "-q", url, str(tmp_path / "copy")],
        env=environment() | {"GIT_ALLOW_PROTOCOL": "http"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy/site.yaml").exists()


def test_members_read_through_it_and_nobody_else(front: Front, built: Config) -> None:
    hub, page = "hub.example", f"/conferences/board/t/{hubs.tid_of(TOPIC)}/"
    sessions = Sessions(built)
    link = sessions.link(1, page, clock.now())
    sessions.close()
    assert front.get(hub, f"/login/{link}").status == 200
    entered = front.get(hub, f"/login/{link}", method="POST", body=b"x=")
    assert (entered.status, entered.headers["location"]) == (303, page)
    own = Sessions(built)
    secret, _ = own.begin(own.link(1, "", clock.now()), clock.now(), DAY) or ("", None)
    own.close()
    mac = hmac.digest(keys.token_key(built.keys), f"member\0cookie\0{secret}".encode(), "sha256")
    cookie = f"solicomm-member={secret}.{mac.hex()[:26]}"
    shown = front.get(hub, page, cookie=cookie)
    assert (shown.status, b"rubies" in shown.body) == (200, True)
    assert shown.headers["cache-control"] == "private, no-store"
    assert "etag" not in shown.headers
    secret_answer, missing = (
        front.get(hub, path) for path in (page, page.replace("board", "nothi"))
    )
    for answer in (secret_answer, missing):
        answer.headers.pop("date", None)
    assert secret_answer == missing
    assert secret_answer.status == 404
    assert front.get(SITE, page, cookie=cookie).status in (302, 404)
    assert front.get(SITE, "/members/", cookie=cookie).status == 404


def test_nginx_with_certificates(built: Config, tmp_path: Path) -> None:
    for name in ("hub.example", "sites.example", OWN):
        (tmp_path / name).mkdir()
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                f"/CN={name}",
                "-addext",
                f"subjectAltName=DNS:{name},DNS:*.{name}",
                "-keyout",
                tmp_path / name / "privkey.pem",
                "-out",
                tmp_path / name / "fullchain.pem",
            ],
            check=True,
            capture_output=True,
            timeout=30,
        )
    secure = dataclasses.replace(built, url="https://hub.example")
    with fronted("nginx", secure, tmp_path, certificates=tmp_path) as front:
        sessions = Sessions(built)
        link = sessions.link(1, "", clock.now())
        sessions.close()
        entered = front.get("hub.example", f"/login/{link}", method="POST", body=b"x=")
        assert "secure" in entered.headers["set-cookie"].lower()
        for host, path in ((SITE, "/"), (OWN, "/"), ("hub.example", "/"), (SITE, "/nothing")):
            answer = front.get(host, path)
            assert answer.status == (404 if path == "/nothing" else 200), host
            assert answer.headers["strict-transport-security"] == "max-age=31536000", host
        with pytest.raises(OSError, match=r"(?i)unrecognized.name|handshake"):
            front.get("evil.example")


@pytest.mark.skipif(frontservers.missing("caddy"), reason="caddy is not installed: make debian")
def test_caddy_gets_certificates_by_itself_and_asks_first(built: Config, tmp_path: Path) -> None:
    """That it gets them cannot be tried on loopback; that it reads the file so can."""
    secure = dataclasses.replace(built, url="https://hub.example")
    file = tmp_path / "Caddyfile"
    file.write_text(frontserver.caddy(secure, Place()).text)
    command = ["caddy", "adapt", "--adapter", "caddyfile", "--config", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    policies = json.loads(done.stdout)["apps"]["tls"]["automation"]
    asked = f"http://{secure.http[0]}:{secure.http[1]}/hosts/known"
    assert asked in json.dumps(policies["on_demand"])
    assert any(policy.get("on_demand") for policy in policies["policies"])


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_nobody_writes_down_who_reads_what_when_the_hub_is_down(
    kind: str, built: Config, tmp_path: Path
) -> None:
    if frontservers.missing(kind):
        pytest.skip(f"{kind} is not installed: make debian")
    port, nobody = free_port(), free_port()
    config = dataclasses.replace(
        built, http=("127.0.0.1", nobody), url=f"http://hub.example:{port}"
    )
    write = frontserver.nginx if kind == "nginx" else frontserver.caddy
    file = tmp_path / "config"
    file.write_text(write(config, Place(bind="127.0.0.1")).text)
    run = frontservers.nginx if kind == "nginx" else frontservers.caddy
    with run(file, port, tmp_path) as front:
        assert front.get("hub.example", "/strike-fund/").status == 502
        assert front.get("hub.example", "/search/?q=strike-fund").status == 502
        assert front.get("hub.example", "/").status == 200
        front.get("evil.example", "/strike-fund/")
    written = "".join(
        path.read_text("utf-8", "replace")
        for path in tmp_path.rglob("*")
        if path.is_file() and path != file and path.suffix != ".json"
    )
    assert "strike-fund" not in written
    assert "remote_ip" not in written
    assert "client:" not in written


def test_caddy_does_not_note_who_opened_a_site_first(built: Config) -> None:
    """It notes both when it gets a certificate on demand; `make walk` sees it happen."""
    there = dataclasses.replace(built, url="https://hub.example", http=("127.0.0.1", 8080))
    told = frontserver.caddy(there, Place()).text
    assert "on_demand" in told
    assert "exclude http.log http.handlers tls.on_demand\n" in told
