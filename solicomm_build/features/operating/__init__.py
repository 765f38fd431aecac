"""A hub that more than one looks after: who its operators are, and a second yes for what takes
something away or brings it back."""
