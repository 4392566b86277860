"""What is stored of the trials, and how it is asked."""
