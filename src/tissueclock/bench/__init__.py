"""How well and how fast: the program held against digital patients."""
