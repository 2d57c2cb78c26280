"""Pools of trials: one TOML file each, its membership data."""
