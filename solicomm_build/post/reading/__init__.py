"""How posts are laid out for readers: pages of a topic, versions, old links."""
