"""From another list server: members, settings, archives."""
