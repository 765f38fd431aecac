"""The commands: wiring only, the one place where stages are put together."""
