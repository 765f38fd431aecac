"""Courses: weeks that open by themselves."""
