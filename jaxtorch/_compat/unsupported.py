"""Why names of PyTorch are not here. Data only.

``{reason: names}``: full names, or patterns as of `fnmatch`; the longest that fits a name gives its reason. A name that
is missing without a reason fails a test, and so does one that stands here in full though it is there.
"""

from __future__ import annotations

UNSUPPORTED = {
    "training over several processes; JAX shards arrays over devices within one program": """
        torch.distributed.* torch.cuda.comm.* torch.cuda.nccl.*
    """,
    "PyTorch's toolkit of quantization": """
        torch.ao.* torch.quantization.* torch.nn.intrinsic.* torch.nn.qat.* torch.nn.quantized.*
        torch.backends.quantized.* torch.quantiz* torch.fused_moving_avg_obs_fake_quant torch.choose_qparams_optimized
        torch.empty_quantized torch.quint* torch.QInt* torch.QUInt*
    """,
    "older names for products of sparse tensors, copies of their parts, semi-structured sparsity": """
        torch.sparse.* torch.smm torch.sspaddmm torch.hsmm torch.hspmm torch.saddmm torch.resize_as_sparse_
        torch.indices_copy torch.values_copy torch.c*_indices_copy torch.row_indices_copy
    """,
    "masked tensors as a class of their own": """
        torch.masked.MaskedTensor
    """,
    "TorchScript: its compiler and the types that PyTorch's C++ exposes for it": """
        torch.AVG torch.AggregationType torch.AliasDb torch.AnyType torch.Argument torch.ArgumentSpec torch.AwaitType
        torch.BenchmarkConfig torch.BenchmarkExecutionStats torch.Block torch.BoolType torch.BufferDict torch.CallStack
        torch.Capsule torch.ClassType torch.Code torch.CompilationUnit torch.CompleteArgumentSpec torch.ComplexType
        torch.ConcreteModuleType* torch.DeepCopyMemoTable torch.DeserializationStorageContext torch.DeviceObjType
        torch.DictType torch.EnumType torch.ErrorReport torch.ExecutionPlan torch.FatalError torch.FileCheck
        torch.FloatType torch.FunctionSchema torch.Future* torch.Gradient torch.Graph torch.GraphExecutorState
        torch.IODescriptor torch.InferredType torch.IntType torch.InterfaceType torch.JITException torch.ListType
        torch.LiteScriptModule torch.LockingLogger torch.LoggerBase torch.ModuleDict torch.Node torch.NoneType
        torch.NoopLogger torch.NumberType torch.OperatorInfo torch.OptionalType torch.ParameterDict torch.PyObjectType
        torch.PyTorchFile* torch.RRefType torch.SUM torch.Script* torch.SerializationStorageContext torch.StaticModule
        torch.StorageBase torch.StreamObjType torch.StringType torch.Sym*Type torch.Tag torch.TensorType
        torch.ThroughputBenchmark torch.TracingState torch.TupleType torch.Type torch.UnionType torch.Use torch.Value
        torch.fork torch.wait torch.import_ir_module* torch.merge_type_from_type_comment torch.parse_* torch.jit.*
        torch.unify_type_list torch.utils.ThroughputBenchmark torch.utils.bundled_inputs.* torch.init_num_threads
        torch.utils.mobile_optimizer.* torch.nn.functional.BroadcastingList* torch.nn.functional.assert_int_or_pair
        torch.nn.functional.boolean_dispatch
    """,
    "graphs of PyTorch's operators (fx, export, onnx, package); `jaxtorch.compile` records JAX programs": """
        torch.fx.* torch.export.* torch.onnx.* torch.package.* torch.func.rearrange torch.compiler.config.*
    """,
    "registering operators with PyTorch's dispatcher": """
        torch.library.* torch.DispatchKey* torch.ExcludeDispatchKeyGuard torch.DisableTorchFunction*
        torch.overrides.enable_reentrant_dispatch torch.overrides.redispatch_function
        torch.utils.generate_methods_for_privateuse1_backend torch.utils.rename_privateuse1_backend
    """,
    "sizes as symbols: a recording with dynamic sizes gives plain ints": """
        torch.SymBool torch.SymFloat torch.SymInt torch.sym_*
    """,
    "switches of PyTorch's own compiler": """
        torch.compiler.*
    """,
    "profiling beyond torch.profiler and Timer: counts of instructions, markers of other profilers": """
        torch.profiler.* torch.autograd.profiler.* torch.monitor.*
        torch.utils.benchmark.* torch.utils.flop_counter.* torch.utils.module_tracker.*
        torch.profiler_allow_cudagraph_cupti_lazy_reinit_cuda12
    """,
    "devices other than CPUs and NVIDIA's GPUs": """
        torch.mps.* torch.mtia.* torch.xpu.* torch.backends.mps.* torch.miopen_* torch.Tensor.ipu torch.Tensor.mtia
        torch.Tensor.xpu
    """,
    "kernels and settings of the libraries below PyTorch, where XLA stands here": """
        torch.cudnn_* torch.mkldnn_* torch.fbgemm_* torch.batch_norm_* torch.has_* torch.set_flush_denormal
        torch.backends.* torch.Tensor.to_mkldnn torch.utils.mkldnn.* torch.cuda.tunable.* torch.cpu.get_capabilities
        torch.nn.attention.*_flash_attention_impl torch.nn.attention.list_flash_attention_impls
        torch.nn.attention.varlen.* torch.nn.functional.scaled_mm
        torch.nn.functional.scaled_grouped_mm torch.nn.functional.grouped_mm torch.nn.functional.ScalingType
        torch.nn.functional.SwizzleType
    """,
    "streams, graphs and the memory allocator of CUDA: XLA schedules and allocates": """
        torch.Stream torch.Event torch.cpu.* torch.cuda.* torch.accelerator.Graph torch.accelerator.empty_host_cache
        torch.accelerator.memory.empty_host_cache torch.AcceleratorError torch.get_device_module
        torch.Tensor.record_stream torch.*.thread_safe_generator torch.thread_safe_generator
        torch.autograd.graph.set_override_stale_capture_stream
        torch.autograd.graph.set_warn_on_accumulate_grad_stream_mismatch
        torch.autograd.graph.region_activation_memory_budget
    """,
    "dtypes that JAX lacks or PyTorch has no operators for": """
        torch.bit torch.bits* torch.int? torch.uint? torch.chalf torch.complex32 torch.float4_e2m1fn_x2
        torch.float8_e4m3fnuz torch.float8_e5m2fnuz torch.float8_e8m0fnu torch.Tensor.chalf
    """,
    "how PyTorch is built and installed": """
        torch.PRIVATE_OPS torch.USE_* torch.classproperty torch.compiled_with_cxx11_abi torch.get_file_path
        torch.prepare_multiprocessing_environment torch.legacy_contiguous_format torch.utils.cmake_prefix_path
        torch.utils.cpp_extension.* torch.utils.get_cpp_backtrace torch.utils.set_module torch.nn.factory_kwargs
        torch.return_types.pytree_register_structseq
        torch.nn.functional.has_torch_function* torch.multiprocessing.reductions.*
    """,
    "the pipes of torch.utils.data, which PyTorch no longer develops": """
        torch.utils.data.*
    """,
    "what PyTorch deprecates": """
        torch.autograd.NestedIOFunction torch.autograd.function.NestedIOFunction torch.autograd.variable
        torch.autograd.gradcheck.get_*_jacobian* torch.Tensor.reinforce torch.Tensor.resize torch.Tensor.resize_as
        torch.Tensor.storage_type torch.native_norm
    """,
    "how files are written, beyond save and load": """
        torch.serialization.* torch.from_file
    """,
    "which results a checkpoint keeps, by PyTorch's operators: what runs here are other ones": """
        torch.utils.checkpoint.*
    """,
    "what follows PyTorch's counts of references: which gradients are taken as they arrive, not copied": """
        torch.autograd.enforce_grad_layout_policy torch.autograd.grad_mode.enforce_grad_layout_policy
    """,
    "not written yet": """
        torch.Tensor.index torch.lobpcg torch.utils.tensorboard.RecordWriter
    """,
}
