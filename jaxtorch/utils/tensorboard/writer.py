"""`SummaryWriter`: PyTorch's names and defaults over tensorboardX, which knows the file format."""
# The messages of event files are made when protobuf is imported.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import functools
import os
import time
from typing import Any

import numpy as np

from ..._core.tensor import Tensor

try:
    from tensorboardX import FileWriter, summary
    from tensorboardX import SummaryWriter as _Writer
    from tensorboardX.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboardX.proto.tensor_pb2 import TensorProto
    from tensorboardX.proto.tensor_shape_pb2 import TensorShapeProto
except ImportError as e:
    raise ImportError("torch.utils.tensorboard needs the package tensorboardX: pip install tensorboardX") from e

__all__ = ["FileWriter", "SummaryWriter"]

#: dtype -> (its name in event files, the field that holds values)
_FIELDS = {
    "float16": ("DT_HALF", "half_val"), "float32": ("DT_FLOAT", "float_val"), "float64": ("DT_DOUBLE", "double_val"),
    "bfloat16": ("DT_BFLOAT16", "half_val"), "uint8": ("DT_UINT8", "int_val"), "int8": ("DT_INT8", "int_val"),
    "int16": ("DT_INT16", "int_val"), "int32": ("DT_INT32", "int_val"), "int64": ("DT_INT64", "int64_val"),
    "complex64": ("DT_COMPLEX64", "scomplex_val"), "complex128": ("DT_COMPLEX128", "dcomplex_val"),
    "bool": ("DT_BOOL", "bool_val"),
}  # fmt: skip


def _plain(x: Any) -> Any:
    """``x`` with NumPy's arrays in the place of tensors."""
    if isinstance(x, Tensor):
        a = x._host()
        return a.astype(np.float32) if x.dtype.is_floating_point and x.dtype.itemsize < 4 else a
    if isinstance(x, dict):
        return {k: _plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)(map(_plain, x)) if type(x) in (list, tuple) else x
    return x


def _number(x: Any) -> float:
    found = np.asarray(_plain(x)).squeeze()
    if found.ndim:
        raise AssertionError("Tensor should contain one element (0 dimensions). Was given size: "
                             f"{found.size} and {found.ndim} dimensions.")  # fmt: skip
    return float(found)


def _metadata(plugin: str) -> SummaryMetadata:
    return SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))


def _scalar(tag: str, value, new_style: bool = False, double_precision: bool = False) -> Summary:
    value = _number(value)
    if not new_style:
        return Summary(value=[Summary.Value(tag=tag, simple_value=value)])
    name, field = _FIELDS["float64" if double_precision else "float32"]
    proto = TensorProto(**{field: [value], "dtype": name})
    return Summary(value=[Summary.Value(tag=tag, tensor=proto, metadata=_metadata("scalars"))])


class SummaryWriter(_Writer):
    """Write values of a run into event files.

    Args:
        log_dir: the folder; without it ``runs/<date>_<host><comment>``.
        purge_step: events from this step on, of a run that was broken off, are hidden.
        max_queue: so many events wait before they are written.
        flush_secs: seconds after which they are written in any case.

    ``add_scalar``, ``add_scalars``, ``add_histogram``, ``add_image``, ``add_images``, ``add_figure``, ``add_video``,
    ``add_audio``, ``add_text``, ``add_embedding``, ``add_pr_curve``, ``add_mesh``, ``add_custom_scalars``,
    ``add_hparams`` and ``add_tensor`` take tensors, arrays and numbers.

    Raises:
        NotImplementedError: ``add_graph``; ``add_hparams(hparam_domain_discrete=...)``.

    Differs from PyTorch: it writes through tensorboardX, so that TensorBoard itself need not be installed.

    Example:
        >>> import tempfile, jaxtorch as torch
        >>> from jaxtorch.utils.tensorboard import SummaryWriter
        >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        ...     for step in range(3):
        ...         writer.add_scalar("loss", torch.tensor(1.0 / (step + 1)), step)
    """

    def __init__(self, log_dir=None, comment="", purge_step=None, max_queue=10, flush_secs=120,
                 filename_suffix="") -> None:  # fmt: skip
        folder = None if log_dir is None else os.fspath(log_dir)
        super().__init__(folder, comment, purge_step, max_queue, flush_secs, filename_suffix)
        self.log_dir = self.logdir

    def get_logdir(self) -> str:
        """The folder of the event files."""
        return self.log_dir

    def _add(self, found: Summary, global_step, walltime) -> None:
        self._get_file_writer().add_summary(found, global_step, walltime)

    def add_scalar(self, tag, scalar_value, global_step=None, walltime=None, new_style=False,
                   double_precision=False) -> None:  # fmt: skip
        """Add a number.

        Args:
            scalar_value: a number, or a tensor of one element.
            new_style: as a tensor of the plugin "scalars", which loads faster.
            double_precision: with ``new_style``, as a float64.
        """
        self._add(_scalar(tag, scalar_value, new_style, double_precision), global_step, walltime)

    def add_scalars(self, main_tag, tag_scalar_dict, global_step=None, walltime=None) -> None:
        """Add several numbers to one diagram; each has a folder of its own beside the others."""
        self._get_file_writer()
        for tag, value in tag_scalar_dict.items():
            folder = f"{self.log_dir}/{main_tag.replace('/', '_')}_{tag}"
            writer = self.all_writers.get(folder)
            if writer is None:
                writer = self.all_writers[folder] = FileWriter(
                    folder, self._max_queue, self._flush_secs, self._filename_suffix
                )
            writer.add_summary(_scalar(main_tag, value), global_step, walltime)

    def add_tensor(self, tag, tensor, global_step=None, walltime=None) -> None:
        """Add the values of a tensor."""
        if tensor.numel() == 0:
            return
        dtype = str(tensor.dtype).removeprefix("torch.")
        if dtype not in _FIELDS:
            raise ValueError(f"{tensor.dtype} has unsupported TensorProto.dtype")
        name, field = _FIELDS[dtype]
        values = tensor._host().reshape(-1)
        if field == "half_val":
            values = values.view(np.uint16)
        elif values.dtype.kind == "c":
            values = values.view(values.real.dtype)
        shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=n) for n in tensor.shape])
        proto = TensorProto(**{field: values.tolist(), "dtype": name, "tensor_shape": shape})
        self._add(Summary(value=[Summary.Value(tag=tag, tensor=proto)]), global_step, walltime)

    def add_hparams(self, hparam_dict, metric_dict, hparam_domain_discrete=None, run_name=None,
                    global_step=None) -> None:  # fmt: skip
        """Add the hyperparameters of a run and what came of it, in a folder of its own.

        Args:
            hparam_dict: name -> bool, str, number or None.
            metric_dict: name -> number.
        """
        if type(hparam_dict) is not dict or type(metric_dict) is not dict:
            raise TypeError("hparam_dict and metric_dict should be dictionary.")
        if hparam_domain_discrete is not None:
            raise NotImplementedError("SummaryWriter.add_hparams(hparam_domain_discrete=...)")
        given = {k: _plain(v) if not isinstance(v, Tensor) else _number(v) for k, v in hparam_dict.items()}
        found = summary.hparams(given, metric_dict)
        with SummaryWriter(os.path.join(self.log_dir, run_name or str(time.time()))) as writer:
            for part in found:
                writer._add(part, global_step, None)
            for k, v in metric_dict.items():
                writer.add_scalar(k, v, global_step)

    def add_graph(self, model, input_to_model=None, verbose=False, use_strict_trace=True) -> None:
        """Not there: `jaxtorch.compiler.show` prints the operations of a compiled function."""
        raise NotImplementedError("SummaryWriter.add_graph: torch.compiler.show prints what a compiled model does")


def _taking_tensors(method):
    @functools.wraps(method)
    def add(self, *args, **kwargs):
        return method(self, *map(_plain, args), **{k: _plain(v) for k, v in kwargs.items()})

    return add


for _name in (
    "add_audio", "add_embedding", "add_histogram", "add_histogram_raw", "add_image", "add_image_with_boxes",
    "add_images", "add_mesh", "add_pr_curve", "add_pr_curve_raw", "add_video",
):  # fmt: skip
    setattr(SummaryWriter, _name, _taking_tensors(getattr(_Writer, _name)))
