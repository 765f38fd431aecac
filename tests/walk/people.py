"""What people do on the hub that the how-tos made, and whether they get what the pages promise."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.walk.step import HUB, Walk

BROKEN = f"""\
systemctl stop solicomm
sudo -u solicomm -H bash -e <<'END'
export HUB={HUB} WHERE=content/conferences/organising.git COPY=/srv/copy.git
"""
STRANGER = "stranger@home.example"
MSGID = "20261124.1@union.example"  # as operator.md has it
_GET = """\
import sys, urllib.error, urllib.request as u
try:
    answer = u.urlopen(sys.argv[1], timeout=20)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, answer.url)
print(answer.read().decode())
"""


def mail_goes_round(walk: Walk) -> None:
    """From the world to a mailbox and to the operator, and out from a mail program."""
    mark = f"round {time.monotonic_ns()}"
    walk.until("ss -ltn | grep -q ':25 '", "Postfix listens")
    walk.world.send(STRANGER, "ana@metal.example.org", mark, "Good morning.")
    read = (
        "import imaplib, sys; c = imaplib.IMAP4_SSL('mail.hub.example.org')\n"
        "c.login('ana@metal.example.org', 'a long passphrase'); c.select()\n"
        f"sys.exit(not c.search(None, 'SUBJECT', '\"{mark}\"')[1][0])\n"
    )
    walk.machine.path("~/read.py").write_text(read)
    walk.until("python3 ~/read.py", "read by IMAP")
    write = (
        "import smtplib; c = smtplib.SMTP_SSL('mail.hub.example.org', 465)\n"
        "c.login('ana@metal.example.org', 'a long passphrase')\n"
        "text = 'From: ana@metal.example.org\\nTo: you@elsewhere.example\\n'\n"
        f"text += 'Subject: out {mark}\\n\\nHello'\n"
        "c.sendmail('ana@metal.example.org', ['you@elsewhere.example'], text)\n"
    )
    walk.machine.path("~/write.py").write_text(write)
    walk.until("python3 ~/write.py", "write by port 465", 10)
    _arrives(walk, "you@elsewhere.example", f"out {mark}")
    walk.world.send(STRANGER, "postmaster@hub.example.org", f"post {mark}", "Is all well?")
    _arrives(walk, "you@elsewhere.example", f"post {mark}")


def _arrives(walk: Walk, address: str, words: str) -> None:
    try:
        walk.world.got(address, words)
    except TimeoutError as error:
        end = walk.machine.run("journalctl -n 60 --no-pager -u solicomm -u postfix").text
        walk.expect(False, f"{error}\n{end}")


def union(walk: Walk) -> None:
    """Makes the union that `mail_domains` names."""
    walk.must('solicomm new union metal --title "Metal workers"', "the union")


def believe_rspamd(walk: Walk) -> None:
    """Writes `authserv_id` into hub.yaml, as the page says."""
    path = walk.machine.path(f"{HUB}/hub.yaml")
    path.write_text(path.read_text() + "authserv_id: mail.hub.example.org\n")


def caddy_in_the_world(walk: Walk) -> None:
    """Caddy would ask another authority; the line is the walk's alone."""
    line = r"0,/^{/s|^{|{\n\tacme_ca https://acme.example:14000/dir|"
    walk.must(
        f"sed -i '{line}' /etc/caddy/Caddyfile && systemctl restart caddy", "Caddy asks the world"
    )


def pages(walk: Walk) -> None:
    """The front page, a union's site at its own name, and what the hub itself answers."""
    walk.machine.path("~/get.py").write_text(_GET)
    for address, words in (
        ("https://hub.example.org/", "Workers"),
        ("https://dockers.unions.example/", "Dockers of the north"),
        ("https://hub.example.org/login/", "<form"),
        ("https://hub.example.org/healthz", "ok"),
        ("http://hub.example.org/", "200 https://hub.example.org/"),
    ):
        walk.until(f"python3 ~/get.py {address} | grep -q '{words}'", f"no {words!r} at {address}")


def names_of_mail(walk: Walk) -> None:
    """Does what `Needs:` says, and writes the file again; mail programs find out how mail works."""
    write = f"solicomm web-config nginx --hub {HUB}"
    said = walk.must(write, "what is needed")
    needed = re.search(r"^Needs: for mail programs: (certbot .*), then write", said, re.MULTILINE)
    walk.expect(needed is not None, f"no command in {said!r}")
    copy = f"cp {HUB}/web/solicomm.conf /etc/nginx/conf.d/; nginx -t; systemctl restart nginx"
    walk.must(f"{needed[1] if needed else 'false'}\n{write}\n{copy}", "a certificate of them")
    page = "https://autoconfig.hub.example.org/mail/config-v1.1.xml"
    walk.until(f"python3 ~/get.py {page} | grep -q mail.hub.example.org", page)


def nothing_written_down(walk: Walk) -> None:
    """No log of nginx or Caddy says who read what, not even while the hub is down; and other users
    of the machine see nothing of the hub but its pages."""
    walk.must("systemctl stop solicomm", "the hub is down")
    walk.must("python3 ~/get.py https://hub.example.org/login/ | grep -q ^502", "502")
    started(walk)
    walk.must("! grep -r 'client:\\|/login/' /var/log/nginx", "what nginx wrote down")
    walk.must("! journalctl -u caddy | grep -q 'remote_ip\\|/login/'", "what Caddy wrote down")
    for folder in ("content", "private", "spool", "unions"):
        walk.must(f"! runuser -u nobody -- ls {HUB}/{folder} 2> /dev/null", f"{folder} is open")


def started(walk: Walk) -> None:
    """It runs, and takes mail: what came a moment before would wait for minutes in Postfix."""
    walk.must("systemctl start solicomm", "the hub is up")
    walk.until("test -S /run/solicomm/lmtp", "mail is taken again")


def upgraded(walk: Walk) -> None:
    """A new version comes in by the lines of its page, for a checkout of the hub's user."""
    row = "| a checkout of the hub's user | `"
    text = (Path(__file__).parents[2] / "docs" / "howto" / "upgrade.md").read_text("utf-8")
    line = text.partition(row)[2].partition("`")[0]
    walk.must("systemctl stop solicomm", "the hub is down")
    walk.must(f"({line})", "the new program")
    walk.must("solicomm upgrade --check || test $? = 1", "what changes")
    started(walk)


def off(walk: Walk, server: str) -> None:
    """Stops a server that the next one takes the ports of."""
    walk.must(f"systemctl disable --now {server}", "off")


def union_publishes(walk: Walk) -> None:
    """Puts the record that the last command printed into the union's DNS."""
    said = walk.must(
        f"solicomm site domain dockers www.dockers.example.org --hub {HUB}", "the record"
    )
    lines = [line.strip() for line in said.splitlines() if " TXT " in line]
    walk.expect(bool(lines), f"no record in {said!r}")
    walk.world.publish("\n".join(lines))


def post(walk: Walk) -> None:
    """A post comes from the world to an open conference; its ids are for the next steps."""
    walk.world.send(STRANGER, "organising@hub.example.org", "Gate four", "It is open.", MSGID)
    git = f"sudo -u solicomm -H git --git-dir={HUB}/content/conferences/organising.git"
    walk.until(f"{git} grep -q 'Gate four' main -- topics", "a post")
    walk.must(
        f"{git} grep -l 'Gate four' main -- topics |\n"
        "sed -n 's|.*/\\(.*\\)[.]md$|\\1|p' > ~/mid\n"
        "test -s ~/mid",
        "its mid",
    )


def key(walk: Walk) -> None:
    """Somebody sends the public half of a key."""
    walk.must(
        "cd /root; apt-get install -y -q openssh-server > /dev/null\n"
        "ssh-keygen -q -t ed25519 -N '' -f ana\n"
        "install -m 644 ana.pub /srv/solicomm/ana.pub; cd /srv/solicomm",
        "a key",
    )


def by_ssh(walk: Walk) -> None:
    """Clones over ssh, as the line of the key lets in."""
    ssh = "GIT_SSH_COMMAND='ssh -i ~/ana -o StrictHostKeyChecking=accept-new'"
    walk.must("usermod -s /bin/sh solicomm; systemctl start ssh", "a shell for the hub's user")
    walk.must(
        f"cd $(mktemp -d); {ssh} git clone ssh://solicomm@hub.example.org/unions/dockers.git", "ssh"
    )


def mirror(walk: Walk) -> None:
    """Waits for what `mirror: [public-inbox]` makes."""
    walk.must(
        "cd $(sudo -u solicomm mktemp -d)\n"
        f"sudo -u solicomm -H git clone -q {HUB}/content/conferences/organising.git .\n"
        "echo 'mirror: [public-inbox]' | sudo -u solicomm tee -a conference.yaml > /dev/null\n"
        "sudo -u solicomm -H git commit -qam 'Mirror it'\n"
        "sudo -u solicomm -H git push -q; cd /root",
        "the setting",
    )
    walk.until(f"test -d {HUB}/mirrors/public-inbox/organising", "a mirror")


def indexed(walk: Walk) -> None:
    """What a timer runs every few minutes."""
    walk.must("sudo -u solicomm -H public-inbox-index --all", "the index")


def gone(walk: Walk) -> None:
    """The hub is lost; Postfix, the units and the program are as on the first day."""
    walk.must(f"cd /root; systemctl stop solicomm; mv {HUB} /srv/lost", "the hub is lost")


def all_there(walk: Walk) -> None:
    """The hub is whole and works."""
    walk.until("python3 ~/get.py http://127.0.0.1:8080/healthz | grep -q ^ok", "it runs")
    walk.must("solicomm fsck", "fsck")
    said = walk.machine.run("solicomm check")
    walk.expect("fault:" not in said.text, f"check: {said.text}")
    mail_goes_round(walk)


def broken(walk: Walk) -> None:
    """A copy exists, and then a repository loses what is in it."""
    git = f"{HUB}/content/conferences/organising.git"
    walk.must(
        "cd /srv; install -d -o solicomm copy.git\n"
        f"sudo -u solicomm -H git clone -q --mirror --no-hardlinks {git} copy.git\n"
        f"systemctl stop solicomm; find {git}/objects -type f -delete; cd /root",
        "a broken repository",
    )


def mended(walk: Walk) -> None:
    """The page ends with: build, start."""
    walk.must("solicomm build --full", "after the repair")
    started(walk)
