"""What to train on and what to hold out, and the classes there, where nobody says it."""

import re

from keras_genzoo import datasets

FEWEST = 5  # images of which a tenth can be held out
SHOWN = 12  # classes in a message


def parted(dataset, validation_split=None, split=None, together=False):
    """What to train on and what to validate on, where they are not named.

    Args:
        dataset: As of `Images`.
        validation_split: A split, `"none"`, or `None` where it is not named.
        split: A split, or `None` where it is not named.
        together: Whether `trainA` and `trainB` are two sides of a split, which is named `train`.

    Returns:
        The two splits. Of a source that has nothing else to validate on the last tenth is held out.

    Raises:
        ValueError: If the source has several splits of which none is train, or a part of its one
            split is to be trained on and it is not said which part to validate on.

    Example:
        >>> parted("fashion_mnist_small")
        ('train', 'test')
    """
    if split and validation_split:
        return split, validation_split
    sizes = datasets.split_sizes(dataset)
    if together:
        sizes = {name[:-1] if _other_side(name) in sizes else name: n for name, n in sizes.items()}
    if "train" not in sizes and len(sizes) > 1 and not split:
        raise ValueError(
            "It is not said what to train on. Expected --split, and --validation-split, of "
            f"{', '.join(sizes)}. Received: dataset={dataset!r}, split=None"
        )
    whole = "train" if "train" in sizes else next(iter(sizes))
    others = [name for name in ("test", "validation") if name in sizes and len(sizes) > 1]
    if others or validation_split:
        held_out = validation_split or others[0]
        return split or left_of(whole, held_out), held_out
    if split:
        raise ValueError(
            "The source has no split to validate on. Expected --validation-split, the part that "
            "--split leaves out, or none. "
            f"Received: dataset={dataset!r} of the splits {sizes}, split={split!r}"
        )
    if sizes[whole] < FEWEST:
        return whole, "none"
    return f"{whole}[:90%]", f"{whole}[90%:]"


def left_of(whole, part):
    """What of a split is not in a part of it; all, of a part that is cut out of another one.

    Raises:
        ValueError: If the part is several, or all of the split: what is left is not worked out.

    Example:
        >>> [left_of("train", part) for part in ("train[80%:]", "train[5:9]", "test")]
        ['train[:80%]', 'train[:5]+train[9:]', 'train']
    """
    names = [datasets.split_of(name) or name for name in re.findall(r"\b[A-Za-z]\w*", part)]
    if whole not in names:
        return whole
    cut = re.fullmatch(r"\w+\[([^:\]]*):([^:\]]*)\]", part)
    before, after = cut.groups() if cut else ("", "")
    if not (before or after):
        raise ValueError(
            "It is not said what to train on. Expected --split beside a validation split that is "
            f"more of {whole} than one part. Received: validation_split={part!r}, split=None"
        )
    parts = [f"{whole}[:{before}]"] if before else []
    parts += [f"{whole}[{after}:]"] if after else []
    return "+".join(parts)


def in_common(split, other):
    """Names of the splits that one of two holds all of, and the other some; parts are not compared.

    Example:
        >>> in_common("train[50%:]", "train+test"), in_common("train[:9]", "train[9:]")
        (['train'], [])
    """
    some, whole = [], []
    for each in (split, other):
        parts = re.findall(r"(?:^|\+)\s*([A-Za-z]\w*)(\[?)", each)
        parts = [(datasets.split_of(name) or name, cut) for name, cut in parts]
        some.append({name for name, _ in parts})
        whole.append({name for name, cut in parts if not cut})
    return sorted(some[0] & whole[1] | whole[0] & some[1])


def _other_side(name):
    """`trainB` of `trainA`, and the other way round."""
    return name[:-1] + {"A": "B", "B": "A"}.get(name[-1:], "?")


def classes_of(images, validation=None, num_classes=None, chief=True):
    """How many classes a model has: those asked for, or those there are.

    Which of them have nothing to learn from, the chief says.

    Args:
        images: A dataset of pairs (images, labels), which is trained on.
        validation: Another one, or `None`.
        num_classes: Those asked for, or `None`.
        chief: Whether this is the only worker, or the first.

    Raises:
        ValueError: If the labels are no classes, or more than are asked for.
    """
    given = [each for each in (images, validation) if each is not None]
    held, *others = map(datasets.stored_labels, given)
    found = _counted([held, *others])
    asked = found if num_classes is None else num_classes
    if asked < found:  # else the first batch with such a label tells, or the epoch's end
        raise ValueError(
            "There are more classes than the model has. Expected num_classes of at least "
            f"{found}, for the largest label is {found - 1}. Received: num_classes={asked}"
        )
    if chief and (empty := sorted({*range(asked)}.difference(held.tolist()))):
        shown = ", ".join(map(str, empty[:SHOWN])) + (", ..." if len(empty) > SHOWN else "")
        print(f"Of {asked} classes {len(empty)} have no image to learn from: {shown}.")
    return asked


def _counted(labelled):
    """How many classes there are, from 0 on, in several arrays of labels."""
    lowest, highest = 0, 0
    for labels in labelled:
        if labels.ndim != 1 or labels.dtype.kind not in "iu":
            raise ValueError(
                "The labels are no classes. Expected one whole number for each image. "
                f"Received: labels of {labels.dtype}, shape={labels.shape}"
            )
        lowest, highest = min(lowest, labels.min()), max(highest, labels.max())
    if lowest < 0:
        raise ValueError(
            "The labels are no classes. Expected whole numbers from 0. "
            f"Received: labels from {lowest} to {highest}"
        )
    return int(highest) + 1
