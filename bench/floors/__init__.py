"""Hand-written code that does what Handrail does, and nothing else: the same rows, the same durability, no promises to keep."""
