"""How much memory may still be taken: of the machine, and of the container that we run in."""

from pathlib import Path

import psutil

_ROOT = Path("/")
# Of either version of Linux' control groups: where they are mounted, and what they call the limit,
# the use, and the part of it that the system takes back, since it holds files that lie idle.
_V1 = ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
_V2 = ("sys/fs/cgroup", "memory.max", "memory.current")
_IDLE_FILES = ("total_inactive_file", "inactive_file")


def free_memory():
    """Bytes that may still be taken: what the machine has free, or less where a container has less.

    That is its limit less its use, to which, as Docker and Kubernetes reckon, idle pages of files
    do not count.

    Example:
        >>> free_memory() > 0
        True

    Reference: https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files.
    """
    return max(0, min([psutil.virtual_memory().available, *_left_to_groups()]))


def _left_to_groups():
    """Of the control groups of this process, each and all above it; none on other systems."""
    try:
        lines = (_ROOT / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        mount, limit, use = _V1 if controllers else _V2
        # In a container the path may be that of the host, and the mount begin with its own group.
        group = _ROOT / mount / path.lstrip("/")
        while group != (_ROOT / mount).parent:
            if (left := _left(group, limit, use)) is not None:
                yield left
            group = group.parent


def _left(group, limit, use):
    """What a group may still take; `None` where nothing limits it."""
    try:
        left = int((group / limit).read_text()) - int((group / use).read_text())
        held = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):  # no such group here, or its limit is "max"
        return None
    return left + next((int(held[name]) for name in _IDLE_FILES if name in held), 0)
