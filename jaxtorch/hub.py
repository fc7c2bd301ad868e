"""torch.hub: entry points of repositories' ``hubconf.py``, and checkpoints by address.

Differs from PyTorch:
    Repositories are read from folders: given with ``source="local"``, or where PyTorch would have put what it
    downloaded. They are not downloaded.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
import warnings
import zipfile
from collections.abc import Iterator

from . import serialization

__all__ = ["download_url_to_file", "get_dir", "help", "list", "load", "load_state_dict_from_url", "set_dir"]

_CHUNK = 128 * 1024
_HASH = re.compile(r"-([a-f0-9]*)\.")
_HUBCONF = "hubconf.py"
_hub_dir: str | None = None


# -- folders ---------------------------------------------------------------------------------------
def _get_torch_home() -> str:
    cache = os.path.join(os.getenv("XDG_CACHE_HOME", "~/.cache"), "torch")
    return os.path.expanduser(os.getenv("TORCH_HOME", cache))


def get_dir() -> str:
    """The folder of the hub: as set, else ``$TORCH_HOME/hub``, by default ``~/.cache/torch/hub``."""
    if os.getenv("TORCH_HUB"):
        warnings.warn("TORCH_HUB is deprecated, please use env TORCH_HOME instead", stacklevel=2)
    return os.path.join(_get_torch_home(), "hub") if _hub_dir is None else _hub_dir


def set_dir(d) -> None:
    """Set the folder of the hub.

    Args:
        d: a path.
    """
    global _hub_dir
    _hub_dir = os.path.expanduser(d)


# -- repositories ----------------------------------------------------------------------------------
def _repository(github: str, verbose: bool = True) -> str:
    """The folder in which a repository's files lie."""
    name, _, ref = github.partition(":")
    if name.count("/") != 1:
        raise ValueError(f"expected 'owner/name' or 'owner/name:ref', but got {github!r}")
    refs = [ref] if ref else ["main", "master"]
    folders = [os.path.join(get_dir(), f"{name}_{r}".replace("/", "_")) for r in refs]
    for folder in folders:
        if os.path.exists(folder):
            if verbose:
                sys.stderr.write(f"Using cache found in {folder}\n")
            return folder
    raise NotImplementedError(
        f"torch.hub: jaxtorch downloads no repositories; put the files of {github} into {folders[0]}, or call "
        'torch.hub.load(folder, ..., source="local")'
    )


@contextlib.contextmanager
def _hubconf(folder: str) -> Iterator:
    """The module a repository's entry points are in; the folder is importable meanwhile."""
    sys.path.insert(0, folder)
    try:
        spec = importlib.util.spec_from_file_location(_HUBCONF, os.path.join(folder, _HUBCONF))
        module = importlib.util.module_from_spec(spec)  # pyright: ignore[reportArgumentType]
        spec.loader.exec_module(module)  # pyright: ignore[reportOptionalMemberAccess]
        yield module
    finally:
        sys.path.remove(folder)


def _entry(module, model):
    """A callable of a hubconf, whose dependencies are there."""
    if not isinstance(model, str):
        raise ValueError("Invalid input: model should be a string of function name")
    missing = [p for p in getattr(module, "dependencies", None) or () if importlib.util.find_spec(p) is None]
    if missing:
        raise RuntimeError(f"Missing dependencies: {', '.join(missing)}")
    found = getattr(module, model, None)
    if not callable(found):
        raise RuntimeError(f"Cannot find callable {model} in hubconf")
    return found


def _refuse_reload(force_reload: bool) -> None:
    if force_reload:
        raise NotImplementedError("torch.hub: force_reload=True: jaxtorch downloads no repositories")


def list(github: str, force_reload: bool = False, skip_validation: bool = False, trust_repo="check",
         verbose: bool = True):  # fmt: skip
    """The names of a repository's entry points.

    Args:
        github: "owner/name" or "owner/name:ref", of a repository that lies in `get_dir`.
        verbose: say which folder is used.
        skip_validation, trust_repo: accepted; nothing is downloaded.
    """
    _refuse_reload(force_reload)
    with _hubconf(_repository(github, verbose)) as module:
        return [name for name in dir(module) if callable(getattr(module, name)) and not name.startswith("_")]


def help(github: str, model: str, force_reload: bool = False, skip_validation: bool = False, trust_repo="check"):
    """The docstring of an entry point; arguments as those of `list`."""
    _refuse_reload(force_reload)
    with _hubconf(_repository(github)) as module:
        return _entry(module, model).__doc__


def load(repo_or_dir: str, model: str, *args, source: str = "github", trust_repo="check", force_reload: bool = False,
         verbose: bool = True, skip_validation: bool = False, **kwargs):  # fmt: skip
    """What an entry point of a repository returns.

    Args:
        repo_or_dir: a folder with a ``hubconf.py`` (``source="local"``), or as for `list`.
        model: the entry point's name.
        *args, **kwargs: its arguments.
        source: "local" or "github".

    Raises:
        NotImplementedError: a repository that would have to be downloaded.
        RuntimeError: no such entry point, or packages it needs are missing.
    """
    source = source.lower()
    if source not in ("github", "local"):
        raise ValueError(f'Unknown source: "{source}". Allowed values: "github" | "local".')
    if source == "github":
        _refuse_reload(force_reload)
        repo_or_dir = _repository(repo_or_dir, verbose)
    return _load_local(repo_or_dir, model, *args, **kwargs)


def _load_local(hubconf_dir: str, model: str, *args, **kwargs):
    with _hubconf(hubconf_dir) as module:
        return _entry(module, model)(*args, **kwargs)


# -- files -----------------------------------------------------------------------------------------
def _show(done: int, total: int | None) -> None:
    share = "" if not total else f"{100 * done // total:3d}% of "
    size = f"{(total or done) / 2**20:.1f}M"
    sys.stderr.write(f"\r{share}{size}")
    sys.stderr.flush()


def download_url_to_file(url: str, dst: str, hash_prefix: str | None = None, progress: bool = True) -> None:
    """Download what is at an address; the file is there whole or not at all.

    Args:
        url: an address that `urllib` opens.
        dst: the file's path.
        hash_prefix: what the SHA256 of the file starts with.
        progress: say on stderr how far it is.

    Raises:
        RuntimeError: another hash.
        urllib.error.URLError: nothing came; the text says where to put the file by hand.
    """
    dst = os.path.expanduser(dst)
    partial = f"{dst}.{uuid.uuid4().hex}.partial"
    digest, done = hashlib.sha256(), 0
    try:
        with open(partial, "xb") as f, _opened(url, dst) as source:
            length = source.headers.get("Content-Length")
            total = None if length is None else int(length)
            while chunk := source.read(_CHUNK):
                f.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                if progress:
                    _show(done, total)
        if progress:
            sys.stderr.write("\n")
        if hash_prefix is not None and not digest.hexdigest().startswith(hash_prefix):
            raise RuntimeError(f'invalid hash value (expected "{hash_prefix}", got "{digest.hexdigest()}")')
        shutil.move(partial, dst)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(partial)


def _opened(url: str, dst: str):
    try:
        return urllib.request.urlopen(urllib.request.Request(url, headers={"User-Agent": "torch.hub"}))
    except urllib.error.HTTPError:
        raise  # the server's own answer says what is wrong
    except urllib.error.URLError as error:
        error.reason = f"{error.reason}; without a network, put the file of {url} at {dst}"
        raise


def load_state_dict_from_url(url: str, model_dir: str | None = None, map_location=None, progress: bool = True,
                             check_hash: bool = False, file_name: str | None = None,
                             weights_only: bool = False):  # fmt: skip
    """What is saved at an address, or in the file of its name in ``model_dir`` if that is there.

    Args:
        url: an address that ends with the file's name.
        model_dir: by default the folder ``checkpoints`` in `get_dir`.
        map_location, weights_only: as those of `torch.load`.
        progress: as that of `download_url_to_file`.
        check_hash: whether a downloaded file's SHA256 has to start as its name ``name-<sha256>.ext`` says.
        file_name: a name other than the address's.
    """
    if os.getenv("TORCH_MODEL_ZOO"):
        warnings.warn("TORCH_MODEL_ZOO is deprecated, please use env TORCH_HOME instead", stacklevel=2)
    folder = os.path.join(get_dir(), "checkpoints") if model_dir is None else model_dir
    os.makedirs(folder, exist_ok=True)
    name = os.path.basename(urllib.parse.urlparse(url).path) if file_name is None else file_name
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        sys.stdout.write(f'Downloading: "{url}" to {path}\n')
        found = _HASH.search(name) if check_hash else None
        download_url_to_file(url, path, found and found[1], progress=progress)
    return serialization.load(_unzipped(path, folder), map_location=map_location, weights_only=weights_only)


def _unzipped(path: str, folder: str) -> str:
    """The file to load: what a zip archive of one file holds, which is no checkpoint of `torch.save`."""
    if not zipfile.is_zipfile(path):
        return path
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) != 1 or members[0].is_dir():
            return path
        warnings.warn(
            "Falling back to the old format < 1.6. This support will be deprecated in favor of default zipfile "
            "format introduced in 1.6. Please redo torch.save() to save it in the new zipfile format.",
            FutureWarning,
            stacklevel=3,
        )
        return archive.extract(members[0], folder)
