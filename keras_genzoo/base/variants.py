"""Variants: a class of the zoo names only the arguments that it adds or changes.

What it does not name is its parent's: its signature, its `Args:` and its config take them over, so
that `help`, completion, the command's flags and files show all of them. A user's own subclass is
left as it is written.
"""

import inspect
import re

_ARGS = re.compile(r"^Args:\n((?:    .*\n|\n(?=    ))*)", re.MULTILINE)
_NEXT_SECTION = re.compile(r"^(?:Raises|Returns|Example|Reference)", re.MULTILINE)


def merge(cls, without):
    """Complete a class's signature and docstring by its parent's.

    Its own arguments keep their places; the parent's further ones follow by keyword alone.

    Args:
        cls: A class of the zoo; another is left alone.
        without: The parent's arguments that it takes away.
    """
    if not _of_the_zoo(cls):
        return
    below = [each for each in cls.__mro__[1:] if _of_the_zoo(each)]
    cls.taken_away = frozenset({*without, *getattr(cls, "taken_away", ())})
    if "__init__" in vars(cls):
        parent = next(each for each in below if "__init__" in vars(each))
        cls.__init__.__signature__ = _merged(cls, inspect.signature(parent.__init__).parameters)
    if cls.__doc__:  # none under -OO
        entries = next(filter(None, (_entries(each.__doc__) for each in below)))
        cls.__doc__ = _documented(cls, entries)


def refuse(cls, given):
    """Raise a `TypeError` where an argument is given that a variant has taken away."""
    for name in getattr(cls, "taken_away", frozenset()) & given.keys():
        raise TypeError(
            f"{cls.__name__} has no argument `{name}`, which its parent has. Expected only "
            f"{', '.join(arguments_of(cls))}. Received: {name}={given[name]!r}"
        )


def arguments_of(cls):
    """Names of the arguments that a config of the class holds, in the signature's order.

    Of a user's subclass they are those of the zoo's class below it.
    """
    zoo = next(each for each in cls.__mro__ if _of_the_zoo(each) and "__init__" in vars(each))
    return [
        name
        for name, parameter in inspect.signature(zoo.__init__).parameters.items()
        if name != "self" and parameter.kind is not parameter.VAR_KEYWORD
    ]


def _of_the_zoo(cls):
    return cls.__module__.partition(".")[0] == __name__.partition(".")[0]


def _merged(cls, inherited):
    """The signature of a class's `__init__`: its own parameters, then its parent's."""
    own = dict(inspect.signature(cls.__init__).parameters)
    kwargs = [own.pop(name) for name, p in [*own.items()] if p.kind is p.VAR_KEYWORD]
    # What is named for its place alone is annotated as the parent has it.
    parameters = [
        inherited[name].replace(default=p.default, kind=p.kind)
        if name in inherited and p.annotation is p.empty
        else p
        for name, p in own.items()
    ]
    parameters += [
        p.replace(kind=p.KEYWORD_ONLY)
        for name, p in inherited.items()
        if kwargs and name not in own.keys() | cls.taken_away and p.kind is not p.VAR_KEYWORD
    ]
    return inspect.Signature([*parameters, *kwargs])


def _documented(cls, inherited):
    """A class's docstring with an entry for each of its arguments."""
    doc = inspect.cleandoc(cls.__doc__) + "\n"
    entries = {**inherited, **_entries(doc)}
    names = [*arguments_of(cls), "**kwargs"]
    args = "Args:\n" + "".join(entries[name] for name in names if name in entries)
    if _ARGS.search(doc):
        return _ARGS.sub(lambda _: args, doc, count=1)
    place = _NEXT_SECTION.search(doc)
    start = place.start() if place else len(doc)
    return f"{doc[:start]}{args}\n{doc[start:]}"


def _entries(doc):
    """The entries of a docstring's `Args:`, name to lines."""
    found = _ARGS.search(inspect.cleandoc(doc or "") + "\n")
    entries = re.findall(r"^    \S.*\n(?:     .*\n|\n)*", found[1], re.MULTILINE) if found else []
    return {entry.strip().partition(":")[0]: entry.rstrip("\n") + "\n" for entry in entries}
