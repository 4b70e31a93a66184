"""Models that turn noise into images, step by step."""
