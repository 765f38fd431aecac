"""Decap CMS (optional): an origin of its own (`cms:` in hub.yaml) and its `proxy` API.

    GET, POST /<union>/         the way in, then Decap, which loads
    GET       /<union>/config.yml
    POST      /<union>/api/v1   {"branch", "action", "params"} → JSON, or {"error"}
    GET       /decap-cms.js     <hub>/cms/decap-cms.js, installed by the operator, by its SHA-256

Decap needs `eval` and inline styles, so it never shares an origin with pages, mail or git. It sends
no token: the cookie of features/sites/editing/editingsession.py says who asks, SameSite=Strict and
the JSON type keep
other sites out. Every write goes through the gate (features/sites/siteedits.py), as one commit by
the editor's name. Decap does not say which blob was changed; what this browser has read last is
remembered here, and a file that is another by now is refused with 409, nothing written over.
There is no work tree, nothing but the files of the site can be named, and media are listed up to a
limit. The editorial workflow is not offered (`publish_modes: [simple]`): drafts are branches.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from solicomm_build.extraction import photo
from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.editing import editing
from solicomm_build.features.sites.editing import editingpages as pages
from solicomm_build.features.sites.editing.editingsession import Session, Sessions
from solicomm_build.features.sites.siteedits import Changed, Edit, Look, Refused
from solicomm_build.features.sites.values import siteedit, sitefiles
from solicomm_build.foundation.errors import ConflictError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Oid
from solicomm_build.web.headers import SecurityHeaders
from solicomm_build.web.plainpage import wanted_language
from solicomm_build.web.posted import is_own

SHA256 = "7c1efd6b616b4786e279aeef194dd21649a72058d3bc8d1f78901b574610dfb8"
"""`dist/decap-cms.js` of decap-cms 3.16.3."""
SCRIPT = "cms/decap-cms.js"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "connect-src 'self' blob: data:",
        "font-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "frame-src 'self' blob:",
    )
)
"""Content-Security-Policy of Decap's page alone."""
_BODY = 24 * 1024 * 1024
_MEDIA = 16 * 1024 * 1024
"""Octets of media that one answer lists; the newest names are left out past it."""
_FORMATS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP", "gif": "GIF"}
_REMEMBERED = 200  # browsers


class Fault(Exception):
    """What an action answers in place of a result."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status, self.said = status, said


class Decap:
    """One hub's sites for Decap. What it does on the disk it does in threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._editing = editing.Editing(config)
        self._sessions = Sessions(config)
        self._read: dict[str, dict[str, Oid]] = {}
        self._actions: Mapping[str, Callable[[Session, Look, dict[str, Any]], Any]] = {
            "info": self._info,
            "entriesByFolder": self._by_folder,
            "entriesByFiles": self._by_files,
            "getEntry": self._entry,
            "persistEntry": self._persist,
            "unpublishedEntries": lambda *_: [],
            "unpublishedEntry": _not_found,
            "getMedia": self._media,
            "getMediaFile": self._media_file,
            "persistMedia": self._persist_media,
            "deleteFile": self._delete,
            "deleteFiles": self._delete,
            "getDeployPreview": lambda *_: None,
        }

    # -- pages ----------------------------------------------------------------------------------

    async def home(self, request: Request) -> Response:
        """The way in, and then Decap."""
        union, lang = request.path_params["union"], wanted_language(request)
        if not siteedits.exists(self._config, union):
            return pages.said(
                lang,
                escape(gettext(lang, "Edit the site")),
                escape(gettext(lang, "There is nothing here.")),
                404,
            )
        if request.method == "POST":
            answer = await self._editing.home(request)
            if answer.status_code != 303:
                return answer
            moved = RedirectResponse(f"/{union}/", 303, {"cache-control": "no-store"})
            moved.headers["set-cookie"] = answer.headers["set-cookie"]
            return moved
        if await asyncio.to_thread(self._sessions.of, request, union) is None:
            return pages.login(lang)
        text = (
            '<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width">\n<title>Decap CMS</title>\n'
            '<link href="config.yml" type="text/yaml" rel="cms-config-url">\n'
            '</head>\n<body><script src="/decap-cms.js"></script></body>\n</html>\n'
        )
        headers = {"cache-control": "no-store", "content-security-policy": POLICY}
        return Response(text, 200, headers, media_type="text/html")

    async def settings(self, request: Request) -> Response:
        """Decap's config.yml for a site, which is JSON and so YAML."""
        union = request.path_params["union"]
        if await asyncio.to_thread(self._sessions.of, request, union) is None:
            return JSONResponse({"error": "log in first"}, 403)
        text = json.dumps(_settings(union, self._config.url))
        return Response(text, 200, {"cache-control": "no-store"}, media_type="text/yaml")

    async def script(self, request: Request) -> Response:
        """Decap itself, when it is the file that it should be."""
        path = self._config.root / SCRIPT
        try:
            octets = await asyncio.to_thread(path.read_bytes)
        except OSError:
            return Response(f"{SCRIPT} is not installed; docs/howto/decap.md says how\n", 404)
        if hashlib.sha256(octets).hexdigest() != SHA256:
            return Response(f"{SCRIPT} is not the file that is expected\n", 409)
        return FileResponse(path, media_type="text/javascript")

    # -- the API --------------------------------------------------------------------------------

    async def api(self, request: Request) -> Response:
        """One action."""
        union = request.path_params["union"]
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"error": "application/json is expected"}, 415)
        session = await asyncio.to_thread(self._sessions.of, request, union)
        if session is None or not is_own(request):
            return JSONResponse({"error": "log in first"}, 401 if session is None else 403)
        octets = await _body(request)
        try:
            asked = json.loads(octets)
            action, params = asked["action"], asked.get("params") or {}
            act = self._actions[action]
        except (ValueError, KeyError, TypeError, RecursionError):
            return JSONResponse({"error": "this action is not known here"}, 422)
        try:
            done = await asyncio.to_thread(self._act, act, session, params)
        except Fault as fault:
            return JSONResponse({"error": fault.said}, fault.status)
        except (KeyError, TypeError, AttributeError, ValueError):
            return JSONResponse({"error": "the parameters are not as they should be"}, 422)
        return JSONResponse(done, headers={"cache-control": "no-store"})

    def _act(
        self,
        act: Callable[[Session, Look, dict[str, Any]], Any],
        session: Session,
        params: dict[str, Any],
    ) -> Any:
        return act(session, siteedits.look(self._config, session.union), params)

    def _info(self, session: Session, look: Look, params: dict[str, Any]) -> Any:
        return {"repo": session.union, "publish_modes": ["simple"], "type": "local_git"}

    def _by_folder(self, session: Session, look: Look, params: dict[str, Any]) -> Any:
        folder, end = str(params["folder"]).strip("/"), f".{params['extension']}"
        deep = int(params.get("depth") or 1)
        paths = [
            path
            for path in sorted(look.files)
            if path.startswith(f"{folder}/")
            and path.endswith(end)
            and path.count("/") - folder.count("/") <= deep
        ]
        return self._entries(session, look, [(path, "") for path in paths])

    def _by_files(self, session: Session, look: Look, params: dict[str, Any]) -> Any:
        wanted = [(str(one["path"]), str(one.get("label") or "")) for one in params["files"]]
        return self._entries(session, look, wanted)

    def _entry(self, session: Session, look: Look, params: dict[str, Any]) -> Any:
        return self._entries(session, look, [(str(params["path"]), "")])[0]

    def _entries(
        self, session: Session, look: Look, wanted: Sequence[tuple[str, str]]
    ) -> list[dict[str, Any]]:
        there = [path for path, _ in wanted if path in look.files]
        blobs = siteedits.read(self._config, look.union, [look.files[path] for path in there])
        texts = dict(zip(there, blobs, strict=True))
        seen = self._seen(session)
        seen |= {path: look.files[path] for path in there}
        return [
            {
                "data": texts[path].decode("utf-8", "replace") if path in texts else None,
                "file": {
                    "path": path,
                    "label": label,
                    "id": hashlib.sha256(texts[path]).hexdigest() if path in texts else None,
                },
            }
            for path, label in wanted
        ]

    def _persist(self, session: Session, look: Look, params: dict[str, Any]) -> Any:
        if (params.get("options") or {}).get("useWorkflow"):
            raise Fault(422, "the editorial workflow is not offered here; set publish_mode: simple")
        files = params.get("dataFiles") or [params["entry"]]
        edits: list[Edit] = []
        for one in files:
            old, new = str(one["path"]), str(one.get("newPath") or one["path"])
            if old != new and old in look.files:
                edits.append(Edit(old, None, self._base(session, look, old)))
            edits.append(Edit(new, str(one["raw"]).encode(), self._base(session, look, new)))
        edits += [self._asset(look, asset) for asset in params.get("assets") or ()]
        name = siteedit.called(edits[-1 if len(files) == len(edits) else 0].path)
        self._save(session, edits, f"Edit {name}")
        return {"message": "entry persisted"}

    def _base(self, session: Session, look: Look, path: str) -> Oid | None:
        """The blob that this browser read; none, and the file is taken for a new one."""
        return self._seen(session).get(path) if path in look.files else None

    def _asset(self, look: Look, asset: Mapping[str, Any]) -> Edit:
        """A file for media; a picture is made anew in its own format."""
        path = str(asset["path"])
        try:
            octets = base64.b64decode(str(asset["content"]), validate=True)
        except binascii.Error:
            raise Fault(422, f"{path}: the content is not base64") from None
        kind = _FORMATS.get(path.rpartition(".")[2].lower())
        made = photo.remade(octets, kind) if kind else octets
        if made is None:
            raise Fault(422, f"{path}: the picture cannot be read. Save it as PNG, JPEG or WebP")
        return Edit(path, made, look.files.get(path))

    def _media(self, session: Session, look: Look, params: dict[str, Any]) -> Any:
        paths = sorted(path for path in look.files if sitefiles.place(path) == "media")
        found: list[dict[str, Any]] = []
        whole = 0
        for path in paths:
            one = self._one_media(look, path)
            whole += len(one["content"])
            if whole > _MEDIA:
                break
            found.append(one)
        return found

    def _media_file(self, session: Session, look: Look, params: dict[str, Any]) -> Any:
        path = str(params["path"])
        if sitefiles.place(path) != "media" or path not in look.files:
            raise Fault(404, f"there is no {path}")
        return self._one_media(look, path)

    def _one_media(self, look: Look, path: str) -> dict[str, Any]:
        (octets,) = siteedits.read(self._config, look.union, [look.files[path]])
        return {
            "id": hashlib.sha256(octets).hexdigest(),
            "name": path.rpartition("/")[2],
            "path": path,
            "content": base64.b64encode(octets).decode(),
            "encoding": "base64",
        }

    def _persist_media(self, session: Session, look: Look, params: dict[str, Any]) -> Any:
        edit = self._asset(look, params["asset"])
        self._save(session, [edit], f"Add {edit.path}")
        return self._one_media(siteedits.look(self._config, session.union), edit.path)

    def _delete(self, session: Session, look: Look, params: dict[str, Any]) -> Any:
        paths = [str(path) for path in params.get("paths") or [params["path"]]]
        edits = [Edit(path, None, look.files[path]) for path in paths if path in look.files]
        self._save(session, edits, f"Take away {', '.join(paths)[:200]}")
        return {"message": f"deleted {', '.join(paths)}"}

    def _save(self, session: Session, edits: Sequence[Edit], subject: str) -> None:
        try:
            siteedits.save_of_browser(self._config, session.union, session.grant, edits, subject)
        except Refused as refused:
            lines = [
                f"{one.file}:{one.line}: {one.said}" if one.line else one.said
                for one in refused.faults
            ]
            raise Fault(422, "\n".join(lines)) from refused
        except (Changed, ConflictError) as error:
            raise Fault(409, error.public) from error
        except SoliCommError as error:
            raise Fault(422, error.public) from error
        now = siteedits.look(self._config, session.union)
        seen = self._seen(session)
        seen |= {edit.path: now.files[edit.path] for edit in edits if edit.path in now.files}

    def _seen(self, session: Session) -> dict[str, Oid]:
        """What a browser has read; the browser that came first is forgotten first."""
        if session.mark not in self._read and len(self._read) >= _REMEMBERED:
            self._read.pop(next(iter(self._read)))
        return self._read.setdefault(session.mark, {})


def create_cms(config: Config) -> Starlette:
    """The application of the second listener."""
    decap = Decap(config)
    routes = [
        Route("/decap-cms.js", endpoint=decap.script, methods=["GET"]),
        Route("/edit/page.css", endpoint=editing.style, methods=["GET"]),
        Route("/edit/preview.js", endpoint=editing.script, methods=["GET"]),
        Route("/{union}/", endpoint=decap.home, methods=["GET", "POST"]),
        Route("/{union}/config.yml", endpoint=decap.settings, methods=["GET"]),
        Route("/{union}/api/v1", endpoint=decap.api, methods=["POST"]),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)])
    app.state.held = ()
    return app


def _not_found(*_: Any) -> Any:
    raise Fault(404, "there is no such draft")


async def _body(request: Request) -> bytes:
    octets = bytearray()
    async for piece in request.stream():
        octets += piece
        if len(octets) > _BODY:
            return b""
    return bytes(octets)


def _settings(union: str, url: str) -> dict[str, Any]:
    def text(name: str, label: str, widget: str = "string", **more: Any) -> dict[str, Any]:
        return {"name": name, "label": label, "widget": widget} | more

    def kind(name: str, label: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
        common = [text("title", "Title"), *fields]
        common += [
            text("summary", "Summary", "text", required=False),
            text("body", "Text", "markdown"),
        ]
        return {
            "name": name,
            "label": label,
            "folder": name,
            "create": True,
            "extension": "md",
            "format": "frontmatter",
            "fields": common,
        } | more

    day: dict[str, Any] = {
        "widget": "datetime",
        "format": "YYYY-MM-DD",
        "date_format": "YYYY-MM-DD",
        "time_format": False,
    }
    return {
        "backend": {"name": "proxy", "proxy_url": f"/{union}/api/v1", "branch": "main"},
        "media_folder": "media",
        "public_folder": "media",
        "site_url": f"{url}/unions/{union}/",
        "slug": {"encoding": "ascii", "clean_accents": True},
        "collections": [
            kind("pages", "Pages"),
            kind("news", "News", text("date", "Day", **day), path="{{year}}/{{slug}}"),
            kind(
                "events",
                "Events",
                text("starts", "Begins"),
                text("place", "Place", required=False),
            ),
        ],
    }
