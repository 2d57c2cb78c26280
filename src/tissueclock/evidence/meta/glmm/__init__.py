"""Binomial-normal models: the counts as they are, without a normal approximation in each study."""
