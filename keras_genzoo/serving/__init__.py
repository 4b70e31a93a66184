"""Exports, served: what TensorFlow Serving reads beside one; a small server of its protocol."""

from keras_genzoo.serving import rest, server, server_files

__all__ = ["rest", "server", "server_files"]
