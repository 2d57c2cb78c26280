"""Rules that stop a trial for harm, and how they behave, computed exactly."""
