"""The only place that chains layers and writes an output folder."""
