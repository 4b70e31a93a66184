"""DCGAN's networks: labels, normalization; shapes and precision are tested beside the coders'."""
