"""The web server in front, and the certificates, which renew by themselves.

Mail's certificate is certbot's in every case: proved by a file below /var/www/html that the server
in front shows, or, without one, by certbot itself at port 80. Caddy gets those of the web by
itself; nginx and the hub alone use certbot's. After each renewal one hook hands the files over and
reloads who uses them. Until there is a certificate one of our own stands in its place, so that all
servers start.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from solicomm_build.features.setup import authority, reach
from solicomm_build.features.setup.answers import Answers
from solicomm_build.features.setup.machine import MEMORY, USER, Machine
from solicomm_build.features.setup.places import CERTIFICATE, HUB, KEY, TLS, certify, must
from solicomm_build.features.setup.step import Step
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import mailnames

WEBROOT = "/var/www/html"
HOOK = "/etc/letsencrypt/renewal-hooks/deploy/solicomm"
_CADDYFILE = "/etc/caddy/Caddyfile"
_NGINX, _DEFAULT = "/etc/nginx/conf.d/solicomm.conf", "/etc/nginx/sites-enabled/default"

_OUT = f"{MEMORY}/web"
"""Root's own: what is made in the hub's folder its user could change before it is taken."""

_SCRIPT = """\
#!/bin/sh
# Written by `solicomm setup`. After each renewal mail's servers and the web server get what is new;
# nothing is restarted, so no connection is dropped.
case "$RENEWED_LINEAGE" in */@NAME@)
    install -d -o root -g @USER@ -m 750 @TLS@
    cd "$RENEWED_LINEAGE"
    install -o root -g @USER@ -m 640 -t @TLS@ fullchain.pem privkey.pem
esac
for unit in solicomm postfix dovecot nginx; do
    if systemctl --quiet is-active "$unit"; then systemctl reload "$unit"; fi
done
"""


def lineage(answers: Answers) -> str:
    """What certbot calls the certificate."""
    return answers.mail if answers.server == "caddy" else answers.host


def names(answers: Answers) -> tuple[str, ...]:
    """What the certificate of certbot is for."""
    if answers.server == "caddy":
        return (answers.mail,)
    more = (answers.domain,) if reach.lookup(answers.domain) else ()
    every = (answers.host, answers.mail, *more, *_of_programs(answers))
    return tuple(dict.fromkeys(every))


def _of_programs(answers: Answers) -> tuple[str, ...]:
    """Names at which mail programs ask, as far as they are published; without a server in front
    they stand in the one certificate there is."""
    return _published(answers) if answers.server == "none" else ()


def _published(answers: Answers) -> tuple[str, ...]:
    """Names at which mail programs and mail servers ask, as far as the DNS has them."""
    kinds = (*mailnames.PROGRAMS, mailnames.POLICY)
    every = [f"{kind}.{one}" for one in (answers.domain, *answers.unions) for kind in kinds]
    return tuple(one for one in every if reach.lookup(one))


def _lacking(machine: Machine, answers: Answers) -> tuple[str, ...]:
    """Names of mail programs that nginx needs a certificate of their own for, and has not."""
    found = _published(answers) if answers.server == "nginx" else ()
    first = f"autoconfig.{answers.domain}"
    is_there = machine.path(f"/etc/letsencrypt/live/{first}/fullchain.pem").exists()
    return () if is_there or first not in found else found


# -- for now ----------------------------------------------------------------------------------


def stand_in(answers: Answers) -> Step:
    """A certificate of our own, which nobody trusts and every server starts with."""

    def is_there(machine: Machine) -> bool:
        return machine.read(CERTIFICATE) is not None and machine.read(KEY) is not None

    def do(machine: Machine) -> None:
        made = authority.alone((answers.host, answers.mail))
        certify(machine, made.certificate, made.key)

    return Step(
        "stand-in",
        (f"a certificate of our own in {TLS}, until there is a real one",),
        is_done=is_there,
        do=do,
        prove=lambda machine: "" if is_there(machine) else f"{TLS} is empty",
    )


# -- the real one -----------------------------------------------------------------------------


def certificate(answers: Answers) -> Step:
    """Got from an authority, handed over, and renewed from then on."""
    script = _SCRIPT.replace("@NAME@", lineage(answers)).replace("@USER@", USER)
    script = script.replace("@TLS@", TLS)

    def is_there(machine: Machine) -> bool:
        if _lacking(machine, answers):
            return False
        return machine.read(HOOK) == script and _holds(machine, names(answers))

    def do(machine: Machine) -> None:
        machine.write(HOOK, script, mode=0o755)
        if answers.server != "none":
            machine.path(WEBROOT).mkdir(parents=True, exist_ok=True)
        machine.must(*_certbot(answers, lineage(answers), names(answers)))
        if more := _lacking(machine, answers):  # a convenience: without it people type a server
            machine.tries(*_certbot(answers, more[0], more))
        folder = f"/etc/letsencrypt/live/{lineage(answers)}"
        machine.must("env", f"RENEWED_LINEAGE={machine.path(folder)}", str(machine.path(HOOK)))

    def undo(machine: Machine) -> None:
        machine.put_back(HOOK)
        machine.tries("certbot", "delete", "-n", "--cert-name", lineage(answers))

    def prove(machine: Machine) -> str:
        for port in (465, 993):
            if not machine.until(lambda port=port: not reach.certified(answers.mail, port)):  # type: ignore[misc]
                why = reach.certified(answers.mail, port)
                return f"port {port} shows no certificate of {answers.mail} that holds ({why})"
        return ""

    shown = (answers.mail,) if answers.server == "caddy" else (answers.host, answers.mail)
    by = answers.acme or "Let's Encrypt, whose terms this accepts"
    return Step(
        "certificate",
        (
            f"a certificate for {' and '.join(shown)} from {by}, by certbot, which renews it",
            f"{HOOK} hands it over and reloads; nothing is restarted",
        ),
        is_done=is_there,
        do=do,
        undo=undo,
        prove=prove,
    )


def _certbot(answers: Answers, lineage: str, names: tuple[str, ...]) -> list[str]:
    """The words that get a certificate, and have it renewed the same way."""
    how = ("--standalone",) if answers.server == "none" else ("--webroot", "-w", WEBROOT)
    words = ["certbot", "certonly", "--non-interactive", "--agree-tos", "--no-eff-email"]
    words += ["-m", answers.operator, *how, "--keep-until-expiring", "--expand"]
    words += ["--server", answers.acme] if answers.acme else []
    words += ["--cert-name", lineage]
    for name in names:
        words += ["-d", name]
    return words


def _holds(machine: Machine, wanted: tuple[str, ...]) -> bool:
    """Whether the files are an authority's, of these names, for some days more."""
    found = authority.read(machine.read(CERTIFICATE) or "")
    if found is None or found.is_own:
        return False
    return found.ends > datetime.now(UTC) + timedelta(days=2) and set(wanted) <= found.names


# -- the server in front ----------------------------------------------------------------------


def front(answers: Answers) -> Step:
    """Caddy or nginx with what the hub says of it; or the hub alone."""
    if answers.server == "none":
        return Step(
            "web",
            (f"the hub itself shows its pages at https://{answers.host}/",),
            is_done=lambda machine: True,
            prove=lambda machine: _shows(machine, answers),
        )
    is_caddy = answers.server == "caddy"
    file, made = (_CADDYFILE, "Caddyfile") if is_caddy else (_NGINX, "solicomm.conf")

    def write(machine: Machine) -> str:
        more = ("--acme", answers.acme) if is_caddy and answers.acme else ()
        must(machine, "web-config", answers.server, "--out", str(machine.path(_OUT)), *more)
        text = machine.read(f"{_OUT}/{made}")
        if text is None:
            raise HubError(f"`solicomm web-config` has not written {_OUT}/{made}")
        return text

    def is_there(machine: Machine) -> bool:
        if not machine.path(HUB).is_dir() or not machine.is_active(answers.server):
            return False
        return machine.read(file) == write(machine)

    def do(machine: Machine) -> None:
        machine.write(file, write(machine))
        if not is_caddy:
            machine.drop(_DEFAULT)
            machine.must("nginx", "-t")
        machine.must("systemctl", "enable", "--quiet", answers.server)
        machine.must("systemctl", "restart", answers.server)

    def undo(machine: Machine) -> None:
        machine.put_back(file)
        machine.put_back(_DEFAULT)
        machine.tries("systemctl", "restart", answers.server)

    return Step(
        "web",
        (
            f"{'Caddy' if is_caddy else 'nginx'} in front, with the hub's {file}; pages at https://{answers.host}/",
        ),
        is_done=is_there,
        do=do,
        undo=undo,
        prove=lambda machine: _shows(machine, answers),
    )


def _shows(machine: Machine, answers: Answers) -> str:
    if machine.until(lambda: not reach.page(answers.host)):
        return ""
    return f"https://{answers.host}/ does not show the hub: {reach.page(answers.host)}"
