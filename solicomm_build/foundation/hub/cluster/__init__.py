"""A hub on more than one machine: what hub.yaml says of it, and whose it is just now."""
