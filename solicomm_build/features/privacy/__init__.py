"""What the hub keeps of a person: told, hidden, erased."""
