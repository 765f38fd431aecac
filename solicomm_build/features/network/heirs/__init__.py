"""Conferences whose home is gone, and the hubs that may carry them on."""
