"""torch.library: operators of one's own."""

import typing

import pytest
import torch

from ..oracle import assert_same_trace, module_under_test, run_program

LIB = module_under_test()
counter = iter(range(1000))


def compare(program):
    space = f"space{next(counter)}"
    assert_same_trace(run_program(lambda lib, trace: program(lib, trace, space), LIB),
                      run_program(lambda lib, trace: program(lib, trace, space), torch))  # fmt: skip


def annotated(lib, fn, **annotations):
    """``fn`` with annotations of the library's own types."""
    fn.__annotations__ = {k: getattr(lib, v) if isinstance(v, str) else v for k, v in annotations.items()}
    return fn


def scaled(lib, space):
    fn = annotated(lib, lambda x, by=2.0: x * by, x="Tensor", by=float, **{"return": "Tensor"})
    return lib.library.custom_op(f"{space}::scaled", fn, mutates_args=())


def test_calls_and_refusals():
    def program(lib, trace, space):
        op, x = scaled(lib, space), lib.ones(2)
        packet = getattr(lib.ops, space).scaled
        trace.observe("values", lambda: (op(x), op(x, 3), packet(x, by=4.0), packet.default(x)))
        trace.observe("names", lambda: (repr(op), str(packet), repr(packet.default), packet.default.name()))
        for name, args, kwargs in [
            ("no tensor", (3,), {}), ("none", (), {}), ("text", (x, "a"), {}), ("None", (x, None), {}),
            ("too many", (x, 1, 2), {}), ("unknown", (x,), {"z": 1}), ("twice", (x, 1), {"by": 2}),
        ]:  # fmt: skip
            trace.observe(name, lambda: op(*args, **kwargs))  # noqa: B023

    compare(program)


def test_gradients():
    def program(lib, trace, space):
        op, x = scaled(lib, space), lib.ones(2, requires_grad=True)
        trace.observe("grad_fn", lambda: type(op(x).grad_fn).__name__.replace(space, ""))
        trace.observe("without a formula", lambda: op(x).sum().backward())

        def setup_context(ctx, inputs, output):
            ctx.by = inputs[1]
            ctx.save_for_backward(inputs[0])

        op.register_autograd(lambda ctx, g: (g * ctx.by * ctx.saved_tensors[0], None), setup_context=setup_context)
        op(x, 3.0).sum().backward()
        trace.observe("grad", lambda: x.grad)
        with lib.no_grad():
            trace.observe("no_grad", lambda: op(x).requires_grad)

    compare(program)


def test_lists():
    def program(lib, trace, space):
        tensors = typing.List[lib.Tensor]  # noqa: UP006
        fn = annotated(lib, lambda xs, n: (xs[0] + n, [x * n for x in xs]), xs=tensors, n=int,
                       **{"return": tuple[lib.Tensor, tensors]})  # fmt: skip
        op = lib.library.custom_op(f"{space}::both", fn, mutates_args=())
        a, b = lib.ones(1, requires_grad=True), lib.ones(2)
        needed = []

        def backward(ctx, g, gs):
            needed.append(ctx.needs_input_grad)
            return [g + gs[0] * 2, gs[1] * 2], None

        op.register_autograd(backward)
        first, rest = op([a, b], 2)
        trace.observe("values", lambda: (first, rest, type(rest).__name__))
        (first.sum() + rest[0].sum() * 3).backward()
        trace.observe("grad", lambda: (a.grad, b.grad, needed))

    compare(program)


def test_writes_and_aliases():
    def program(lib, trace, space):
        fn = annotated(lib, lambda x: x.add_(1) and None, x="Tensor", **{"return": None})
        op = lib.library.custom_op(f"{space}::grow_", fn, mutates_args=("x",))
        x = lib.ones(1)
        trace.observe("written", lambda: (op(x), x, x._version))
        trace.observe("no formula", lambda: op.register_autograd(lambda ctx, g: g))

    compare(program)
    same = annotated(LIB, lambda x: x, x="Tensor", **{"return": "Tensor"})
    op = LIB.library.custom_op(f"space{next(counter)}::same", same, mutates_args=())
    with pytest.raises(RuntimeError, match="must not also be an input to this custom operator"):
        op(LIB.ones(2))


def test_schemas():
    def program(lib, trace, space):
        t, optional = lib.Tensor, typing.Optional
        for i, (names, written) in enumerate([
            ({"x": t, "return": t}, ()), ({"x": t, "return": None}, ("x",)), ({"x": t | None, "return": t}, "unknown"),
            ({"x": optional[list[int]], "return": tuple[t, int]}, ()), ({"x": list[t], "return": list[t]}, ("x",)),
            ({"return": t}, ()),
            ({"x": t}, ()), ({"x": t, "return": t}, ("y",)), ({"x": int, "return": t}, ("x",)),
            ({"x": lib.dtype, "return": float}, ()), ({"x": "int", "return": bool}, ()),
        ]):  # fmt: skip
            def fn(x):
                return x

            fn.__annotations__ = names
            infer = lib.library.infer_schema
            trace.observe(f"{i}", lambda: infer(fn, mutates_args=written, op_name="f"))  # noqa: B023

    compare(program)
    for kind, text in [(dict, "unsupported type <class 'dict'>"), (tuple[int, int], "For example, list.int.")]:
        fn = annotated(LIB, lambda x: x, x=kind, **{"return": "Tensor"})
        with pytest.raises(ValueError, match=text):
            LIB.library.infer_schema(fn, mutates_args=())


def test_libraries():
    def program(lib, trace, space):
        library = lib.library.Library(space, "DEF")
        trace.observe("define", lambda: library.define("twice(Tensor x, float by) -> Tensor"))
        library.impl("twice", lambda x, by: x * by, "CPU")
        ops, x = getattr(lib.ops, space), lib.ones(2, requires_grad=True)
        trace.observe("call", lambda: ops.twice(x.detach(), 3))
        lib.library.register_autograd(f"{space}::twice", lambda ctx, g: (g * 5, None))
        ops.twice(x, 2.0).sum().backward()
        trace.observe("grad", lambda: x.grad)
        library.define("sine(Tensor x) -> Tensor")
        library.impl("sine", lambda x: x.sin())
        trace.observe("followed", lambda: ops.sine(x))
        lib.library.define(f"{space}::more", "(Tensor x) -> Tensor")
        lib.library.impl(f"{space}::more", "cpu", lambda x: x + 5)
        trace.observe("more", lambda: ops.more(x.detach()))
        trace.observe("no such name", lambda: ops.other)
        trace.observe("kind", lambda: lib.library.Library("a", "B"))

    compare(program)


def test_inside_a_compiled_step():
    op = LIB.library.custom_op(
        f"space{next(counter)}::cubed",
        annotated(LIB, lambda x: x * x * x, x="Tensor", **{"return": "Tensor"}), mutates_args=(),
    )  # fmt: skip
    op.register_autograd(lambda ctx, g: g * 3 * ctx.saved_tensors[0] ** 2,
                         setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs))  # fmt: skip
    step = LIB.compile(lambda x: op(x).sum())
    for _ in range(3):
        x = LIB.arange(3.0).requires_grad_()
        step(x).backward()
        assert x.grad.tolist() == [0.0, 3.0, 12.0]
