"""The posts that can be found, in the order of their arrival."""
