"""What a document holds: its kind, pages, text and first picture, read in a child process.

Documents come from strangers, and readers of PDF and pictures are large programs in C: they run in
a process of their own with little memory, little time and no way to write
(docs/adr/0028-children-shut-in.md).
"""
