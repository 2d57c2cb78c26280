"""From a perfusion time series to maps."""
