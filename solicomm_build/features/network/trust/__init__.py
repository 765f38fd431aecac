"""Who hubs are, and whom this one trusts."""
