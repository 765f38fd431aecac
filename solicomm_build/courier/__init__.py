"""Mail going out: list logs to `spool/out`, `spool/out` to the sink or the relay."""
