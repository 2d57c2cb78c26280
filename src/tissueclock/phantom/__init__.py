"""Digital reference objects with their truth."""
