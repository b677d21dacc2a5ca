"""Networks that tell drawn faces from real ones, for adversarial training."""
