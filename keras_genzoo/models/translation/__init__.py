"""Models from images to images: of pairs, or of two sets."""
