"""`python -m keras_genzoo`: the `genzoo` command."""

from keras_genzoo.commands.cli import main

main()
