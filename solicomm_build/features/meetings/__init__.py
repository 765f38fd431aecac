"""Meetings by mail: invited, answered, counted, and closed with their minutes."""
