"""Image values: grids, volumes, time series and curves."""
