"""What of mailboxes lies on the disk of one machine: the folders that an IMAP server reads."""

OF_THIS_DISK = ("maildir",)
