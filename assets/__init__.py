"""Style, weights of the light evaluator, and small samples of each modality."""
