"""The defaults that `jaxtorch run` sets, and that the user's own environment wins."""

import json
import os
import subprocess
import sys

import pytest

from jaxtorch._cli import environment

READ = "import os, json; print(json.dumps(dict(os.environ)))"


def test_defaults(jaxtorch, tmp_path):
    found = json.loads(jaxtorch("run", "-c", READ).stdout)
    assert found["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    assert found["JAX_COMPILATION_CACHE_DIR"] == str(tmp_path / "cache" / "jaxtorch" / "xla")
    assert found["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] == "0.0"
    if os.name == "posix":
        assert (tmp_path / "cache" / "jaxtorch" / "xla").stat().st_mode & 0o077 == 0


def test_the_users_environment_wins(jaxtorch, light_package, tmp_path):
    own = {
        "XLA_PYTHON_CLIENT_PREALLOCATE": "true",
        "JAX_COMPILATION_CACHE_DIR": "elsewhere",
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{light_package}",
    }
    found = json.loads(jaxtorch("run", "-c", READ, **own).stdout)
    assert found["XLA_PYTHON_CLIENT_PREALLOCATE"] == "true"
    assert found["JAX_COMPILATION_CACHE_DIR"] == "elsewhere"
    assert "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in found
    assert found["PYTHONPATH"].endswith(own["PYTHONPATH"])
    assert not (tmp_path / "cache").exists()


@pytest.mark.skipif(os.name != "posix", reason="folders as POSIX has them")
def test_no_cache_where_no_folder_can_be_made(jaxtorch, tmp_path):
    (tmp_path / "file").touch()
    done = jaxtorch("run", "-c", READ, XDG_CACHE_HOME=str(tmp_path / "file"))
    assert done.stderr == "" and "JAX_COMPILATION_CACHE_DIR" not in json.loads(done.stdout)


def test_jax_is_told_whether_or_not_it_has_been_imported(tmp_path):
    """`python -m jaxtorch` imports JAX before the command starts; the console script does not."""
    apply = "from jaxtorch._cli import environment; environment.apply()"
    read = (
        "print(jax.config.jax_compilation_cache_dir, "
        "jax.config.jax_persistent_cache_min_compile_time_secs)"
    )
    kept = {name: text for name, text in os.environ.items() if not name.startswith("JAX_COMP")}
    for order in (f"import jax; {apply}", f"{apply}; import jax"):
        done = subprocess.run(
            [sys.executable, "-c", f"{order}; {read}"],
            env={**kept, "XDG_CACHE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.stdout == f"{tmp_path / 'jaxtorch' / 'xla'} 0.0\n", done.stderr


def test_prune_deletes_the_least_recently_used(tmp_path):
    for age, name in enumerate(["new", "middle", "old"]):
        (tmp_path / name).write_bytes(bytes(100))
        os.utime(tmp_path / name, (10_000 - age, 10_000 - age))
    os.utime(tmp_path / "middle", (20_000, 1))  # written first, read last
    (tmp_path / "folder").mkdir()
    environment.prune(tmp_path, 300)
    assert sorted(os.listdir(tmp_path)) == ["folder", "middle", "new", "old"]
    environment.prune(tmp_path, 250)
    assert sorted(os.listdir(tmp_path)) == ["folder", "middle", "new"]
    environment.prune(tmp_path, 100)
    assert sorted(os.listdir(tmp_path)) == ["folder", "middle"]
    environment.prune(tmp_path / "absent", 0)
