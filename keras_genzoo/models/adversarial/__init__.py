"""GANs: models whose generator is judged by another network."""
