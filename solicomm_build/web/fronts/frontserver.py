"""Configuration of a web server in front of `solicomm web`: Caddy or nginx, from deploy/.

The shipped files have marks `@LIKE_THIS@` (`@@` is an @). What is written is a function of
hub.yaml, the proven domains, and which certificates (nginx) are there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from solicomm_build.foundation import data
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import domains, mailnames
from solicomm_build.foundation.hub.config import Config, named
from solicomm_build.message.auth import front
from solicomm_build.web import mediatype
from solicomm_build.web.fronts import nginxpages
from solicomm_build.web.headers import FILE_POLICY, PAGE_POLICY, PERMISSIONS, TRANSPORT

BROTLI = Path("/etc/nginx/modules-enabled")
"""Where Debian's nginx lists its modules; libnginx-mod-http-brotli-static puts one here."""
CERTIFICATES = Path("/etc/letsencrypt/live")
"""Where certbot keeps certificates, a folder a name."""

PAGES_KEPT = Path("/var/cache/nginx/solicomm")
"""Where nginx keeps what it got from a store of objects."""
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  what stands for all, for us

_MARK = re.compile(r"@([A-Z_]+)@|@@")
_SAFE = re.compile(r"[^\s\"\\{};$@]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server in front runs: addresses to listen on (none: all), and what nginx finds."""

    bind: str = ""
    certificates: Path = CERTIFICATES
    brotli: bool = False
    acme: str = ""
    """The directory of the authority that Caddy asks; the usual ones without it."""
    says_http2: bool = True
    """Whether this nginx knows `http2 on` (1.25.1); else it is a word of `listen`."""
    pages_in_s3: bool = False
    """Whether nginx takes pages from the bucket that hub.yaml names, not from this machine."""
    cache: Path = PAGES_KEPT
    """Where nginx keeps what it got from there."""


@dataclass(frozen=True, slots=True)
class Written:
    """The text, what the operator still has to do, and what could not be looked at."""

    text: str
    todo: list[str] = field(default_factory=list)
    note: str = ""


def nginx(config: Config, place: Place) -> Written:
    """A file for /etc/nginx/conf.d. Raises UsageError for a hub whose paths nginx cannot name, or
    that nginx could not stand in front of."""
    scheme, host, port = _url(config)
    tls, todo = scheme == "https", _stand_in_front(config, place, port)
    unseen: list[str] = []
    listen = f"    listen {place.bind + ':' if place.bind else ''}{port}{' ssl' if tls else ''};"
    if not place.bind:
        listen += f"\n    listen [::]:{port}{' ssl' if tls else ''};"
    hsts = f'        add_header Strict-Transport-Security "{TRANSPORT}" always;' if tls else ""
    marks = _marks(config) | {
        "LISTEN": _two(listen, place) if tls else listen,
        "HUB_NAMES": " ".join(dict.fromkeys((host, config.domain))),
        "TYPES": _types(8, mediatype.PAGES),
        "UPLOADS": _types(12, mediatype.UPLOADS),
        "BROTLI": "    brotli_static on;" if place.brotli else "",
        "HSTS": hsts,
        "HEADERS": _NGINX_HEADERS + (f"\n{hsts}" if tls else ""),
        "PROXY": _NGINX_PROXY,
        "PUSH_BYTES": "0",  # the gate has limits, and says why
        "TLS_HUB": _certificate(place, host) if tls else "",
        "DEFAULT_SERVER": _nginx_default(listen, tls=tls, plain=tls and port == 443),
    }
    unions, blocks = [], []
    if config.pages:
        label = "(?<solicomm_label>[a-z0-9][a-z0-9-]{0,27})"
        unions.append(f'    "~^{label}\\.{re.escape(config.pages)}$" $solicomm_label;')
        blocks.append((f"*.{config.pages}", config.pages))
    for name, union in sorted(domains.proven(config).items() if config.pages else ()):
        unions.append(f"    {name} {union};")
        if tls and _lacks(place, name, unseen):
            todo.append(
                f"certbot certonly --webroot -w /var/www/html -d {name}, then write this anew"
            )
        else:
            blocks.append((name, name))
    common = _shipped("cluster/nginx-pages.conf" if place.pages_in_s3 else "nginx/common.conf")
    template = _shipped("nginx/sites.conf")
    below = "/unions/$solicomm_union" if place.pages_in_s3 else ""
    sites = [
        template.replace("@SITE_NAMES@", names)
        .replace("@TLS_SITE@", _certificate(place, certificate) if tls else "")
        .replace("@COMMON@", common.replace("@BELOW@", below))
        for names, certificate in blocks
    ]
    marks |= {"UNIONS": "\n".join(unions), "SITES": "".join(sites), "COMMON": common}
    marks |= nginxpages.marks(config, place.cache) if place.pages_in_s3 else _FROM_FILES
    if place.pages_in_s3:
        todo.append(f"mkdir -p {place.cache}, a folder of the user that nginx runs as")
    marks |= _nginx_mail(config, place, todo) if tls else {"MAIL": ""}
    text = _filled(_shipped("nginx/solicomm.conf"), marks)
    for needed in (host, config.pages):
        if tls and needed and _lacks(place, needed, unseen):
            todo.insert(
                0, f"a certificate in {place.certificates / needed} (fullchain.pem, privkey.pem)"
            )
    return Written(re.sub(r"\n{3,}", "\n\n", text), todo, _note(place, unseen))


def caddy(config: Config, place: Place) -> Written:
    """A Caddyfile. Raises UsageError for a hub whose paths Caddy cannot name, or that Caddy could
    not stand in front of."""
    scheme, host, port = _url(config)
    tls, todo = scheme == "https", _stand_in_front(config, place, port)
    tail = "" if port in (80, 443) else f":{port}"
    options = ["\tlog {\n\t\texclude http.log http.handlers tls.on_demand\n\t}"]
    if tls and place.acme:
        options.append(f"\tacme_ca {_safe(place.acme)}")
    if tls and (config.pages or mailnames.every(config)):
        ask = f"http://{_upstream(config)}/hosts/known"
        options.append(f"\ton_demand_tls {{\n\t\task {ask}\n\t}}")
    if tail:
        options.append(f"\t{'https' if tls else 'http'}_port {port}")
    names = [f"{scheme}://{name}{tail}" for name in dict.fromkeys((host, config.domain))]
    marks = _marks(config) | {
        "OPTIONS": "\n".join(options),
        "HUB_NAMES": ", ".join(names),
        "BIND": f"\tbind {place.bind}" if place.bind else "",
        "HSTS": f'\t\theader Strict-Transport-Security "{TRANSPORT}"' if tls else "",
        "PUSH_BYTES": str(2 * config.limits.library_push_bytes + (256 << 20)),
        "SITES": "",
    }
    if config.pages:
        rows = [f'\t\t~^([a-z0-9][a-z0-9-]{{0,27}})\\.{re.escape(config.pages)}$ "${{1}}"']
        rows += [f"\t\t{name} {union}" for name, union in sorted(domains.proven(config).items())]
        marks |= {
            "SITES": _shipped("caddy/sites.Caddyfile"),
            "SITE_NAMES": f"{scheme}://{tail}",
            "TLS_SITE": "\ttls {\n\t\ton_demand\n\t}" if tls else "",
            "UNIONS": "\n".join(rows),
        }
    marks |= _caddy_mail(config, scheme, tail)
    text = _filled(_shipped("caddy/Caddyfile"), marks)
    return Written(re.sub(r"(?<!\n)\n\n++(?=[\t}])", "\n", text), todo)


def _nginx_mail(config: Config, place: Place, todo: list[str]) -> dict[str, str]:
    """The names of mail, once there is a certificate for all of them (the first one names it).
    They are no part of the hub's web, so they never keep nginx from starting: who may not look
    leaves them out."""
    names = mailnames.every(config)
    if not names:
        return {"MAIL": ""}
    hidden = list[str]()
    lacks = _lacks(place, names[0], hidden)
    if hidden:
        todo.append(
            f"for mail programs: root, who may look whether there is a certificate of {names[0]}. "
            "Write this anew with sudo in front"
        )
        return {"MAIL": ""}
    if lacks:
        wanted = " -d ".join(names)
        todo.append(
            f"for mail programs: certbot certonly --webroot -w /var/www/html -d {wanted}, then "
            "write this anew"
        )
        return {"MAIL": ""}
    return {
        "MAIL": _shipped("nginx/mail.conf"),
        "MAIL_NAMES": " ".join(names),
        "TLS_MAIL": _certificate(place, names[0]),
    }


def _caddy_mail(config: Config, scheme: str, tail: str) -> dict[str, str]:
    """The names of mail, with a certificate when somebody asks; and where certbot proves the mail
    server's own name."""
    names = mailnames.every(config)
    if not names or scheme != "https":
        return {"MAIL": ""}
    return {
        "MAIL": _shipped("caddy/mail.Caddyfile"),
        "MAIL_NAMES": ", ".join(f"{scheme}://{name}{tail}" for name in names),
        "MAIL_HOST": f"http://{mailnames.host(config)}",
        "TLS_SITE": "\ttls {\n\t\ton_demand\n\t}",
    }


_NGINX_HEADERS = nginxpages.SECURITY + "        add_header Cache-Control $solicomm_cache;"
_FROM_FILES = {
    "URI": "$uri",
    "STORE_HTTP": "",
    "SITE_THEME": """\
    location /theme/ {
        root "@PUBLIC@";
@HEADERS@
        try_files $uri =404;
    }""",
}
_NGINX_PROXY = (
    'proxy_pass http://solicomm; proxy_http_version 1.1; proxy_set_header Connection ""; '
    "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme; "
    "proxy_set_header X-Forwarded-For $remote_addr;"
)


def _nginx_default(listen: str, *, tls: bool, plain: bool) -> str:
    """What answers names that are not ours; beside https also what sends plain http there."""
    first = listen.replace(" ssl", "").replace(
        ";", " ssl default_server;" if tls else " default_server;"
    )
    silent = "    access_log off;\n    error_log /dev/null emerg;\n"
    refuse = silent + ("    ssl_reject_handshake on;" if tls else "    return 421;")
    blocks = [f"\n# Every other name.\nserver {{\n{first}\n{refuse}\n}}\n"]
    if plain:
        blocks.append(
            "\n# Plain http: certificates are proved here, all else is sent on.\nserver {\n"
            + first.replace("443 ssl", "80")
            + f"\n{silent}"
            "    location /.well-known/acme-challenge/ { root /var/www/html; }\n"
            "    location / { return 301 https://$host$request_uri; }\n}\n"
        )
    return "".join(blocks)


def _two(listen: str, place: Place) -> str:
    """The lines with HTTP/2, as this nginx wants it said."""
    return (
        f"{listen}\n    http2 on;" if place.says_http2 else listen.replace(" ssl;", " ssl http2;")
    )


def knows_http2(version: str) -> bool:
    """Whether an nginx that calls itself so (`nginx -v`) knows `http2 on`, which came with 1.25.1;
    one that says nothing of itself does."""
    found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", version)
    return found is None or tuple(map(int, found.groups())) >= (1, 25, 1)


def _certificate(place: Place, name: str) -> str:
    folder = _safe(str(place.certificates / name))
    return (
        f"    ssl_certificate {folder}/fullchain.pem;\n"
        f"    ssl_certificate_key {folder}/privkey.pem;"
    )


def _types(indent: int, table: Mapping[str, str]) -> str:
    rows: dict[str, list[str]] = {}
    for extension, kind in table.items():
        rows.setdefault(kind.partition(";")[0], []).append(extension)
    return "\n".join(f"{' ' * indent}{kind} {' '.join(names)};" for kind, names in rows.items())


def _marks(config: Config) -> dict[str, str]:
    return {
        "NAME": " ".join(config.name.split()),
        "PUBLIC": _safe(str(config.public.resolve())),
        "UPSTREAM": _upstream(config),
        "PAGE_POLICY": PAGE_POLICY,
        "FILE_POLICY": FILE_POLICY,
        "PERMISSIONS": PERMISSIONS,
    }


def _upstream(config: Config) -> str:
    """Where the server in front finds SoliComm: on this machine, when that listens everywhere."""
    host, port = config.http
    return named((_EVERYWHERE.get(host, host), port))


def _stand_in_front(config: Config, place: Place, port: int) -> list[str]:
    """What is to be done so that this server is in front. Raises UsageError when both would listen
    at one port, or when they would not speak the same with each other. Of a hub that is still a
    trial, whose `url` leads to SoliComm itself, the port is only said."""
    host, own = config.http
    taken = {port, 80} if port == 443 else {port}
    everywhere = not place.bind or place.bind in _EVERYWHERE or host in _EVERYWHERE
    if own in taken and (everywhere or host == place.bind):
        if config.url == f"http://{named(config.http)}" and front.is_loopback(host):
            return [f"`url` in hub.yaml: the address that people type, not {config.url}"]
        raise UsageError(
            f"SoliComm itself listens at port {own} (`http: {named(config.http)}` in hub.yaml), "
            f"where the server in front has to listen for {config.url}. Write "
            "`http: 127.0.0.1:8080` there, restart SoliComm, and run this again"
        )
    if config.tls and config.tls_on_web:
        raise UsageError(
            f"SoliComm itself speaks https at {named(config.http)}, and the server in front would "
            "speak http to it. Write `web: off` under `tls` in hub.yaml: the certificate is then "
            "for mail alone; restart SoliComm, and run this again"
        )
    if host in _EVERYWHERE:
        return [f"`http: 127.0.0.1:{own}` in hub.yaml, or everybody gets past this server"]
    return []


def _lacks(place: Place, name: str, unseen: list[str]) -> bool:
    """Whether nginx would find no certificate of a name. Where this user may not look, as in the
    folder of certbot, it is taken to be there, and goes to `unseen`."""
    try:
        (place.certificates / name / "fullchain.pem").stat()
    except PermissionError:
        unseen.append(name)
    except OSError:
        return True
    return False


def _note(place: Place, unseen: list[str]) -> str:
    if not unseen:
        return ""
    return (
        f"This user may not look into {place.certificates}, so the file names the certificates of "
        f"{', '.join(sorted(unseen))} as if they were there: `nginx -t` says whether they are."
    )


def _url(config: Config) -> tuple[str, str, int]:
    parts = urlsplit(config.url)
    if parts.path:
        raise UsageError(f"{config.url} names a path; a hub behind a server has a name of its own")
    return (
        parts.scheme,
        parts.hostname or "",
        parts.port or (443 if parts.scheme == "https" else 80),
    )


def _safe(path: str) -> str:
    if not _SAFE.fullmatch(path):
        raise UsageError(f"{path} cannot stand in such a file: move it to a path without spaces")
    return path


def _shipped(name: str) -> str:
    return (data.folder("deploy") / name).read_text("utf-8")


def _filled(text: str, marks: Mapping[str, str]) -> str:
    """The text with its marks replaced, those in what is put in, too."""
    for _ in range(4):
        text = _MARK.sub(lambda found: marks.get(found[1], found[0]) if found[1] else "@@", text)
    return text.replace("@@", "@")
