"""Face sets, split and augmented, as batches."""
