"""`solicomm web-config`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import click

from solicomm_build.cli.hub import with_hub_as_root
from solicomm_build.foundation.hub.config import Config

_PATH = click.Path(path_type=Path)


@click.command("web-config")
@click.argument("server", type=click.Choice(["caddy", "nginx"]))
@click.option("--out", type=_PATH, metavar="DIR", help="Where to; else web/ in the hub.")
@click.option("--bind", default="", metavar="ADDRESS", help="Listen there only; else everywhere.")
@click.option(
    "--certificates", type=_PATH, metavar="DIR", help="For nginx; else /etc/letsencrypt/live."
)
@click.option(
    "--s3", "from_s3", is_flag=True, help="nginx takes pages from S3 (`cluster` in hub.yaml)."
)
@click.option(
    "--cache", type=_PATH, metavar="DIR", help="With --s3; else /var/cache/nginx/solicomm."
)
@click.option("--acme", default="", metavar="URL", help="For Caddy: another authority's directory.")
@with_hub_as_root
def command(
    hub: Config,
    server: str,
    out: Path | None,
    bind: str,
    certificates: Path | None,
    from_s3: bool,
    cache: Path | None,
    acme: str,
) -> None:
    """Write the configuration of Caddy or nginx in front of this hub.

    With `url: https://…` in hub.yaml Caddy gets certificates by itself, nginx uses those of
    certbot; with `pages:` each union's site has its own address.

    \b
    Example:
      solicomm web-config caddy --out /etc/caddy
      solicomm web-config nginx --out /etc/nginx/conf.d
      solicomm web-config nginx --s3 --out /etc/nginx/conf.d
    """
    from solicomm_build.cli import owner
    from solicomm_build.foundation import safeio
    from solicomm_build.foundation.errors import UsageError
    from solicomm_build.web.fronts import frontserver
    from solicomm_build.web.fronts.frontserver import BROTLI, CERTIFICATES, PAGES_KEPT, Place

    brotli = BROTLI.is_dir() and any("brotli-static" in path.name for path in BROTLI.iterdir())
    http2 = server != "nginx" or frontserver.knows_http2(_version())
    if from_s3 and server != "nginx":
        raise UsageError("--s3 is for nginx: write `solicomm web-config nginx --s3`")
    place = Place(
        bind, certificates or CERTIFICATES, brotli, acme, http2, from_s3, cache or PAGES_KEPT
    )
    write = frontserver.nginx if server == "nginx" else frontserver.caddy
    written = write(hub, place)
    folder = (out or hub.root / "web").absolute()
    if folder.is_relative_to(hub.root):
        owner.become(hub.root)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ("solicomm.conf" if server == "nginx" else "Caddyfile")
    safeio.write_atomic(path, written.text.encode())
    click.echo(f"Wrote {path}")
    if written.note:
        click.echo(written.note)
    for line in written.todo:
        click.echo(f"Needs: {line}")


def _version() -> str:
    """What the nginx of this machine calls itself; nothing where there is none."""
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
    program = shutil.which("nginx", path=path)
    if program is None:
        return ""
    said = subprocess.run([program, "-v"], capture_output=True, text=True, check=False)
    return said.stderr + said.stdout
