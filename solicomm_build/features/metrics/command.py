"""`solicomm metrics`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("metrics")
@with_hub
def command(hub: Config) -> None:
    """Print numbers for a monitoring system, in the text format of Prometheus.

    Says for which domains mail came back, so keep what it prints on this machine; /metrics, with
    `metrics: loopback` in hub.yaml, does not.

    \b
    Example:
      solicomm metrics --hub hub > /var/lib/prometheus/node-exporter/solicomm.prom
    """
    from solicomm_build.features.metrics import prometheus
    from solicomm_build.features.metrics.measures import measure

    click.echo(prometheus.text(measure(hub), domains=True), nl=False)
