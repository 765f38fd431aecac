"""The hub's own dress for pages that the server makes: the frames that the builder made, filled."""
