"""Indexes of other hubs, kept here, so that readers ask one hub only."""
