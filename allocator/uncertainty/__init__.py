"""What is not sure: outcomes with probabilities, how bad the bad ones are, and what it is worth to know more."""
