"""Handrail on many machines: clocks claim what is due and leave a hint with Procrastinate, workers take up the claims. PostgreSQL only."""
