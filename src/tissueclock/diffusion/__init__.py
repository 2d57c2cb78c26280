"""Diffusion: from weighted images, or a scanner's map, to ADC in one unit."""
