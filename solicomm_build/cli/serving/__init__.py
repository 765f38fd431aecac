"""What `solicomm serve` runs: all stages under one supervisor, or a machine that waits."""
