"""What people get from the hub that setup made."""

from __future__ import annotations

import time
from collections.abc import Callable

from solicomm_build.foundation.types import TxtAnswer
from solicomm_build.message.auth import dkim
from tests.operate import foreign, later, units
from tests.operate.setting import SETUP, Setting

ANA, PASSWORD = "ana@docks.example.org", "a long passphrase"
FRIENDS = ("maria@home.example", "ben@elsewhere.example")
FAR = {"far": "carla@far.example", "near": "dora@near.example"}
"""People at Exim, and at Postfix (foreign.py)."""
_IMAP = """\
import imaplib, sys
c = imaplib.IMAP4_SSL('mail.hub.example.org')
c.login('{who}', '{password}'); c.select()
sys.exit(not c.search(None, 'SUBJECT', '"{mark}"')[1][0])
"""
_SMTP = """\
import smtplib, ssl
if {port} == 465:
    c = smtplib.SMTP_SSL('mail.hub.example.org', 465, context=ssl.create_default_context())
else:
    c = smtplib.SMTP('mail.hub.example.org', 587); c.starttls(context=ssl.create_default_context())
c.login('{who}', '{password}')
c.sendmail('{who}', ['you@elsewhere.example'], 'From: {who}\\nSubject: {mark}\\n\\nHello')
"""


def mail_comes_in_and_is_read(setting: Setting) -> None:
    """Mail from the world to a mailbox, read by IMAP."""
    setting.must(
        f"solicomm mailbox add {ANA} --keep\nsolicomm mailbox password {ANA}\nsolicomm mta-maps",
        "a mailbox",
        typed=f"{PASSWORD}\n",
    )
    mark = f"in {time.monotonic_ns()}"
    setting.world.send("stranger@home.example", ANA, mark, "Good morning.")
    text = _IMAP.format(who=ANA, password=PASSWORD, mark=mark)
    setting.machine.path("~/read.py").write_text(text)
    setting.until("python3 ~/read.py", "read by IMAP")


def mail_goes_out(setting: Setting) -> None:
    """Mail from mail programs, by 465 and by 587, to the world."""
    for port in (465, 587):
        mark = f"out {port} {time.monotonic_ns()}"
        text = _SMTP.format(port=port, who=ANA, password=PASSWORD, mark=mark)
        setting.machine.path("~/write.py").write_text(text)
        setting.must("python3 ~/write.py", f"write by port {port}")
        setting.world.got("you@elsewhere.example", mark)


def a_list_reaches_others(setting: Setting) -> None:
    """A list with members at Exim and Postfix; DKIM and SPF pass there, as they say."""
    adds = "\n".join(f"solicomm member add news {one}" for one in (*FRIENDS, *FAR.values()))
    setting.must(
        f'solicomm new list news --title "News" --posting open\n{adds}\nsolicomm mta-maps', "a list"
    )
    mark = f"news {time.monotonic_ns()}"
    setting.world.publish('home.example. 60 IN TXT "v=spf1 a -all"')
    setting.world.send(FRIENDS[0], "news@hub.example.org", mark, "All of us.")
    for server in _judges(setting):
        said = foreign.judged(setting.world, server, mark)
        for method in ("dkim", "spf"):
            setting.expect(f"{method}=pass" in said, f"{server} says of {method}: {said}")
    for friend in FRIENDS:
        setting.world.got(friend, mark)
        raw = next(
            octets
            for path in (setting.world.root / "var/mail").glob(f"{friend}-*")
            if mark.encode() in (octets := path.read_bytes())
        )
        passes = dkim.passes(raw, lambda name: _txt(setting, name), lambda domain: True)
        setting.expect(passes, f"no DKIM signature of the copy to {friend} passes")


def letters_of_the_hub_hold_too(setting: Setting) -> None:
    """What the hub itself writes is from its own domain, so DMARC passes, too."""
    server = _judges(setting)[-1]
    setting.world.send(FAR[server], "news-request@hub.example.org", "help", "")
    said = foreign.judged(setting.world, server, "Subject: Answer from News")
    passes = "dmarc=pass" if server == "near" else "dkim=pass header.d=hub.example.org"
    setting.expect(passes in said, f"{server} says of a letter: {said}")


def _judges(setting: Setting) -> tuple[str, ...]:
    """Whose word counts: what a provider sends on for who logged in he does not judge."""
    return ("far",) if setting.router is not None else ("far", "near")


def _asked(setting: Setting, name: str, kind: str) -> tuple[str, ...]:
    said = setting.world.run(f"dig +short @{setting.world.address} {name} {kind}")
    return tuple(
        "".join(line.split('"')[1::2]) if kind == "TXT" else line.rstrip(".")
        for line in said.splitlines()
    )


def _txt(setting: Setting, name: str) -> bytes | None:
    found = TxtAnswer(tuple(one.encode() for one in _asked(setting, name, "TXT"))).records
    return found[0] if found else None


def pages_come(setting: Setting) -> None:
    """Pages, and what mail programs and mail servers ask, by https with certificates that hold."""
    names = ["https://www.hub.example.org/", "https://www.hub.example.org/login/"]
    names += [
        "https://autoconfig.docks.example.org/mail/config-v1.1.xml",
        "https://mta-sts.hub.example.org/.well-known/mta-sts.txt",
    ]
    for name in names:
        setting.until(f"curl -sSf --cacert /etc/ssl/certs/ca-certificates.crt {name}", name)


def the_certificate_renews(setting: Setting) -> None:
    """certbot renews, servers get it by a reload, and who is connected stays so."""
    keep = (
        "import imaplib, time, pathlib\n"
        "c = imaplib.IMAP4_SSL('mail.hub.example.org')\n"
        f"c.login('{ANA}', '{PASSWORD}'); c.select()\n"
        "pathlib.Path('/var/tmp/held').touch()\n"
        "while not pathlib.Path('/var/tmp/renewed').exists(): time.sleep(0.2)\n"
        "c.noop(); pathlib.Path('/var/tmp/kept').touch()\n"
    )
    setting.machine.path("~/keep.py").write_text(keep)
    serial = (
        "openssl s_client -connect mail.hub.example.org:993 < /dev/null 2> /dev/null |"
        " openssl x509 -noout -serial"
    )
    before = setting.must(serial, "the serial")
    setting.must("systemd-run -q --unit keep python3 $HOME/keep.py", "somebody reads")
    setting.until("test -e /var/tmp/held", "connected")
    pid = setting.must("systemctl show -p MainPID solicomm postfix dovecot", "who runs")
    setting.must("certbot -q renew --force-renewal --no-random-sleep-on-renew", "renewing")
    setting.expect(setting.must(serial, "the serial") != before, "the old certificate is shown")
    again = setting.must("systemctl show -p MainPID solicomm postfix dovecot", "who runs")
    setting.expect(again == pid, f"something was restarted: {pid} {again}")
    setting.must("touch /var/tmp/renewed", "renewed")
    setting.until("test -e /var/tmp/kept", "the connection stayed")


def backups_are_there(setting: Setting) -> None:
    """A backup was made and verifies, and a timer makes the next."""
    setting.must("systemctl is-active solicomm-backup.timer", "the timer")
    setting.must("solicomm backup verify /var/backups/solicomm", "a backup")


def again_nothing_is_done(setting: Setting) -> None:
    """Setup once more changes nothing."""
    said = setting.must(SETUP, "setup again")
    setting.expect("steps were done" not in said, f"setup again did something:\n{said}")


def after_the_power_is_back(setting: Setting) -> None:
    """The machine is switched off and on, and all of it runs by itself."""
    setting.machine.stop()
    setting.switch_on()
    pages_come(setting)
    mail_goes_out(setting)


def undone(setting: Setting) -> None:
    """`--remove` leaves the hub, and nothing that listens."""
    setting.must(SETUP.replace("--wait 5", "--remove"), "removing")
    said = setting.must("ss -ltnH", "who listens")
    for port in (25, 80, 443, 465, 587, 993):
        setting.expect(f":{port} " not in said, f"port {port} is still there:\n{said}")
    setting.must("test -d /srv/solicomm/hub/private", "the hub")


ALL: tuple[Callable[[Setting], None], ...] = (
    mail_comes_in_and_is_read,
    mail_goes_out,
    a_list_reaches_others,
    letters_of_the_hub_hold_too,
    pages_come,
    the_certificate_renews,
    backups_are_there,
    later.no_secret_is_to_be_seen,
    again_nothing_is_done,
    later.the_certificate_renews_when_its_time_has_come,
    later.backups_go_on,
    later.logs_are_small,
    later.memory_is_told,
    units.a_follower_is_tidied,
    after_the_power_is_back,
    undone,
)
