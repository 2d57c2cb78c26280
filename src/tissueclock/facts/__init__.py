"""The narrow waist: the vocabulary of facts and the case that holds them."""
