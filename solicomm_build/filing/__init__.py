"""The files stage: attachments of posts, kept as clean copies. `run` is where to begin.

A post is in git, and on its page, before anybody has looked into its files; this stage follows.
"""
