"""`python -m keras_genzoo`: the `genzoo` command."""

from keras_genzoo.cli import main

main()
