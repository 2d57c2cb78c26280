"""The modified Rankin Scale of two arms: shift, ranks, pairs, utilities, dichotomies and numbers to treat."""
