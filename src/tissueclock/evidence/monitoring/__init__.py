"""Group-sequential designs: boundaries, power, futility, conditional power, and inference after stopping."""
