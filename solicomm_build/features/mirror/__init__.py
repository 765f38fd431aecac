"""Another hub's or a mailbox's mail, brought in again and again."""
