"""Bottlenecks: any encoder's feature map to the latent that decoders read."""
