"""`solicomm form`."""

from __future__ import annotations

import json

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config


@click.group("form")
def command() -> None:
    """Forms that are filled in by mail or on a page: add, list, withdraw, look at answers.

    \b
    Example:
      solicomm form list
      solicomm form add organising collective-agreement
      solicomm form private organising
    """


@command.command("add")
@click.argument("conference")
@click.argument("form", metavar="FORM|FILE")
@with_hub
def add(hub: Config, conference: str, form: str) -> None:
    """Use a form in CONFERENCE: one that comes along, or one of your own from a file.

    \b
    Example:
      solicomm form add organising collective-agreement
      solicomm form add organising accident-report@1.yaml
    """
    from solicomm_build.cli.running import ring_after_commit
    from solicomm_build.features.forms import formadding

    made, changed = formadding.add(hub, conference, form)
    ring_after_commit(hub)()
    if not changed:
        click.echo(f"{conference} uses {made.ref} already")
        return
    click.echo(f"{conference} uses {made.ref} now: {made.title_in('en')}")
    click.echo(f"  by mail   {conference}-form@{hub.domain}, subject {made.id}")
    click.echo(f"  page      {hub.url}/conferences/{conference}/forms/{made.id}/")


@command.command("withdraw")
@click.argument("conference")
@click.argument("form")
@with_hub
def withdraw(hub: Config, conference: str, form: str) -> None:
    """Take a form out of use in CONFERENCE. Its reports stay, its pages go.

    \b
    Example:
      solicomm form withdraw organising collective-agreement
    """
    from solicomm_build.cli.running import ring_after_commit
    from solicomm_build.features.forms import formadding

    if not formadding.withdraw(hub, conference, form):
        raise UsageError(f"{conference} does not use a form {form}")
    ring_after_commit(hub)()
    click.echo(f"{conference} does not use {form} any more")


@command.command("list")
@click.argument("conference", required=False)
@with_hub
def list_(hub: Config, conference: str | None) -> None:
    """The forms in use, in CONFERENCE or everywhere, and those that come along.

    \b
    Example:
      solicomm form list
    """
    from solicomm_build.features.forms import formadding, formstore

    names = [conference] if conference else sorted(p.stem for p in hub.conferences.glob("*.git"))
    for name in names:
        found = formstore.of_conference(hub, name)
        if found is None:
            raise UsageError(f"There is no conference {name}")
        for form in found[1].values():
            click.echo(f"{name}  {form.ref}  {form.title_in('en')}")
        if conference and not found[1]:
            click.echo(f"There is no form in {conference} yet", err=True)
    if conference is None:
        click.echo("To be had: " + ", ".join(sorted(formadding.shipped())))


@command.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
def check(file: str) -> None:
    """Say whether FILE is a form, and what is wrong with it. Needs no hub.

    \b
    Example:
      solicomm form check accident-report@1.yaml
    """
    from solicomm_build.features.forms import formadding

    form, _ = formadding.read(file)
    click.echo(f"{form.ref} is sound: {len(form.fields)} fields, {len(form.public)} of them public")


@command.command("template")
@click.argument("form", metavar="FORM|FILE")
@click.option("--lang", default="en", help="The language of the template.")
def template(form: str, lang: str) -> None:
    """Print FORM as the text that goes out by mail. Needs no hub.

    \b
    Example:
      solicomm form template collective-agreement --lang es
    """
    from solicomm_build.features.forms import formadding
    from solicomm_build.features.forms.values import formmail

    found, _ = formadding.read(form)
    click.echo(formmail.template(found, lang, {}), nl=False)


@command.command("private")
@click.argument("conference")
@click.argument("report", required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_hub
def private(hub: Config, conference: str, report: str | None, as_json: bool) -> None:
    """Show what reports to CONFERENCE say in the fields that are not public.

    REPORT is a report's number; a few first letters are enough. Only who may read the hub's
    private folder can do this.

    \b
    Example:
      solicomm form private organising
      solicomm form private organising wkq3x7 --json
    """
    from dataclasses import asdict

    from solicomm_build.features.forms import formstore

    if not hub.conference_repo(conference).exists():
        raise UsageError(f"There is no conference {conference}")
    found = [
        one
        for one in formstore.private_answers(hub, conference)
        if one.mid.startswith((report or "").lower())
    ]
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
        return
    for one in sorted(found, key=lambda one: one.at):
        where = f"  (at {one.hub})" if one.hub else ""
        click.echo(f"{one.mid[:10]}  {one.at[:10]}  {one.form}  {one.title}{where}")
        for key, value in one.values.items():
            rows = (
                value.split("\n")
                if isinstance(value, str)
                else ["; ".join(row.values()) for row in value]
            )
            click.echo(f"    {key}: " + ("\n" + " " * 8).join(rows))
    if not found:
        click.echo("There is no such report")
