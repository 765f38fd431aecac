"""What hubs share with named hubs alone: conferences for members, sealed on every way."""
