"""Printed text: every string is compared with what PyTorch prints for the same elements."""

from __future__ import annotations

import contextlib
import doctest
import math

import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxtorch._core import printing

pytestmark = pytest.mark.filterwarnings("ignore:ComplexHalf support is experimental")

INTEGERS = ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"]
NARROW = ["bfloat16", "float8_e5m2", "float8_e5m2fnuz", "float8_e4m3fn", "float8_e4m3fnuz",
          "float8_e8m0fnu"]  # fmt: skip
FLOATS = ["float16", "float32", "float64", *NARROW]
COMPLEX = ["complex32", "complex64", "complex128"]
DTYPES = ["bool", *INTEGERS, *FLOATS, *COMPLEX]

DEFAULTS = printing.get_printoptions()


@pytest.fixture(autouse=True)
def restore_options():
    yield
    printing.set_printoptions(**DEFAULTS)
    torch.set_printoptions(**DEFAULTS)


@contextlib.contextmanager
def both_options(**options):
    with torch._tensor_str.printoptions(**options), printing.printoptions(**options):
        yield


def cast(values, dtype_name):
    """The array our side prints and the tensor PyTorch prints, of one set of elements."""
    values = np.asarray(values)
    with np.errstate(all="ignore"):
        if dtype_name == "complex32":
            halves = values.astype(np.complex64)
            tensor = torch.from_numpy(halves).to(torch.complex32)
            return tensor.to(torch.complex64).numpy(), tensor
        if dtype_name in NARROW:
            array = np.ascontiguousarray(values.astype(getattr(ml_dtypes, dtype_name)))
            array = array.reshape(values.shape)
            bits = np.uint16 if array.itemsize == 2 else np.uint8
            tensor = torch.from_numpy(array.view(bits)).view(getattr(torch, dtype_name))
            return array, tensor
        array = values.astype(dtype_name)
    return array, torch.from_numpy(array.copy())


def assert_same_text(values, dtype_name, **kwargs):
    array, tensor = cast(values, dtype_name)
    assert printing.tensor_text(array, dtype_name, **kwargs) == repr(tensor)


nan, inf = math.nan, math.inf
TABLE = {
    "whole": [1.0, 2.0, 3.0],
    "scalar": 1.5,
    "whole scalar": -3.0,
    "zero": 0.0,
    "negative zero": [-0.0, 0.0],
    "negative zero among tens": [-0.0, 10.0, -10.0],
    "fractions": [0.1, -0.25, 3.14159265],
    "rounds up a digit": [9.99996, 1.0],
    "1e-4": [1e-4, 1e-2],
    "below 1e-4": [0.99e-4, 1e-3],
    "1e-5": [1e-5],
    "1e-5 and 1": [1e-5, 1.0],
    "ratio 1000": [1000.0, 1.0],
    "ratio above 1000": [1001.0, 1.0],
    "ratio above 1000, fractions": [1000.5, 1.0],
    "99999.5": [99999.5],
    "99999.5 and 1": [99999.5, 1.0],
    "1e8": [1e8],
    "above 1e8": [1e8 + 8],
    "1e8 and half": [1e8, 0.5],
    "whole beyond 2^53": [2.0**60, -(2.0**61)],
    "subnormal": [5e-324, 1.0],
    "overflowing ratio": [5e-324, 1.7e308],
    "largest": [3.4028234663852886e38],
    "nan": [nan],
    "nan scalar": nan,
    "all nonfinite": [nan, inf, -inf],
    "nonfinite among whole": [1.0, nan, inf, -inf, 100.0],
    "nonfinite among fractions": [0.5, nan, inf, -inf, -0.0],
    "nonfinite among tiny": [1e-10, nan, inf, -inf, 0.0],
    "powers of two": [2.0**-127, 1.0, 2.0],
    "one column": [[1.0], [2.5]],
    "three dims": np.arange(24.0).reshape(2, 3, 4) / 8,
    "five dims": np.arange(32.0).reshape(2, 2, 2, 2, 2),
    "row of one line": np.arange(18.0),
    "rows of several lines": np.arange(100.0).reshape(2, 50) / 4,
    "line boundary": np.arange(37) % 2,
    "empty": np.zeros((0,)),
    "empty matrix": np.zeros((0, 3)),
    "empty cube": np.zeros((2, 0, 3)),
    "at threshold": np.arange(1000) % 10,
    "beyond threshold": np.arange(1001) % 10,
    "summary of a matrix": np.arange(1100.0).reshape(11, 100) / 16,
    "summary of a thin matrix": np.arange(1200.0).reshape(400, 3),
    "summary of a flat matrix": np.arange(1200.0).reshape(6, 200),
    "summary of a cube": np.arange(1344.0).reshape(8, 7, 24),
    "summary hides the huge": np.where(np.arange(2000) == 1000, 1e20, 1.0),
}


@pytest.mark.parametrize("dtype_name", ["float64", "float32", "bfloat16", "complex64", "int64"])
@pytest.mark.parametrize("values", TABLE.values(), ids=TABLE.keys())
def test_table(values, dtype_name):
    if dtype_name == "int64":
        values = np.nan_to_num(values, posinf=7, neginf=-7).clip(-(2.0**62), 2.0**62)
    assert_same_text(values, dtype_name)


@pytest.mark.parametrize("dtype_name", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (0,), (0, 3), (40, 40), (1001,)], ids=str)
def test_every_dtype(dtype_name, shape):
    assert_same_text(np.arange(math.prod(shape)).reshape(shape) % 5, dtype_name)


@pytest.mark.parametrize("dtype_name", [name for name in NARROW if name.startswith("float8")])
def test_every_float8(dtype_name):
    bits = np.arange(256, dtype=np.uint8)
    array = bits.view(getattr(ml_dtypes, dtype_name))
    tensor = torch.from_numpy(bits).view(getattr(torch, dtype_name))
    # Alone as well as together: one wide value would hide how the others are written.
    for part in [slice(None), slice(0, 2), slice(100, 140), *(slice(i, i + 1) for i in range(256))]:
        assert printing.tensor_text(array[part], dtype_name) == repr(tensor[part])


@pytest.mark.parametrize("dtype_name", INTEGERS)
def test_integer_bounds(dtype_name):
    info = np.iinfo(dtype_name)
    assert_same_text(np.array([info.min, 0, info.max], dtype_name), dtype_name)


@pytest.mark.parametrize(
    "dtype_name,bits",
    [
        ("float16", np.array([0x7D01, 0x3C00], np.uint16)),
        ("bfloat16", np.array([0x7F81, 0x3F80], np.uint16)),
        ("float32", np.array([0x7F800001, 0x3F800000], np.uint32)),
        ("float64", np.array([0x7FF0000000000001, 0x3FF0000000000000], np.uint64)),
        ("complex64", np.array([0x7F800001, 0x7F800001, 0, 0], np.uint32)),
    ],
)
def test_signalling_nan_is_quiet(dtype_name, bits):
    array = bits.view(getattr(ml_dtypes, dtype_name, dtype_name))
    tensor = torch.from_numpy(bits).view(getattr(torch, dtype_name))
    assert printing.tensor_text(array, dtype_name) == repr(tensor)


def test_complex_parts():
    parts = [0.0, -0.0, 1.0, -2.5, 1e9, -1e-9, nan, inf, -inf]
    for real in parts:
        for imag in parts:
            assert_same_text([complex(real, imag)], "complex128")
            assert_same_text([complex(real, imag), 3 - 4j], "complex128")


SMALL = ["whole", "scalar", "ratio above 1000", "above 1e8", "1e-5 and 1", "empty matrix",
         "nonfinite among fractions", "all nonfinite", "three dims", "row of one line"]  # fmt: skip
OPTIONS = [
    {"precision": 0},
    {"precision": 10},
    {"sci_mode": True},
    {"sci_mode": False},
    {"sci_mode": False, "precision": 2},
    {"linewidth": 0},
    {"linewidth": 33},
    {"linewidth": 200},
    {"threshold": 0},
    {"threshold": 3, "edgeitems": 1},
    {"threshold": 3, "edgeitems": 0},
    {"edgeitems": 0},
    {"profile": "short"},
    {"profile": "full"},
    {"profile": "short", "precision": 7},
    {"profile": "unheard of"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_options(options):
    with both_options(**options):
        for name in SMALL:
            values = TABLE[name]
            for dtype_name in ("float64", "complex64", "int32"):
                if dtype_name == "int32":
                    values = np.nan_to_num(values, posinf=7, neginf=-7)
                assert_same_text(values, dtype_name)


def test_negative_edgeitems():
    with both_options(edgeitems=-1, threshold=1):
        assert_same_text(np.arange(5), "int64")


def test_set_printoptions_keeps_what_pytorch_keeps():
    steps = [
        {"precision": 2, "sci_mode": True},
        {"linewidth": 50},  # sci_mode goes back to None
        {"profile": "full", "edgeitems": 9},
        {"threshold": 12.5, "sci_mode": False},
        {"profile": "short", "sci_mode": True},
        {"profile": "other"},
        {"profile": "default"},
    ]
    for step in steps:
        torch.set_printoptions(**step)
        printing.set_printoptions(**step)
        assert printing.get_printoptions() == torch._tensor_str.get_printoptions()


def test_printoptions_restores_after_an_exception():
    printing.set_printoptions(precision=7, sci_mode=True)
    earlier = printing.get_printoptions()
    with pytest.raises(KeyError), printing.printoptions(profile="short"):
        assert printing.PRINT_OPTS.precision == 2
        raise KeyError
    assert printing.get_printoptions() == earlier


def test_unknown_option():
    with pytest.raises(TypeError) as theirs:
        torch.set_printoptions(depth=1)
    with pytest.raises(TypeError) as ours:
        printing.set_printoptions(depth=1)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("default", ["float16", "bfloat16", "float32", "float64"])
def test_default_dtype(default):
    earlier = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, default))
    try:
        for dtype_name in ("bool", "int32", "int64", *FLOATS, *COMPLEX):
            for values in ([1, 2], np.zeros((0, 2)), 1):
                assert_same_text(values, dtype_name, default_dtype_name=default)
    finally:
        torch.set_default_dtype(earlier)


@pytest.mark.parametrize("linewidth", [80, 40])
@pytest.mark.parametrize("shape", [(1,), (2, 1), (2, 2, 1)], ids=str)
def test_suffixes_wrap(shape, linewidth):
    # Growing by one element of odd width, the last line ends in every column.
    with both_options(linewidth=linewidth):
        for size in range(1, 30):
            tensor = torch.full((*shape[:-1], size), 10.0, requires_grad=True)
            array = tensor.detach().numpy()
            for leaf, dtype_name in ((tensor, "float32"), (tensor.detach().half(), "float16")):
                leaf = leaf.detach().requires_grad_()
                text = printing.tensor_text(array, dtype_name, requires_grad=True)
                assert text == repr(leaf)
                text = printing.tensor_text(
                    array, dtype_name, requires_grad=True, grad_fn_name="SqrtBackward0"
                )
                assert text == repr((leaf * leaf).sqrt())


class TensorOfPeculiarName(torch.Tensor):
    pass


def test_class_name_and_parameter():
    array = np.arange(60.0, dtype=np.float32).reshape(2, 30) / 8
    tensor = torch.from_numpy(array)
    text = printing.tensor_text(array, "float32", class_name="TensorOfPeculiarName")
    assert text == repr(tensor.as_subclass(TensorOfPeculiarName))
    text = printing.tensor_text(array, "float32", requires_grad=True)
    assert "Parameter containing:\n" + text == repr(torch.nn.Parameter(tensor))


@pytest.mark.parametrize("dtype_name", ["float32", "int64", "bool", "complex64"])
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)], ids=str)
def test_meta(dtype_name, shape):
    tensor = torch.empty(shape, dtype=getattr(torch, dtype_name), device="meta")
    assert printing.tensor_text(tensor, dtype_name, device="meta") == repr(tensor)


def test_device_comes_first():
    array = np.ones(2, np.int32)
    text = printing.tensor_text(array, "int32", device="cuda:0", extra_suffixes=["tangent=1"])
    assert text == "tensor([1, 1], device='cuda:0', dtype=torch.int32, tangent=1)"


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_tangent_follows_the_gradient():
    primal, tangent = torch.ones(3, requires_grad=True), torch.ones(3)
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(primal, tangent)
        text = printing.tensor_text(
            np.ones(3, np.float32),
            "float32",
            grad_fn_name=type(dual.grad_fn).__name__,
            extra_suffixes=[f"tangent={tangent}"],
        )
        assert text == repr(dual)


@pytest.mark.parametrize("shape", [(2, 3), (0, 3)], ids=str)
def test_tensor_contents(shape):
    tensor = torch.ones(shape, dtype=torch.float16)
    text = printing.tensor_text(tensor.numpy(), "float16", tensor_contents="<hidden>")
    assert text == tensor.__repr__(tensor_contents="<hidden>")


def test_prefix_only_moves_later_lines():
    array, tensor = cast(np.arange(40.0).reshape(2, 20), "float64")
    for indent in (0, 7, 30, 78, 90):
        assert printing.format_values(array, indent) == torch._tensor_str._tensor_str(
            tensor, indent
        )


class CountedReads:
    """An array too large to fetch: it counts the elements that are asked for."""

    def __init__(self, array):
        self.array, self.shape, self.read = array, array.shape, 0

    def __getitem__(self, index):
        found = self.array[index]
        self.read += found.size
        return found


@pytest.mark.parametrize(
    "shape,read", [((10**12,), 6), ((10**6, 10**6), 36), ((10**9, 4, 10**3), 144)], ids=str
)
def test_summary_reads_only_what_it_shows(shape, read):
    values = CountedReads(np.broadcast_to(np.float32(2.5), shape))
    expected = repr(torch.tensor(2.5).expand(shape))
    assert printing.tensor_text(values, "float32") == expected
    assert values.read == read


RETURN_TYPES = [
    (lambda x: x.max(0), "max", ["values", "indices"]),
    (lambda x: x.requires_grad_().sort(), "sort", ["values", "indices"]),
    (lambda x: x[:, :0].topk(0), "topk", ["values", "indices"]),
    (torch.linalg.svd, "linalg_svd", ["U", "S", "Vh"]),
    (torch.linalg.slogdet, "linalg_slogdet", ["sign", "logabsdet"]),
]


@pytest.mark.parametrize("call,name,fields", RETURN_TYPES, ids=[row[1] for row in RETURN_TYPES])
def test_return_type(call, name, fields):
    result = call(torch.arange(16.0).reshape(4, 4).sin())
    texts = [(field, repr(getattr(result, field))) for field in fields]
    assert printing.return_type_text(name, texts) == repr(result)


@pytest.mark.parametrize("shape", [(), (2,), (2, 3), (0, 10**12)], ids=str)
def test_size(shape):
    assert printing.size_text(shape) == repr(torch.Size(shape))


def test_examples():
    # The examples that need tensors run with the rest of the public ones.
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner()
    ran = 0
    for example in finder.find(printing):
        if "import jaxtorch" in (example.docstring or ""):
            continue
        if example.examples:
            ran += runner.run(example).attempted
    assert ran >= 6
    assert runner.failures == 0


WHOLE = st.integers(-9, 9).map(float)
LARGE = st.integers(-(2**62), 2**62).map(float)
TENTHS = st.integers(-10_000, 10_000).map(lambda n: n / 10)
TINY = st.floats(-1e-3, 1e-3)
ANY = st.floats()
BOUNDARY = st.sampled_from(
    [0.0, -0.0, nan, inf, -inf, 1e-4, 1e-5, 0.1, 1.0, 99999.5, 1000.0, 1e8, 100000001.0,
     9.99995, 0.99995, -1e-4, 65504.0, 448.0]
)  # fmt: skip
PALETTES = st.sampled_from(
    [WHOLE, LARGE, TENTHS, TINY, ANY, BOUNDARY, WHOLE | BOUNDARY, st.one_of(TENTHS, TINY, LARGE)]
).flatmap(lambda elements: st.lists(elements, min_size=1, max_size=6))

ANY_OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "precision": st.integers(0, 9),
        "threshold": st.sampled_from([0, 4, 30, 1000, inf]),
        "edgeitems": st.integers(0, 4),
        "linewidth": st.integers(0, 120),
        "profile": st.sampled_from(["default", "short", "full"]),
        "sci_mode": st.sampled_from([None, True, False]),
    },
)


def in_range(values, dtype_name):
    """Values an integer dtype can hold, so that the cast is the same everywhere."""
    info = np.iinfo(dtype_name)
    whole = [0 if math.isnan(v) else v for v in values.ravel().tolist()]
    whole = [int(min(max(v, -1e30), 1e30)) for v in whole]
    clipped = [min(max(v, info.min), info.max) for v in whole]
    return np.array(clipped, dtype_name).reshape(values.shape)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_any_tensor(data):
    dtype_name = data.draw(st.sampled_from(DTYPES), "dtype")
    shape = tuple(data.draw(st.lists(st.integers(0, 9), max_size=4), "shape"))
    while math.prod(shape) > 400:
        shape = shape[1:]
    palette = np.array(data.draw(PALETTES, "palette"))
    picks = np.random.default_rng(data.draw(st.integers(0, 99), "picks"))
    values = palette[picks.integers(len(palette), size=shape)]
    if dtype_name in INTEGERS:
        values = in_range(values, dtype_name)
    elif dtype_name in COMPLEX:
        # Filled in parts: multiplying by 1j would turn an infinity into a nan.
        both = np.empty(shape, np.complex128)
        both.real, both.imag = values, palette[picks.integers(len(palette), size=shape)]
        values = both
    requires_grad = dtype_name in ("float32", "float64", "complex64") and data.draw(st.booleans())
    array, tensor = cast(values, dtype_name)
    with both_options(**data.draw(ANY_OPTIONS, "options")):
        text = printing.tensor_text(array, dtype_name, requires_grad=requires_grad)
        assert text == repr(tensor.requires_grad_(requires_grad))
