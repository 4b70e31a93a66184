"""The house of design.md: who imports whom, no circle, a test for every file."""

import ast
import graphlib
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "keras_genzoo"
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 340  # lines; beyond some 300 a file is asking to be two

# Who may import whom: a folder's files may import what stands here, and each other.
MAY_IMPORT = {
    "losses": set(),
    "distribution": set(),
    "trust": set(),  # of presets
    "presets": {"trust"},
    "sources": set(),  # of datasets
    "epochs": set(),
    "sprites": {"epochs"},  # of datasets
    "datasets": {"epochs", "sources", "sprites"},
    "layers": {"losses"},
    "networks": {"layers"},
    "metrics": {"losses"},
    "codes": {"metrics"},  # of latent
    "latent": {"codes", "metrics"},
    "grids": set(),  # of plots
    "plots": {"grids", "latent", "metrics"},
    "workers": {"distribution", "epochs"},  # of models and callbacks
    "checkpoints": {"workers"},  # of callbacks
    "callbacks": {"checkpoints", "plots", "metrics", "workers"},
    "models": {"layers", "losses", "networks", "presets", "distribution", "workers", "latent"},
    "features": {"presets"},
    "measures": {"datasets", "metrics"},  # of evaluation
    "protocol": set(),  # of evaluation
    "evaluation": {"datasets", "features", "measures", "metrics", "protocol"},
    # of the command
    "training": {
        "callbacks",
        "checkpoints",
        "datasets",
        "distribution",
        "plots",
        "presets",
        "workers",
    },
}
SEE_EVERYTHING = {"cli", "commands", "__init__", "__main__"}


def name(path):
    """`keras_genzoo/models/vae.py` is `models.vae`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


NAMES = {name(path) for path in FILES}


def imports(path):
    """The names of ours that a file imports, as `losses` or `models.verbs`."""
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


def kind(module):
    return module.partition(".")[0]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_are_allowed(path):
    importer = kind(name(path))
    imported = {kind(module) for module in imports(path)}
    assert not imported & {"cli", "__main__"} or name(path) == "__main__"
    if importer not in SEE_EVERYTHING:
        assert importer in MAY_IMPORT, "a new kind of file: give it a line in MAY_IMPORT"
        assert imported <= MAY_IMPORT[importer] | {importer}


def test_tools_never_import_a_model():
    for importer, allowed in MAY_IMPORT.items():
        assert "models" not in allowed, importer


def test_no_circle():
    graph = {name(path): imports(path) for path in FILES}
    order = tuple(graphlib.TopologicalSorter(graph).static_order())  # CycleError names the circle
    assert order.index("losses") < order.index("layers") < order.index("models.vae")


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
    extra = present - expected - {Path("test_house.py"), Path("test_examples.py")}
    assert sorted(map(str, extra)) == [], "tests of no file"


def test_every_model_inherits_the_contract():
    models = (PACKAGE / "models" / "__init__.py").read_text()
    for node in ast.parse(models).body:
        if isinstance(node, ast.ImportFrom):
            (model,) = (alias.name for alias in node.names)
            test = TESTS / "models" / f"test_{node.module.rpartition('.')[2]}.py"
            classes = {
                base.id: cls.name
                for cls in ast.parse(test.read_text()).body
                if isinstance(cls, ast.ClassDef)
                for base in cls.bases
                if isinstance(base, ast.Name)
            }
            assert any(base.endswith("Contract") for base in classes), model
