"""The numbers of a hub, for an operator's programs."""
