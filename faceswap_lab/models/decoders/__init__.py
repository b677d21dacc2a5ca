"""Decoders: the latent to a face of one identity, with an optional mask."""
