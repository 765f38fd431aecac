"""The documents that come with the program, read where it runs: also where no checkout is."""
