"""Editing a site without git: by mail and in the browser."""
