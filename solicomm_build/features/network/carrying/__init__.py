"""How what hubs say travels: over HTTP, by stick and by mail."""
