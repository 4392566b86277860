"""What can go wrong with a database while it serves."""


class DatabaseUnavailable(Exception):
    """The database cannot be reached, or gave up on a statement. Says nothing of addresses, text or values."""
