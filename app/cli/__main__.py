"""`python -m app.cli` is `cartalog`."""

from app.cli import main

main()
