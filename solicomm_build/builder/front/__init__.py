"""A hub's own look and its front page: the brand of hub.yaml, and what is going on."""
