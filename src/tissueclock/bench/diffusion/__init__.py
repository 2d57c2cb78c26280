"""How well diffusion and FLAIR are measured, on digital patients that nothing was tuned on."""
