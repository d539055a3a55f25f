"""What other systems tell us about people, as values, whatever the form they came in, and the one way in for them."""
