"""From messages to commits: what the spool holds, and what archives bring. Read run.py first.

reading turns octets into a post, placing finds its place, importer does the same for mboxes and
Maildirs, moderation lets held mail in, mailboxes keeps or forwards what people get.
"""
