"""What could be learnt about a patient, and what it would do to trials: one fact, or several at once."""
