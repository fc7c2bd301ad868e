"""Groups of one process: starting and ending them, and what they say of themselves."""

from __future__ import annotations

import os
import warnings
from datetime import timedelta
from enum import Enum
from urllib.parse import parse_qs, urlparse

from .._core.devices import cuda_devices, device, numbered
from ..futures import Future

__all__ = [
    "Backend", "GroupMember", "ProcessGroup", "ReduceOp", "Work", "default_pg_timeout", "destroy_process_group",
    "get_backend", "get_backend_config", "get_default_backend_for_device", "get_global_rank", "get_group_rank",
    "get_node_local_rank", "get_pg_count", "get_process_group_ranks", "get_rank", "get_world_size", "group",
    "init_process_group", "is_available", "is_backend_available", "is_gloo_available", "is_initialized",
    "is_mpi_available", "is_nccl_available", "is_torchelastic_launched", "is_ucc_available", "is_xccl_available",
    "new_group",
]  # fmt: skip

default_pg_timeout = timedelta(minutes=30)

_SEVERAL = "several processes are not supported: JAX shards arrays over the devices of one program"


class Backend(str):
    """The name of a way to communicate, in lower case."""

    UNDEFINED, GLOO, NCCL, XCCL, UCC, MPI, FAKE = "undefined", "gloo", "nccl", "xccl", "ucc", "mpi", "fake"
    backend_list = [UNDEFINED, GLOO, NCCL, XCCL, UCC, MPI, FAKE]

    def __new__(cls, name: str):
        if not isinstance(name, str):
            raise ValueError("Backend constructor parameter must be string-ish")
        return name.lower()


class _RedOpType(Enum):
    SUM, AVG, PRODUCT, MIN, MAX, BAND, BOR, BXOR, PREMUL_SUM = range(9)

    def __str__(self) -> str:
        return f"RedOpType.{self.name}"

    def __repr__(self) -> str:
        return f"<RedOpType.{self.name}: {self.value}>"

    def __int__(self) -> int:
        return self.value


class ReduceOp:
    """How values of several processes become one: SUM, AVG, PRODUCT, MIN, MAX, BAND, BOR, BXOR."""

    RedOpType = _RedOpType
    SUM, AVG, PRODUCT, MIN, MAX, BAND, BOR, BXOR, PREMUL_SUM = _RedOpType

    def __init__(self, op: _RedOpType):
        self.op = op

    def __eq__(self, other) -> bool:
        return self.op is (other.op if isinstance(other, ReduceOp) else other)

    def __hash__(self) -> int:
        return hash(self.op)


class ProcessGroup:
    """A group of processes: here one, this one."""

    def __init__(self, backend: str, config: str, name: str, description: str, bound: device | None):
        self._backend, self._config = backend, config
        self.group_name, self.group_desc, self.bound_device_id = name, description, bound

    def rank(self) -> int:
        """The number of this process in the group."""
        return 0

    def size(self) -> int:
        """How many processes there are."""
        return 1

    def name(self) -> str:
        """The backend."""
        return self._backend


class Work:
    """What a collective that was asked not to wait returns: of one process it is done at once."""

    def __init__(self, result: list):
        self._result = result

    def wait(self, timeout: timedelta = timedelta(0)) -> bool:
        """Wait for the end."""
        return True

    def is_completed(self) -> bool:
        """Whether it has ended."""
        return True

    def is_success(self) -> bool:
        """Whether it has ended without an error."""
        return True

    def exception(self) -> None:
        """The error that it ended with."""

    def result(self) -> list:
        """The tensors that it wrote."""
        return self._result

    def get_future(self) -> Future:
        """The Future of `result`, completed."""
        found: Future = Future()
        found.set_result(self._result)
        return found


#: Groups that exist, the default one first.
_groups: list[ProcessGroup] = []
_made = [0]


class _World(type):
    @property
    def WORLD(cls) -> ProcessGroup | None:  # noqa: N802 - PyTorch's name
        """The default group; None before `init_process_group`."""
        return _groups[0] if _groups else None


class group(metaclass=_World):  # noqa: N801 - PyTorch's name
    """``group.WORLD`` is the default group."""


class GroupMember(metaclass=_World):
    """``GroupMember.WORLD`` is the default group; ``NON_GROUP_MEMBER`` stands for one without this process."""

    NON_GROUP_MEMBER = -100


# -- what there is --------------------------------------------------------------------------------
def is_available() -> bool:
    """True: a program finds groups of one process.

    Example:
        >>> import jaxtorch as torch
        >>> torch.distributed.is_available(), torch.distributed.is_initialized()
        (True, False)
    """
    return True


def is_initialized() -> bool:
    """Whether there is a default group."""
    return bool(_groups)


def is_gloo_available() -> bool:
    """True: groups of one process with tensors on the CPU (and wherever else)."""
    return True


def is_nccl_available() -> bool:
    """Whether there are GPUs: a program may then ask for groups by that name."""
    return bool(cuda_devices())


def is_mpi_available() -> bool:
    """False."""
    return False


is_ucc_available = is_xccl_available = is_mpi_available


def is_backend_available(backend: str) -> bool:
    """Whether groups of that backend can be made."""
    there = {"gloo": is_gloo_available, "nccl": is_nccl_available}.get(backend.lower())
    return there is not None and there()


def is_torchelastic_launched() -> bool:
    """Whether PyTorch's launcher started this process."""
    return os.environ.get("TORCHELASTIC_RUN_ID") is not None


def get_default_backend_for_device(device_type: str | device) -> str:
    """The backend for tensors on such devices."""
    kind = device_type.type if isinstance(device_type, device) else device(device_type).type
    found = {"cpu": "gloo", "cuda": "nccl"}.get(kind)
    if found is None:
        raise ValueError(f"Default backend not registered for device : {device_type}")
    return found


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """The number of this process on its machine, as a launcher set it."""
    if "LOCAL_RANK" in os.environ:
        return int(os.environ["LOCAL_RANK"])
    if fallback_rank is not None:
        return int(fallback_rank)
    raise RuntimeError(
        "LOCAL_RANK is not in the environment. Consider passing fallback_rank to allow `get_node_local_rank` to "
        "work, assuming you are not running in a multi-device context and want the code to run locally instead."
    )


# -- starting and ending --------------------------------------------------------------------------
def _meeting(init_method: str, rank: int, world_size: int) -> tuple[int, int]:
    """(rank, world size), from what was given, the URL and the environment, in this order."""
    if not isinstance(init_method, str):
        raise RuntimeError(f"`url` must be a string. {type(init_method)}: {init_method}")
    for name, value in (("rank", rank), ("world_size", world_size)):
        if not isinstance(value, int):
            raise RuntimeError(f"`{name}` must be an integer. {value}")
    url = urlparse(init_method)
    query = {name: values[-1] for name, values in parse_qs(url.query).items()}
    if (rank != -1 or world_size != -1) and query.keys() & {"rank", "world_size"}:
        raise AssertionError(f"The url: {init_method} has node-specific arguments(rank, world_size) already.")
    given = {"rank": rank, "world_size": world_size}
    given = {name: value for name, value in given.items() if value != -1} | query
    begin = f"Error initializing torch.distributed using {url.scheme}:// rendezvous: "
    if url.scheme == "env":
        wanted = [n for n in ("RANK", "WORLD_SIZE") if n.lower() not in given] + ["MASTER_ADDR", "MASTER_PORT"]
        for name in wanted:
            if not os.environ.get(name):
                raise ValueError(f"{begin}environment variable {name} expected, but not set")
        int(os.environ["MASTER_PORT"])
        found = [given[n] if n in given else os.environ[n.upper()] for n in ("rank", "world_size")]
        return int(found[0]), int(found[1])
    if url.scheme not in ("tcp", "file"):
        raise RuntimeError(f"No rendezvous handler for {url.scheme}://")
    if url.scheme == "tcp" and url.port is None:
        raise ValueError(begin + "port number missing")
    if url.scheme == "file" and not url.path:
        raise ValueError(begin + "path missing")
    for name, text in (("rank", "rank"), ("world_size", "world size")):
        if name not in given:
            raise ValueError(f"{begin}{text} parameter missing")
    return int(given["rank"]), int(given["world_size"])


_KNOWN = {"gloo": "Gloo", "nccl": "NCCL", "xccl": "XCCL", "mpi": "MPI"}
_NO_MPI = ". MPI is only included if you build PyTorch from source on a host that has MPI installed."


def _configured(backend: str | None) -> tuple[str, str]:
    """(backend, the backends of the kinds of devices), as PyTorch writes them."""
    kinds = ["cpu", "cuda"] if cuda_devices() else ["cpu"]
    if backend is None or backend.lower() == "undefined":
        return "undefined", ",".join(f"{k}:{get_default_backend_for_device(k)}" for k in kinds)
    name = backend.lower()
    if ":" in name:
        parts = [part.split(":") for part in name.split(",")]
        if any(len(part) != 2 for part in parts):
            raise ValueError(
                f"Invalid device:backend pairing:                                      {backend}. The custom backend "
                f"string argument is invalid: {backend}.\n                Custom backend string is an experimental "
                "feature where the backend string must be in the format:\n                "
                '"<device_type1>:<backend1>,<device_type2>:<backend2>...". e.g. \'cpu:gloo,cuda:nccl\''
            )
        wanted, config = [part[1] for part in parts], name
    else:
        wanted, config = [name], "cuda:nccl" if name == "nccl" else f"cpu:{name},cuda:{name}"
    for one in wanted:
        if one not in _KNOWN:
            warnings.warn(
                f"Device capability of {one} unknown, assuming `cpu` and `cuda`. You can specify it in "
                "`device:backend` format in `init_process_group` call.",
                stacklevel=3,
            )
            raise AssertionError(f"Unknown backend type {one}")
        if not is_backend_available(one):
            raise RuntimeError(f"Distributed package doesn't have {_KNOWN[one]} built in{_NO_MPI * (one == 'mpi')}")
    return name, config


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: timedelta | None = None,
    world_size: int = -1,
    rank: int = -1,
    store=None,
    group_name: str = "",
    pg_options=None,
    device_id: device | int | None = None,
    _ranks: list[int] | None = None,
) -> None:
    """Make the default group.

    Args:
        backend: "gloo", or "nccl" where there is a GPU.
        init_method: "env://" (the default), "tcp://host:port" or "file://path"; nobody else is waited for.
        timeout: how long a collective may take; of one process none waits.
        world_size, rank: 1 and 0.
        device_id: the device of this process, which the group tells.

    Raises:
        NotImplementedError: several processes, or a store.

    Differs from PyTorch: groups have one process.

    Example:
        >>> import jaxtorch as torch
        >>> torch.distributed.init_process_group("gloo", init_method="tcp://localhost:1", rank=0, world_size=1)
        >>> torch.distributed.get_rank(), torch.distributed.get_world_size()
        (0, 1)
        >>> torch.distributed.destroy_process_group()
    """
    if _groups:
        raise ValueError("trying to initialize the default process group twice!")
    if store is not None and init_method is not None:
        raise AssertionError("Cannot specify both init_method and store.")
    for name, value in (("store", store), ("pg_options", pg_options), ("_ranks", _ranks)):
        if value is not None:
            raise NotImplementedError(f"init_process_group({name}=...): {_SEVERAL}")
    if timeout is not None and not isinstance(timeout, timedelta):
        raise TypeError(f"Expected timeout argument to be of type datetime.timedelta, got {timeout}")
    found_rank, found_size = _meeting(init_method or "env://", rank, world_size)
    if found_size != 1:
        raise NotImplementedError(f"init_process_group(world_size={found_size}): {_SEVERAL}")
    if found_rank != 0:
        raise ValueError(f"init_process_group(rank={found_rank}): the rank of the only process is 0")
    bound = None if device_id is None else numbered(device_id)
    name, config = _configured(backend)
    _groups.append(ProcessGroup(name, config, group_name or "0", "default_pg", bound))


def new_group(ranks=None, timeout=None, backend=None, pg_options=None, use_local_synchronization: bool = False,
              group_desc=None, device_id=None, sort_ranks: bool = True) -> ProcessGroup:  # fmt: skip
    """Another group, of this process.

    Raises:
        ValueError: there is no default group, or ranks that it does not have.
    """
    world = default_group()
    if pg_options is not None:
        raise NotImplementedError(f"new_group(pg_options=...): {_SEVERAL}")
    ranks = [0] if ranks is None else list(ranks)
    if len(ranks) > 1:
        raise ValueError(
            "the new group's world size should be less or equal to the world size set by init_process_group"
        )
    for r in ranks:
        if r != 0:
            raise ValueError(f"Rank {r} is out of range. Valid ranks are 0 to 0 (world_size=1)")
    if not ranks:
        raise ValueError("new_group(ranks=[]): a group without processes")
    name, config = (world._backend, world._config) if backend is None else _configured(backend)
    _made[0] += 1
    made = ProcessGroup(name, config, str(_made[0]), group_desc or "undefined", device_id)
    _groups.append(made)
    return made


def destroy_process_group(group: ProcessGroup | None = None) -> None:
    """End a group; the default one, with all others, by default."""
    if group is None or group is GroupMember.WORLD:
        if not _groups:
            raise AssertionError("Process group cannot be None")
        _groups.clear()
    elif group == GroupMember.NON_GROUP_MEMBER:
        return
    elif not _registered(group):
        raise ValueError("Invalid process group specified")
    else:
        _groups[:] = [g for g in _groups if g is not group]


# -- what groups say ------------------------------------------------------------------------------
def default_group() -> ProcessGroup:
    """The default group.

    Raises:
        ValueError: there is none.
    """
    if not _groups:
        raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")
    return _groups[0]


def _registered(group) -> bool:
    return any(g is group for g in _groups)


def _known(group) -> ProcessGroup:
    """A group that exists."""
    world = default_group()
    if group is None:
        return world
    if not _registered(group):
        raise ValueError(
            f"Group {group} is not registered, please create group with torch.distributed.new_group API"
        )
    return group


def get_rank(group: ProcessGroup | None = None) -> int:
    """The number of this process in a group: 0; -1 if it is not in it."""
    if group is not None and group == GroupMember.NON_GROUP_MEMBER:
        return -1
    _known(group)
    return 0


def get_world_size(group: ProcessGroup | None = None) -> int:
    """How many processes a group has: 1; -1 if this one is not in it."""
    if group is not None and group == GroupMember.NON_GROUP_MEMBER:
        return -1
    return (default_group() if group is None else group).size()


def get_backend(group: ProcessGroup | None = None) -> str:
    """The name of a group's backend."""
    found = default_group() if group is None else group
    if not _registered(found):
        raise ValueError(
            f"Process group {found} is not initialized in the world group map. Please initialize the group first."
        )
    return found._backend


def get_backend_config(group: ProcessGroup | None = None) -> str:
    """The backends of a group by the kind of device."""
    found = default_group() if group is None else group
    if not _registered(found):
        raise ValueError("Invalid process group specified")
    return found._config


def get_process_group_ranks(group: ProcessGroup | None) -> list[int]:
    """The processes of a group, by their numbers in the default one."""
    if group is not None and not _registered(group):
        raise KeyError(group)
    default_group()
    return [0]


def _translated(group, rank: int, kind: str) -> int:
    """A number in the default group or in another, as one in the other of the two."""
    if group is not None and group is GroupMember.WORLD:
        return rank
    _known(group)
    if rank != 0:
        raise ValueError(f"{kind} rank {rank} is not part of group {group}")
    return 0


def get_global_rank(group: ProcessGroup, group_rank: int) -> int:
    """The number in the default group of a process of a group."""
    return _translated(group, group_rank, "Group")


def get_group_rank(group: ProcessGroup, global_rank: int) -> int:
    """The number in a group of a process of the default one."""
    return _translated(group, global_rank, "Global")


def get_pg_count() -> int:
    """How many groups there are."""
    return len(_groups)


for _cls in (Backend, ReduceOp, ProcessGroup, Work, group, GroupMember):
    _cls.__module__ = "torch.distributed.distributed_c10d"
