"""Deconvolution methods: one file, one METHOD."""
