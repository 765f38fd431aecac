"""The mail of all cells: who reads or writes it finds the mail.git of each conference here."""
