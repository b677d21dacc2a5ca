"""Networks that tell what the autoencoder tries to hide: drawn faces from real ones, or one identity from another."""
