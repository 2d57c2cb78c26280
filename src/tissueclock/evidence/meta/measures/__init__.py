"""The effect measures: one file each, which holds `MEASURE`."""
