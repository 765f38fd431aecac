"""Founding a hub and what is in it: folders, settings, repositories, the sample network."""
