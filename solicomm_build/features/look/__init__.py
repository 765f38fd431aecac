"""The page *Look* of My hub: hosts change the hub's name and brand."""
