"""Mail and values: RFC 5322 octets to a `Message`, its text to Markdown, Markdown to safe HTML.

Pure: no disk, no network, no git, no clock. Raw octets are never altered; what is read from them
is read-only. Start at `parse` and `markdown`.
"""
