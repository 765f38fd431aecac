"""A list or conference as a chat on the phone, over plain mail: Delta Chat and its kin."""
