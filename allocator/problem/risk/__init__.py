"""What is not sure: outcomes with probabilities, falls of several projects at once, what turns out."""
