"""Which studies belong together, and what was printed about them: pools as frozen values."""
