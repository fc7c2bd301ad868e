"""`torch.hub`: repositories in folders, and checkpoints by address."""

import hashlib
import urllib.error
import zipfile

import pytest
import torch

from ..oracle import SELF_CHECK, module_under_test

LIB = module_under_test()
HUBCONF = '''
dependencies = ["json"]
from neighbour import VALUE

def small(a, b=2):
    """A small one."""
    return a, b, VALUE

def _hidden():
    pass
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The hub's folder, for both libraries."""
    for lib in (LIB, torch):
        monkeypatch.setattr(lib.hub, "_hub_dir", None)
        lib.hub.set_dir(str(tmp_path / "hub"))
    repository = tmp_path / "hub" / "owner_name_main"
    repository.mkdir(parents=True)
    (repository / "hubconf.py").write_text(HUBCONF)
    (repository / "neighbour.py").write_text("VALUE = 7\n")
    return tmp_path / "hub"


def outcome(call) -> tuple:
    try:
        return (call(),)
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize(
    "call",
    [
        lambda hub, folder: hub.load(str(folder / "owner_name_main"), "small", 1, b=3, source="local"),
        lambda hub, folder: hub.load("owner/name:main", "small", 1),
        lambda hub, folder: hub.load("x", "small", source="elsewhere"),
        lambda hub, folder: hub.load(str(folder / "owner_name_main"), "none", source="local"),
        lambda hub, folder: hub.load(str(folder / "owner_name_main"), 3, source="local"),
        lambda hub, folder: hub.load(str(folder / "absent"), "small", source="local"),
        lambda hub, folder: hub.help("owner/name:main", "small"),
        lambda hub, folder: hub.list("owner/name:main", verbose=False),
        lambda hub, folder: hub.get_dir(),
    ],
)
def test_repositories(folder, call, capsys):
    found = []
    for lib in (LIB, torch):
        found.append((outcome(lambda lib=lib: call(lib.hub, folder)), capsys.readouterr().err))
    assert found[0] == found[1]


def test_missing_dependencies(folder):
    (folder / "owner_name_main" / "hubconf.py").write_text("dependencies = ['no_such_package']\ndef f(): pass\n")
    calls = [lambda lib=lib: lib.hub.load("owner/name:main", "f") for lib in (LIB, torch)]
    assert outcome(calls[0]) == outcome(calls[1]) == ("RuntimeError", "Missing dependencies: no_such_package")


@pytest.mark.skipif(SELF_CHECK, reason="PyTorch downloads repositories")
def test_repositories_are_not_downloaded(folder):
    with pytest.raises(NotImplementedError, match="put the files of owner/other into .*owner_other_main"):
        LIB.hub.load("owner/other", "small")
    with pytest.raises(NotImplementedError, match="force_reload"):
        LIB.hub.list("owner/name", force_reload=True)


@pytest.mark.parametrize("variables", [{}, {"XDG_CACHE_HOME": "/x"}, {"TORCH_HOME": "~/t"}])
def test_the_folder(variables, monkeypatch):
    for name in ("XDG_CACHE_HOME", "TORCH_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for lib in (LIB, torch):
        monkeypatch.setattr(lib.hub, "_hub_dir", None)
    assert LIB.hub.get_dir() == torch.hub.get_dir()
    assert LIB.hub._get_torch_home() == torch.hub._get_torch_home()


def test_checkpoints(folder, tmp_path, capsys):
    saved = tmp_path / "source" / "m-0123.pth"
    saved.parent.mkdir()
    torch.save({"w": torch.arange(3.0)}, saved)
    content = saved.read_bytes()
    named = saved.with_name(f"m-{hashlib.sha256(content).hexdigest()[:8]}.pth")
    named.write_bytes(content)
    for path, options in ((saved, {}), (named, {"check_hash": True}), (saved, {"file_name": "other.pth"})):
        state = LIB.hub.load_state_dict_from_url(path.as_uri(), progress=False, weights_only=True, **options)
        assert state["w"].tolist() == [0.0, 1.0, 2.0]
        assert (folder / "checkpoints" / options.get("file_name", path.name)).read_bytes() == content
        assert capsys.readouterr().out.startswith(f'Downloading: "{path.as_uri()}" to {folder}')
    # what is there is not asked for again
    saved.unlink()
    state = LIB.hub.load_state_dict_from_url(saved.as_uri(), map_location="cpu")
    assert state["w"].tolist() == [0.0, 1.0, 2.0] and capsys.readouterr().out == ""


def test_a_wrong_hash(folder, tmp_path):
    source = tmp_path / "m-00000000.pth"
    source.write_bytes(b"123")
    for lib in (LIB, torch):
        with pytest.raises(RuntimeError, match='invalid hash value .expected "00000000", got "a665a45'):
            lib.hub.load_state_dict_from_url(source.as_uri(), check_hash=True, progress=False)
        assert list((folder / "checkpoints").iterdir()) == []


def test_a_zip_archive_of_one_file(folder, tmp_path):
    plain, packed = tmp_path / "plain.pth", tmp_path / "packed.pth"
    torch.save({"w": torch.ones(2)}, plain, _use_new_zipfile_serialization=False)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(plain, "plain.pth")
    for lib in (LIB, torch):
        with pytest.warns(FutureWarning, match="Falling back to the old format < 1.6"):
            state = lib.hub.load_state_dict_from_url(packed.as_uri(), progress=False)
        assert state["w"].tolist() == [1.0, 1.0]


@pytest.mark.skipif(SELF_CHECK, reason="PyTorch does not say where to put the file")
def test_without_a_network(folder, tmp_path, capsys):
    url = (tmp_path / "absent.pth").as_uri()
    with pytest.raises(urllib.error.URLError, match="put the file of .*absent.pth at .*checkpoints"):
        LIB.hub.load_state_dict_from_url(url)
    assert list((folder / "checkpoints").iterdir()) == []


def test_downloads_say_how_far_they_are(tmp_path, capsys):
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(bytes(300_000))
    LIB.hub.download_url_to_file(source.as_uri(), str(target))
    assert target.read_bytes() == source.read_bytes()
    assert "100%" in capsys.readouterr().err
