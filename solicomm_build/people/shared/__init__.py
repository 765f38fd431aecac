"""What machines of a hub share that is no commit."""
