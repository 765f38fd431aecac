"""What is made in children: shut in, with limits, and without harm to others when one dies."""
