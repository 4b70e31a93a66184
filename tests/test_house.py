"""The house: who imports whom, by which door, no circle, a test for every file."""

import ast
import graphlib
from pathlib import Path

import pytest

import keras_genzoo

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "keras_genzoo"
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 340  # lines; beyond some 300 a file is asking to be two

# Which rooms a room may import, from the ground up; commands and the package see everything.
MAY_IMPORT = {
    "atomic": set(),
    "extras": set(),
    "losses": set(),
    "memory": set(),
    "presets": {"extras"},
    "datasets": {"atomic", "extras", "memory"},
    "layers": {"losses"},
    "networks": {"layers"},
    "metrics": {"losses"},
    "latent": {"memory", "metrics"},
    "base": {"extras", "losses", "presets", "datasets", "latent"},
    "models": {"base", "layers", "losses", "networks"},
    "evaluation": {"datasets", "metrics", "presets"},
    "plots": {"latent", "metrics"},
    "serving": {"atomic", "base", "extras"},
    "explorer": {
        "base",
        "datasets",
        "evaluation",
        "extras",
        "latent",
        "plots",
        "presets",
        "training",
    },
    "training": {"atomic", "base", "datasets", "extras", "metrics", "plots", "presets"},
}
SEE_EVERYTHING = {"commands", "__init__", "__main__"}
FAMILIES = {path.name for path in (PACKAGE / "models").iterdir() if (path / "__init__.py").exists()}


def name(path):
    """`keras_genzoo/base/verbs.py` is `base.verbs`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


NAMES = {name(path) for path in FILES}


def imports(path):
    """The modules of ours that a file imports, as `losses` or `base.verbs`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        for module in modules:
            package, _, rest = module.partition(".")
            if package == "keras_genzoo":
                # `keras_genzoo.losses.gaussian` is of `losses`; nothing left is the package.
                while rest and rest not in NAMES:
                    rest = rest.rpartition(".")[0]
                found.add(rest or "__init__")
    return found


def room(module):
    return module.partition(".")[0]


def test_the_rooms_are_a_dozen():
    rooms = {path.stem for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert rooms == {*MAY_IMPORT, *SEE_EVERYTHING}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_are_allowed(path):
    own = room(name(path))
    others = {room(module) for module in imports(path)} - {own}
    if own not in SEE_EVERYTHING:
        assert others <= MAY_IMPORT[own]
    assert "__main__" not in others
    assert "commands" not in others or own == "__main__"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_rooms_are_entered_by_their_doors(path):
    """What a room's `__init__` names may be had from elsewhere, a module of its too; no more."""
    own = room(name(path))
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom) or not node.module.startswith("keras_genzoo."):
            continue
        entered, _, inside = node.module.removeprefix("keras_genzoo.").partition(".")
        if entered not in {own, "models"} and own != "__main__":
            assert not inside, f"{node.module} reaches past the door"
            if (PACKAGE / entered).is_dir():
                public = {*getattr(keras_genzoo, entered).__all__}
                assert {alias.name for alias in node.names} <= public


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_model_knows_its_own_family_alone(path):
    _, *inside = name(path).split(".")
    if path.is_relative_to(PACKAGE / "models") and len(inside) > 1:
        others = [module.split(".") for module in imports(path)]
        families = {module[1] for module in others if module[0] == "models"}
        assert not families & FAMILIES - {inside[0]}


def test_tools_never_import_a_model():
    for importer, allowed in MAY_IMPORT.items():
        assert "models" not in allowed, importer


def test_no_circle():
    graph = {name(path): imports(path) - {name(path)} for path in FILES}
    order = tuple(graphlib.TopologicalSorter(_doors_apart(graph)).static_order())
    assert order.index("losses") < order.index("layers")
    assert order.index("base.generative_model") < order.index("models.variational.vae")
    rooms = {}
    for importer, imported in graph.items():
        others = {room(module) for module in imported} - {room(importer)}
        rooms.setdefault(room(importer), set()).update(others)
    tuple(graphlib.TopologicalSorter(rooms).static_order())  # CycleError names the circle


def _doors_apart(graph):
    """Within a room files import each other and not its door, which imports them."""
    for importer, imported in graph.items():
        graph[importer] = {module for module in imported if room(importer) != module}
    return graph


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_stand_at_the_top(path):
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    ]
    inside = [
        ast.unparse(node)
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_files_are_short(path):
    assert len(path.read_text().splitlines()) <= LONGEST


def test_tests_mirror_the_package():
    def mirror(folder):
        return {path.relative_to(folder) for path in folder.rglob("*.py")}

    expected = {
        path.with_name(f"test_{path.name}")
        for path in mirror(PACKAGE)
        if path.name not in ("__init__.py", "__main__.py")
    }
    present = {path for path in mirror(TESTS) if path.name.startswith("test_")}
    assert sorted(map(str, expected - present)) == [], "files without a test"
    of_the_whole = {"test_house.py", "test_examples.py", "test_readme.py", "test_kept_files.py"}
    of_the_whole |= {"test_package.py"}
    extra = {str(path) for path in present - expected} - of_the_whole
    assert sorted(extra) == [], "tests of no file"


def test_every_model_inherits_the_contract():
    models = (PACKAGE / "models" / "__init__.py").read_text()
    for node in ast.parse(models).body:
        if isinstance(node, ast.ImportFrom):
            (model,) = (alias.name for alias in node.names)
            _, _, *family, file = node.module.split(".")
            test = TESTS.joinpath("models", *family, f"test_{file}.py")
            bases = [
                base.id
                for cls in ast.parse(test.read_text()).body
                if isinstance(cls, ast.ClassDef)
                for base in cls.bases
                if isinstance(base, ast.Name)
            ]
            assert any(base.endswith("Contract") for base in bases), model
