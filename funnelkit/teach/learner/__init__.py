"""What is kept of one learner: tries, guesses, lines of the own, what is asked again when."""
