"""A moderator's summary of the week, pinned until the next one."""
