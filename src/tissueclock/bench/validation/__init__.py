"""The validation suite: a grid of digital patients and of Kudo phantoms, run, kept, summed up and shown."""
