"""Autoencoders: models that encode an image and decode it."""
