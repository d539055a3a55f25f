"""What one would pick up instead: each does the work of a message (render, mark as sent) in its natural way, one job a message."""
