"""Machines that help with full builds: their key, where they meet, and their work."""
