"""A page in the browser for each model: its latents by hand, samples, ways, pictures of yours."""

from keras_genzoo.explorer import edits, media, page, sites, subjects, tabs, uploads, zoo

__all__ = ["edits", "media", "page", "sites", "subjects", "tabs", "uploads", "zoo"]
