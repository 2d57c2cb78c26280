"""Statistics of trials and of measurements: plain numbers in, estimates with intervals out."""
