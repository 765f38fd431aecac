"""Books: what is read page after page, away from the web. What a text becomes in one is the same
for a card of a library and for a conversation."""
