"""What everything stands on: files, clocks, errors, YAML, languages, spools, logs."""
