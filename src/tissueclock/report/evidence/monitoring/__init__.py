"""Designs, interim looks, sample sizes and safety rules: documents, rows, CSV and figures."""
