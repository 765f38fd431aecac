"""What came from other hubs: judged, and taken into our own logs."""
