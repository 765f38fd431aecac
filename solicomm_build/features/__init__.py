"""What a hub can do: a folder a feature. `hooks` finds what each adds to a stage."""
