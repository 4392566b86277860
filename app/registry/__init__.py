"""How trials get in: the curated seed, and in time other registries."""
