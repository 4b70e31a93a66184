"""Packages that not everyone needs: installed as an extra, imported when they are used."""

import importlib


def extra(module, name):
    """The module of a package that one of our extras installs.

    Args:
        module: What to import, as `"mido"`.
        name: The extra that installs it, as `"midi"`.

    Raises:
        ImportError: If it is not installed; the text says how to install it.

    Example:
        >>> extra("json", "midi").dumps([1])
        '[1]'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise  # the package is there and lacks one of its own
        raise ImportError(
            f"The package {module} is not installed. Expected: "
            f"pip install 'keras-genzoo[{name}]'. Received: no module named {error.name}"
        ) from error
