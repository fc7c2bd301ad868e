"""What the package promises about itself: which way imports point, and what importing it does."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "jaxtorch"
FILES = sorted(PACKAGE.rglob("*.py"))

# A module may import what has its own rank or a lower one.
RANKS = {
    "_core": 0, "_ops": 1, "_sparse": 1, "_quantized": 1, "_nested": 1, "autograd": 2, "_record": 2, "_compat": 2,
}  # fmt: skip
PUBLIC, TOP, COMMAND = 3, 4, 5  # nn, optim, ...; jaxtorch/__init__.py; the command line

# Imports of jaxtorch inside functions: (folder, module imported) -> why not at the top.
LAZY = {
    ("_cli", "jaxtorch._compat.alias_torch"): "imports JAX, which reads the environment",
    ("_cli", "jaxtorch._compat.coverage"): "asks the whole package what it has, so it imports JAX",
    ("nn", "jaxtorch.compiler"): "compiles modules: Module.compile asks for it",
    ("_core", "jaxtorch._compat.aliases"): "the data that binding ends with",
    ("_core", "jaxtorch._compat.legacy"): "old spellings: wanted by old programs only",
    ("_compat", "jaxtorch.nn.parameter"): "checkpoints name Parameter; nn is loaded when asked for",
    ("_core", "jaxtorch._core.memory"): "resizing and storages build on the members binding needs",
    ("_core", "jaxtorch._core.printing"): "text is made when asked for",
    ("_core", "jaxtorch._core.dispatch"): "the spine uses tensors, views and tape; they run ops",
    ("_core", "jaxtorch._core.engine"): "the backward walk builds on the tape that starts it",
    ("_core", "jaxtorch._core.gradient"): "derives new specs from specs, when one is wanted",
    ("_core", "jaxtorch._core.spec"): "the registry, asked by name for ops declared later",
}

# A worker of a DataLoader is a process of its own, made for the worker alone.
OWN_PROCESS = {PACKAGE / "utils" / "data" / "_utils" / "worker.py"}
HEAVY = ["flax", "optax", "rich", "torch", "scipy", "matplotlib", "pandas", "orbax"]
LINES = 800


def rank(module: str) -> int:
    """The rank of a dotted name within jaxtorch."""
    parts = module.split(".")
    if len(parts) == 1:
        return TOP
    return COMMAND if parts[1] in ("_cli", "__main__") else RANKS.get(parts[1], PUBLIC)


def name_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def imports(path: Path, tree: ast.AST) -> Iterator[tuple[str, bool, int]]:
    """Each module imported: its full name, whether inside a function, and the line."""
    package = name_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]

    def visit(node: ast.AST, inside: bool) -> Iterator[tuple[str, bool, int]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield alias.name, inside, child.lineno
            elif isinstance(child, ast.ImportFrom):
                above = package[: len(package) - child.level + 1] if child.level else []
                base = ".".join(above + ([child.module] if child.module else []))
                for alias in child.names:
                    full = f"{base}.{alias.name}"
                    yield (full if is_module(full) else base), inside, child.lineno
            elif is_for_types(child):
                for other in child.orelse:  # type: ignore[attr-defined]
                    yield from visit(other, inside)
            else:
                function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                yield from visit(child, inside or function)

    return visit(tree, False)


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def test_imports_point_one_way():
    wrong = []
    for path in FILES:
        own, short = rank(name_of(path)), path.relative_to(PACKAGE)
        for module, inside, line in imports(path, parse(path)):
            if module.split(".")[0] != "jaxtorch":
                continue
            if inside and (short.parts[0], module) not in LAZY:
                wrong.append(f"{short}:{line}: {module} imported in a function, not in LAZY")
            elif not inside and rank(module) > own:
                wrong.append(f"{short}:{line}: {module} imported against the direction")
    assert not wrong, "\n".join(wrong)


def test_lazy_imports_listed_exist():
    found = {
        (path.relative_to(PACKAGE).parts[0], module)
        for path in FILES
        for module, inside, _ in imports(path, parse(path))
        if inside
    }
    assert LAZY.keys() <= found


def test_torch_is_never_imported():
    wrong = [
        f"{path}:{line}"
        for path in FILES
        for module, _, line in imports(path, parse(path))
        if module.split(".")[0] == "torch"
    ]
    assert not wrong, "\n".join(wrong)


def test_files_stay_short():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {path: length for path, length in lengths.items() if length > LINES} == {}


def changes_of_settings(tree: ast.AST) -> Iterator[int]:
    """Lines that change a setting of JAX or the process's environment."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if re.search(r"(^|\.)config\.update$|(^|\.)environ\.(update|setdefault|pop)$", called):
                yield node.lineno
            elif re.search(r"(^|\.)(putenv|unsetenv)$", called):
                yield node.lineno
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            if re.search(r"(^|\.)environ$", ast.unparse(node.value)):
                yield node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if re.search(r"(^|\.)jax\.config$", ast.unparse(node.value)):
                yield node.lineno


def test_only_the_command_line_changes_settings():
    wrong = [
        f"{path}:{line}"
        for path in FILES
        if path.relative_to(PACKAGE).parts[0] != "_cli" and path not in OWN_PROCESS
        for line in changes_of_settings(parse(path))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "code, line",
    [
        ("jax.config.update('a', 1)", 1),
        ("from jax import config\nconfig.update('a', 1)", 2),
        ("os.environ['A'] = 'b'", 1),
        ("del os.environ['A']", 1),
        ("environ.setdefault('A', 'b')", 1),
        ("jax.config.jax_enable_x64 = True", 1),
        ("os.environ['A']\njax.config.jax_enable_x64\nd.update(a=1)", None),
    ],
)
def test_changes_of_settings_are_seen(code, line):
    assert list(changes_of_settings(ast.parse(code))) == ([] if line is None else [line])


def test_no_unfinished_marks():
    marks = re.compile(rf"\b({'TO'}DO|{'FIX'}ME|{'XX'}X|{'HA'}CK)\b")
    folders = [PACKAGE, *(ROOT / name for name in ("tests", "docs", "examples", "benchmarks", "tools"))]
    texts = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    texts = [path for path in texts if path.suffix in (".py", ".pyi", ".md")]
    assert len(texts) > len(FILES)
    assert not [path for path in texts if marks.search(path.read_text(encoding="utf-8"))]


IMPORT = f"""
import json, os, sys
import jax, jax.numpy
from jax._src import xla_bridge

def state():
    environment = dict(os.environ)
    settings = {{name: repr(value) for name, value in jax.config.values.items()}}
    return {{"settings": settings, "environment": environment,
            "path": list(sys.path), "finders": [repr(finder) for finder in sys.meta_path]}}

heavy = {HEAVY!r}
before, loaded = state(), set(sys.modules)
import jaxtorch
assert jaxtorch.__file__, "a folder, not the package"
print(json.dumps({{"before": before, "after": state(),
    "heavy": [name for name in heavy if name in sys.modules and name not in loaded],
    "backends": xla_bridge.backends_are_initialized()}}))
"""


@pytest.fixture(scope="module")
def imported() -> dict:
    """What one process looks like before and after `import jaxtorch`."""
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning:jaxtorch", "-c", IMPORT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_importing_changes_no_setting(imported):
    assert imported["after"] == imported["before"]
    assert imported["before"]["settings"]


def test_importing_starts_no_backend(imported):
    """A program may still choose its platform, memory and cache after the import."""
    assert not imported["backends"]


def test_importing_loads_nothing_heavy(imported):
    assert imported["heavy"] == []


def test_the_version_of_pytorch_is_written_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = [item for item in project["optional-dependencies"]["test"] if item.startswith("torch")]
    (version,) = [pin.removeprefix("torch==") for pin in pins]
    record = PACKAGE / "_compat" / "torch_path" / f"torch-{version}.dist-info" / "METADATA"
    assert f"Version: {version}\n" in record.read_text()
    assert f'TORCH = "torch=={version}"' in (PACKAGE / "_cli" / "compare.py").read_text()
    assert f"torch=={version}" in (ROOT / "README.md").read_text()
