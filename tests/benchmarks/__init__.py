"""Measurements against contestants in the same run. Not tests: nothing here passes or fails."""
