"""Autoregressive models: p(x) as a product over pixels, each given those before it."""
