"""Sample size and power: two proportions, non-inferiority, and a shift of an ordinal scale."""
