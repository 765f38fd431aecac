"""What is done with each block of the how-tos, in the order in which a person does it."""

from __future__ import annotations

from tests.walk import editors, keepers, members, movers, people, samples
from tests.walk.step import Also, Do, Put, Settings, Skip, Step, Walk
from tests.walk.world import ADDRESS, KEY

README = "README.md"
OPERATOR = "docs/howto/operator.md"
MAIL = "docs/howto/mail-domain.md"
HOSTING = "docs/howto/hosting.md"
RECOVERY = "docs/howto/recovery.md"
EDITOR = "docs/howto/union-editor.md"
MODERATOR = "docs/howto/moderator.md"
POLLS = "docs/howto/polls.md"
PRIVACY = "docs/howto/privacy.md"
MOVING = "docs/howto/migrate.md"
PAGES = (
    README,
    OPERATOR,
    MAIL,
    HOSTING,
    EDITOR,
    MODERATOR,
    POLLS,
    PRIVACY,
    MOVING,
    RECOVERY,
)


def addresses_of_members(walk: Walk) -> None:
    path = walk.machine.path("~/members.txt")
    path.write_text("Ana <ana@home.example>\nben@home.example\n")


def first_look(walk: Walk) -> None:
    """`solicomm serve`, as root types it, then Ctrl-C."""
    read = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8080/').read().decode())"
    look = f'python3 -c "{read}"'
    serve = "/usr/local/bin/solicomm serve --hub /srv/solicomm/hub"
    walk.must(
        f"systemd-run --unit=first-look -p KillSignal=SIGINT {serve}",
        "serve",
    )
    said = walk.until(look, "the front page")
    walk.expect("Workers" in said, f"the front page does not name the hub: {said[:300]}")
    walk.must("systemctl stop first-look", "Ctrl-C")


def no_fault(walk: Walk) -> None:
    said = walk.machine.run("solicomm check")
    walk.expect("fault:" not in said.text, f"`solicomm check` has faults:\n{said.text}")


def silent_dns(walk: Walk) -> None:
    said = walk.machine.run("solicomm check")
    lines = [line for line in said.text.splitlines() if "warning" in line and "DNS" in line]
    walk.expect(not lines, f"the DNS is published, and `check` says {lines}")


def records(walk: Walk) -> None:
    """Publishes what `check --dns` prints, but for MX, and the way back is there already."""
    said = walk.must("solicomm check --dns", "records")
    walk.world.publish("\n".join(line for line in said.splitlines() if " MX " not in line))


def mx(walk: Walk) -> None:
    said = walk.must("solicomm check --dns | grep MX", "records")
    walk.world.publish(said)


def addresses(walk: Walk) -> None:
    walk.world.publish(
        "hub.example.org. 60 IN A 192.0.2.25\nmail.hub.example.org. 60 IN A 192.0.2.25"
    )


def authority(walk: Walk) -> None:
    """The world's own: certbot would ask another authority, and its reader for an address."""
    config = "server = https://acme.example:14000/dir\nemail = you@elsewhere.example\n"
    config += "agree-tos = true\nno-eff-email = true\n"
    folder = walk.machine.path("~/.config/letsencrypt")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cli.ini").write_text(config)
    walk.must(
        "install -m 644 ~/roots.pem /usr/local/share/ca-certificates/world.crt\n"
        "install -m 644 ~/server.pem /usr/local/share/ca-certificates/acme.crt\n"
        "update-ca-certificates > /dev/null",
        "whom people trust",
    )
    addresses(walk)


def hook(walk: Walk) -> None:
    walk.must(
        "export RENEWED_LINEAGE=/etc/letsencrypt/live/hub.example.org\n"
        "/etc/letsencrypt/renewal-hooks/deploy/solicomm",
        "the hook by hand",
    )


OWN = {"www.dockers.example": "www.dockers.example.org"}  # .example is never asked for
DNS = {"192.0.2.53": ADDRESS, "NAME-OF-THE-KEY": "walk", "THE-KEY": KEY}
CLONE = 'cd "$(sudo -u solicomm mktemp -d)"\nsudo -u solicomm -H git clone '
RENEW = "certbot renew --dry-run --no-random-sleep-on-renew"


def renews(walk: Walk) -> None:
    said = walk.machine.run(RENEW)
    walk.expect(said.code == 0, f"the certificate would not renew:\n{said.text}")


INSTALLED: list[Step] = [
    Do("apt install python3"),
    Do("cd /srv/solicomm", {"ADDRESS": "git://192.0.2.1/source.git"}),
]

TRIED: list[Step] = [
    Skip("make run", "begun in the background, below"),
    Also("make run", samples.begun),
    Do('echo "Hello all"'),
    Do("git clone http://127.0.0.1"),
    Do(
        ".venv/bin/solicomm moderate", sees=("dockers", "posts in"), never=("Traceback", "NOT WELL")
    ),
    Also("what was written is shown", samples.shown),
    Skip("mail ─SMTP", "a drawing"),
]

FIRST: list[Step] = [
    Do("ln -s /srv/solicomm/app"),
    Do("sudo -u solicomm -H git config"),
    Also("try it on this machine alone", first_look),
    Also("members.txt", addresses_of_members),
    Do("solicomm new conference organising", sees=("2",)),
    Skip(
        "url: https://hub.example.org",
        "the way with nothing in front; this walk goes with mail servers",
    ),
]

MAIL_DOMAIN: list[Step] = [
    Skip("world ⇄", "a drawing"),
    Also("whom the world trusts", authority),
    Do("apt install certbot"),
    Put("#!/bin/sh\ncase", "/etc/letsencrypt/renewal-hooks/deploy/solicomm", 0o755),
    Also("run the hook by hand", hook),
    Also("certbot renew --dry-run", renews),
    Settings('url: https://hub.example.org\nhttp: "[::]:443"'),
    Also("the union of the mail domain", people.union),
    Do('echo "postfix postfix/main_mailer_type'),
    Do("cd /srv/solicomm/app/deploy/systemd"),
    Do("apt install dovecot-imapd"),
    Do("solicomm check --dns\n", sees=("hub.example.org.*MX", "_dmarc", "_domainkey", "v=spf1")),
    Also("publish all but MX", records),
    Skip("hub.example.org.       3600", "published with the names of the certificate already"),
    Also("check has no fault", no_fault),
    Do("solicomm check\n"),
    Do("sed -i 's/^delivery"),
    Do("solicomm mailbox add ana@metal", typed="a long passphrase\n" * 2),
    Do("solicomm check --dns | grep MX", sees=("MX",)),
    Also("publish MX", mx),
    Also("check has no word on the DNS", silent_dns),
    Also("people read, write and forward", people.mail_goes_round),
    Do("apt install rspamd"),
    Also("authserv_id", people.believe_rspamd),
    Do("solicomm mta-maps\ncp"),
    Also("mail still goes round", people.mail_goes_round),
    Do(
        "journalctl -u postfix",
        {"water-join": "organising-join"},
        typed="a long passphrase\n",
        sees=("postfix", "passdb"),
    ),
]

ON_THE_WEB: list[Step] = [
    Settings("url: https://hub.example.org\nhttp: 127.0.0.1:8080"),
    Settings("tls: {certificate"),
    Do("sudo systemctl restart solicomm"),
    Do("sudo apt-get install caddy"),
    Also("Caddy asks the world's authority", people.caddy_in_the_world),
    Also("pages by Caddy", people.pages),
    Do("sudo certbot certonly --standalone", {"renew --dry-run": RENEW.removeprefix("certbot ")}),
    Also("no Caddy any more", lambda walk: people.off(walk, "caddy")),
    Do("sudo apt-get install nginx certbot"),
    Do(
        "sudo certbot certonly --webroot",
        {"-w /var": "--cert-name hub.example.org --force-renewal -w /var"},
    ),
    Put("dns_rfc2136_server", "/etc/letsencrypt/dns.ini", 0o600, DNS),
    Do(
        "sudo apt-get install python3-certbot-dns-rfc2136",
        {"-d unions.example": "--dns-rfc2136-propagation-seconds 2 -d unions.example"},
    ),
    Also("certbot renew --dry-run", renews),
    Do("sudo rm -f /etc/nginx", sees=("Needs: for mail programs: certbot certonly --webroot",)),
    Also("what is said to be needed", people.names_of_mail),
    Do(
        "sudo apt-get install curl",
        sees=("200", "(?i)content-security-policy", "404"),
        replace={"git clone": "cd $(mktemp -d); git clone"},
    ),
    Also("pages by nginx", people.pages),
    Also("nobody writes down who reads what", people.nothing_written_down),
    Do(
        "sudo -u solicomm solicomm site domain dockers www.dockers.example --hub",
        OWN,
        sees=("_solicomm",),
    ),
    Also("the union publishes it", people.union_publishes),
    Do("sudo -u solicomm solicomm site domain dockers www.dockers.example --check", OWN),
]

AFTERWARDS: list[Step] = [
    Do("solicomm status"),
    Also("a post is written", people.post),
    Do(CLONE + "/srv", {"<mid>": "$(cat ~/mid)"}),
    Do("solicomm token new ana", {"unions/metal": "unions/dockers"}),
    Also("a key", people.key),
    Do("install -d -o solicomm", {"unions/metal": "unions/dockers"}),
    Also("over ssh", people.by_ssh),
    Also("a mirror", people.mirror),
    Do("apt install public-inbox"),
    Also("its index", people.indexed),
    Settings("search:"),
    Skip("solicomm keys rotate", "tests/unit/keyring/test_rotating.py"),
    Do("solicomm audit", sees=("solicomm: token new '…' --repo=unions/dockers",)),
    Skip("solicomm remove list test", "tests/unit/removing/test_removing.py"),
    Skip("solicomm rename conference water", "tests/unit/renaming/test_renaming.py"),
    Do("solicomm trace", sees=("organising",)),
    Do(
        CLONE + "-q",
        {"sensible-editor": "sed -i 's/^posting: .*/posting: announce/'"},
        sees=(r"\d+ would differ",),
    ),
    Do("solicomm backup /var"),
    Do("solicomm backup verify", sees=("is whole",)),
    Also("a new version", people.upgraded),
    Do("solicomm new conference board", sees=("2 of 2|2 are new|0 of 2",)),
]

AGAIN: list[Step] = [
    Also("the machine is gone", people.gone),
    Do(
        "install -d -o solicomm",
        typed="y\n",
    ),
    Also("all is there", people.all_there),
    Skip('solicomm backup verify "$PLACE"', "tests/unit/backup/test_drill.py"),
    Also("a repository is broken", people.broken),
    Do('cd "$HUB"\nmv', before=people.BROKEN, after="END\n"),
    Also("build and start", people.mended),
    Also("all is there", people.all_there),
    Skip('cd "$HUB"\nmessage', "tests/faults/test_recovery.py"),
]

WALK: list[tuple[str, list[Step]]] = [
    (OPERATOR, INSTALLED),
    (README, TRIED),
    (OPERATOR, FIRST),
    (MAIL, MAIL_DOMAIN),
    (HOSTING, ON_THE_WEB),
    ("docs/howto/member.md", members.STEPS),
    (EDITOR, editors.STEPS),
    (MODERATOR, keepers.MODERATOR),
    (POLLS, keepers.POLLS),
    (PRIVACY, keepers.PRIVACY),
    (OPERATOR, AFTERWARDS),
    (MOVING, movers.STEPS),
    (RECOVERY, AGAIN),
]
