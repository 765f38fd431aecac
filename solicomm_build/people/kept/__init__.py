"""The roster's fold as it is kept on the disk: `state/roster.sqlite`."""
