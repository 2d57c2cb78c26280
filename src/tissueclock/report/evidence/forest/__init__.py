"""Figures of a meta-analysis: forest plots as journals print them, and the funnel."""
