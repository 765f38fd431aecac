"""The embedded web server: built pages, and public repositories over git's smart HTTP."""
