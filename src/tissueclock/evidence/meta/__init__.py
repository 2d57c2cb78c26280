"""Meta-analysis of studies: effects from counts, pooled estimates, heterogeneity, and what they rest on."""
