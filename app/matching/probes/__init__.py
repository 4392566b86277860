"""What a missing fact can turn out to be: a few hypothetical facts for each, one for every way that matters."""
