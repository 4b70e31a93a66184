"""What may still be taken: the machine's free memory, or less in a container that has a limit."""

import types

import pytest

from keras_genzoo import memory

GB = 10**9
NO_LIMIT_V1 = 9223372036854771712
MEMBERS = {
    "v1": "9:name=systemd:/\n4:memory:/kubepods/pod1\n1:cpu:/kubepods/pod1\n0::/\n",
    "v2": "0::/kubepods/pod1\n",
}


def write(root, version, group, limit, use, idle):
    """A control group as the kernel shows it."""
    names = {
        "v1": ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
        "v2": ("sys/fs/cgroup", "memory.max", "memory.current"),
    }[version]
    folder = root / names[0] / group
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in zip(names[1:], (limit, use), strict=True):
        (folder / name).write_text(f"{value}\n")
    total = f"total_inactive_file {idle}\n" if version == "v1" else ""
    own = idle if version == "v2" else 7  # without the groups below it
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {own}\n{total}")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder in the place of the file system, on a machine of which 8 GB are free."""
    machine = types.SimpleNamespace(available=8 * GB)
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: machine)
    monkeypatch.setattr(memory, "_ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("version", MEMBERS)
def test_a_container_is_free_to_take_what_its_limit_leaves(root, version):
    assert memory.free_memory() == 8 * GB  # another system than Linux
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(MEMBERS[version])
    assert memory.free_memory() == 8 * GB  # no such groups are mounted
    none = {"v1": NO_LIMIT_V1, "v2": "max"}[version]
    write(root, version, "kubepods/pod1", none, 3 * GB, 0)
    assert memory.free_memory() == 8 * GB
    write(root, version, "kubepods/pod1", 4 * GB, 3 * GB, 2 * GB)
    assert memory.free_memory() == 3 * GB
    write(root, version, "kubepods", 6 * GB, 4 * GB, 0)  # of all pods together
    assert memory.free_memory() == 2 * GB
    write(root, version, "", 1 * GB, 2 * GB, 0)  # lowered below what is used; as Docker mounts it
    assert memory.free_memory() == 0
