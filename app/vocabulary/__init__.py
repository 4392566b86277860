"""The words that everything shares: enumerations, and the coded terms that `seed/vocabulary` defines."""
