"""Data whose order is known, those of `datasets.load`: where `fit` begins with them, and ends."""

from keras_genzoo.base import inputs, workers
from keras_genzoo.base.arguments import whole_or_none
from keras_genzoo.base.course import anew


def begin(model, given, resumed):
    """Give `fit` the batches that lie before it: of a new run, or of one that was cut off.

    Args:
        model: The model, compiled.
        given: Arguments of `fit` by name, which are changed: `x` and `steps_per_epoch`.
        resumed: What `Course.progress` gave when the run was cut off; `None` for a new one.

    Returns:
        `resumed`, as the run can go on from there; what a `Course` tells of each epoch, or `None`;
        and both arguments as several workers would have them, who share no batch.

    Raises:
        ValueError: If the data do not fit the model, or an epoch is not so long.
    """
    dataset, strategy, at_once = given["x"], model.distribute_strategy, model.steps_per_execution
    inputs.check_spec(dataset, model)
    # At -1 Keras would go on for ever, for what it is given has no end.
    steps = whole_or_none("steps_per_epoch", given["steps_per_epoch"]) or len(dataset)
    first = resumed["step"] if resumed else 0
    if first and (steps - first) % at_once:
        resumed = anew(resumed, f"its rest is not whole executions of {at_once} steps")
        first = 0
    there = divmod(given["initial_epoch"] * steps + first, len(dataset))

    def endless(each):
        return each.from_epoch(*there)

    if _ends_with_its_epoch(dataset, steps, at_once):
        given["steps_per_epoch"] = None
        go_to, begun = _by_epoch(dataset)
    else:
        given["steps_per_epoch"] = steps
        go_to, begun = None, endless
    given["x"] = workers.shared(strategy, dataset, begun)
    whole = {"x": endless(dataset), "steps_per_epoch": steps} if workers.several(strategy) else {}
    return resumed, go_to, whole


def _ends_with_its_epoch(dataset, steps, at_once):
    """Whether Keras is given an epoch at a time, not the endless one whose batches are prefetched.

    So where no epoch is drawn before its time, and where the endless one would be trained on beyond
    an epoch's end, for an execution is of several steps.
    """
    if hasattr(dataset, "go_to"):  # of datasets.resampled
        if steps != len(dataset):
            raise ValueError(
                "An epoch of resampled examples has its own length. Expected steps_per_epoch "
                f"of {len(dataset)}, or None. Received: steps_per_epoch={steps}"
            )
    elif not steps % at_once:
        return False
    elif steps != len(dataset):
        raise ValueError(
            "Executions of several steps would go beyond the epoch's end. Expected "
            "steps_per_execution to divide steps_per_epoch, or no steps_per_epoch. "
            f"Received: steps_per_execution={at_once}, steps_per_epoch={steps} of {len(dataset)}"
        )
    return True


def _by_epoch(dataset):
    """A function that tells of an epoch and a step, and one of a dataset, which begins there."""
    if hasattr(dataset, "go_to"):
        return dataset.go_to, lambda each: each.moving(dataset.place)
    there = [(0, 0)]

    def go_to(*place):
        there[0] = place

    return go_to, lambda each: each.moving(lambda: there[0])
