"""What is kept of one learner: tries, guesses, lines for the own pipeline."""
