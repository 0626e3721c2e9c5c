"""Taking in answers that were given elsewhere: a results file becomes a bundle, and then goes the way of every bundle."""
