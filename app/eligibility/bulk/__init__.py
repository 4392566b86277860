"""One patient against a whole catalogue: criteria compiled once into flat arrays, each distinct leaf read once."""
