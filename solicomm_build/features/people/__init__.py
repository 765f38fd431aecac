"""The directory of people: cards that each chose to show, and mail to them."""
