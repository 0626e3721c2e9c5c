"""The page that compares two to four runs on the same questions."""
