"""The steps, each module those of one part of the machine."""
