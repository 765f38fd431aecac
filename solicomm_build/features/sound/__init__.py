"""What was said in a conference, to subscribe to: a podcast where there are recordings."""
