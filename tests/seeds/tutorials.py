"""Which snippet and which example stand for which part of the five tutorials.

The tutorials (000: tensors and autograd for beginners; 001: a two-layer network in three ways;
002: a book's chapter on tensors; 003: from tensors to RNNs; 004: autograd step by step) are web
pages and not kept here: only their code is, a file per snippet, in the order of the pages. A file
holds the tutorial's lines apart from what running them needs: a bare expression is printed,
imports and names from earlier snippets are carried over, random numbers have a fixed seed, and a
set whose order would change with the process is sorted. Where the prose names operations without
code, the snippet is ours. A name that ends in `_error` is of a snippet whose last line raises.

Named in the tutorials and left out here: torchvision's resnet18 (a package of its own; linear
layers of its shapes stand in, and tests/vision has the step with ResNet-18), named tensors (PyTorch
2.13 has them no more), sparse and quantized tensors (named as kinds of tensor only),
DistributedDataParallel and torch.distributed (several processes), TorchScript and ONNX (formats of
other runtimes), HDF5 (h5py writes it, from an array).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """A code block of a tutorial: its first and last lines, and the files that hold it."""

    tutorial: str
    first: str
    last: str
    snippet: str
    example: str


# fmt: off
CODE_BLOCKS = [
    Block("000", "a= torch.zeros(3, 2)", "print(b)", "03_view_shares_memory", "tensors_and_views"),
    Block("000", "a=torch.zeros(3,2)", "print(b)", "04_reshape_of_a_transpose_copies",
          "tensors_and_views"),
    Block("000", "n1 = np.arange(10).reshape(2,5)", "t1.mm(t2)", "05_matrices_mm",
          "matrix_products"),
    Block("000", "n1 = np.arange(10).reshape(2,5)", "t1.dot(t2)", "06_dot_of_matrices_error",
          "matrix_products"),
    Block("000", "a = torch.rand(10)", "a.dot(b)", "07_vectors_dot", "matrix_products"),
    Block("000", "a = torch.rand(10)", "a.mm(b)", "08_mm_of_vectors_error", "matrix_products"),
    Block("000", "a = torch.rand(5, 2, 3)", "a[4].mm(torch.unsqueeze(b,1))",
          "09_matmul_broadcasts", "matrix_products"),
    Block("000", "a = torch.rand(5, 2, 3)", "a.mm(b)", "10_mm_of_a_batch_error",
          "matrix_products"),
    Block("000", "data = [[1,2],[3,4]]", "x_data_cuda.device", "11_device", "dtypes_and_devices"),
    Block("000", "n_arr = np.arange(10).reshape(2, 5)",
          'print("n_dim", t_arr.ndim, "shape", t_arr.shape)', "12_ndarray", "tensor_basics"),
    Block("000", "data = [[1,2],[3,4]]", "print(t_from_np)", "13_array_to_tensor",
          "numpy_interop"),
    Block("000", "tensor = torch.FloatTensor([0.5, 0.7, 0.1])", "F.one_hot(y_label)",
          "14_softmax_argmax_one_hot", "tensor_api"),
    Block("000", "w = torch.tensor(2.0, requires_grad = True)", "w.grad",
          "15_backward_of_a_scalar", "autograd_basics"),
    Block("000", "a = torch.tensor([2., 3.], requires_grad=True)", "b.grad",
          "16_backward_with_an_external_gradient", "autograd_basics"),
    Block("000", "a = torch.tensor([2., 3.], requires_grad=True)", "print(-2*b == b.grad)",
          "18_gradients_against_the_formula", "autograd_basics"),
    Block("001", "dtype = torch.FloatTensor", "w2 -= learning_rate * grad_w2",
          "01_two_layers_by_hand", "two_layer_manual"),
    Block("001", "from torch.autograd import Variable", "w2.grad.data.zero_()",
          "02_two_layers_by_autograd", "two_layer_autograd"),
    Block("001", "class MyReLU(torch.autograd.Function) :", "w2.grad.data.zero_()",
          "03_two_layers_by_a_custom_function", "two_layer_function"),
    Block("002", "double_points = torch.ones(10, 2, dtype=torch.double)",
          "double_points = torch.zeros(10, 2).to(torch.double)", "05_dtype_in_three_ways",
          "dtypes_and_devices"),
    Block("003", "t = torch.FloatTensor([0., 1., 2., 3., 4., 5., 6.])",
          "print(type(m), m, m.dtype)", "01_float_and_long_tensors", "tensor_basics"),
    Block("003", "k = np.array([0., 1., 2., 3., 4., 5., 6.])", "t.numpy()", "04_numpy_and_back",
          "numpy_interop"),
    Block("003", "t = np.array([[[0, 1, 2],", "print(ft.view([-1, 3]).shape)", "05_view",
          "tensors_and_views"),
    Block("003", "ft = torch.FloatTensor([[0], [1], [2]])", "print(ft.squeeze().shape)",
          "06_squeeze", "tensors_and_views"),
    Block("003", "ft = torch.Tensor([0, 1, 2])", "print(ft.unsqueeze(0).shape)", "07_unsqueeze",
          "tensors_and_views"),
    Block("003", "hypothesis = x_train * W + b",
          "cost = torch.mean((hypothesis - y_train) ** 2)", "09_hypothesis_and_cost",
          "linear_regression"),
    Block("003", "x_train = torch.FloatTensor([[1], [2], [3]])",
          "epoch, nb_epochs, W.item(), b.item(), cost.item()", "10_linear_regression",
          "linear_regression"),
    Block("003", "class LinearRegressionModel(nn.Module):", "return self.linear(x)",
          "11_linear_regression_module", "linear_regression_module"),
    Block("003", "x_train = torch.FloatTensor([[1], [2], [3]])",
          "epoch, nb_epochs, W, b, cost.item()", "11_linear_regression_module",
          "linear_regression_module"),
    Block("003", "hypothesis = torch.sigmoid(x_train.matmul(W) + b)",
          "cost = F.binary_cross_entropy(hypothesis, y_train)", "12_logistic_classification",
          "classification"),
    Block("003", "hypothesis = F.softmax(x_train.matmul(W) + b, dim=1)",
          "cost = F.cross_entropy(x_train.matmul(W) + b, y_train)", "13_softmax_classification",
          "classification"),
    Block("003", "h = [1, 0, 0, 0]", "print(_status)", "14_rnn", "rnn_basics"),
    Block("003", 'sample = " if you want you"',
          'print(i, "loss: ", loss.item(), "prediction: ", result, "true Y: ", y_data, '
          '"prediction str: ", result_str)', "15_char_sequence", "char_rnn"),
    Block("003", "data = ['hello world',", "lengths = [len(seq) for seq in X]",
          "16_sequences_of_different_lengths", "padding_packing"),
    Block("003", "data = ['hello world',",
          "padded_sequence = pad_sequence(X, batch_first=True)", "17_pad_sequence",
          "padding_packing"),
    Block("003", "sorted_idx = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)",
          "print(packed_sequence)", "18_pack_sequence", "padding_packing"),
    Block("004", "data = torch.rand(1, 3, 64, 64)", "optim.step()",
          "01_image_classification_step", "image_classification_step"),
    Block("004", "x = torch.tensor(2.0, requires_grad=True)", "print(y)", "02_requires_grad",
          "autograd_basics"),
    Block("004", "x = torch.tensor(2.0, requires_grad=False)", "print(y)",
          "03_without_requires_grad", "autograd_basics"),
    Block("004", "y.backward()", "print(x.grad)", "05_backward_and_grad", "autograd_basics"),
    Block("004", "x = torch.tensor([[1.0, 2.0 ,3.0],[4.0,5.0,6.0]], requires_grad=True)",
          "print(out)", "07_two_operations_and_a_mean", "autograd_basics"),
    Block("004", "out.backward()", "print(x.grad)", "07_two_operations_and_a_mean",
          "autograd_basics"),
]
# fmt: on

# What the prose of each tutorial tells or warns of without code: the snippet, and the names in it.
PROSE = {
    "000_01_numpy_like_operations": "flatten ones_like numpy shape dtype",
    "000_02_squeeze_and_unsqueeze": "squeeze unsqueeze",
    "000_17_why_an_external_gradient_error": "backward",
    "001_04_variable_data_and_grad": "Variable data grad",
    "001_05_loss_data_index_error": "data",
    "001_06_custom_function": "Function save_for_backward saved_tensors apply",
    "001_07_calling_an_instance_error": "Function",
    "002_01_random_access": "numpy",
    "002_02_memory": "element_size nelement",
    "002_03_slicing": "unsqueeze",
    "002_04_einsum": "einsum",
    "002_06_dtype_conversion": "to half double float",
    "002_07_type_promotion": "dtype",
    "002_08_tensor_as_index": "dtype",
    "002_09_index_of_the_wrong_type_error": "tensor",
    "002_10_creation": "ones from_numpy",
    "002_11_indexing_joining_mutating": "transpose cat stack",
    "002_12_pointwise": "abs cos",
    "002_13_reduction": "mean std norm",
    "002_14_comparison": "equal max",
    "002_15_spectral": "stft hamming_window",
    "002_16_cross_and_trace": "cross trace",
    "002_17_blas_and_lapack": "mm mv dot addmm solve",
    "002_18_random_sampling": "randn normal",
    "002_19_save_and_load": "load save",
    "002_20_threads": "set_num_threads",
    "002_21_in_place": "zero_",
    "002_22_storage": "Storage untyped_storage",
    "002_23_size_offset_stride": "size storage_offset stride",
    "002_24_shared_storage": "clone",
    "002_25_transpose_without_copying": "t transpose",
    "002_26_contiguous": "contiguous is_contiguous",
    "002_27_view_of_a_non_contiguous_tensor_error": "view",
    "002_28_device": "device cuda cpu",
    "002_29_numpy_interoperability": "numpy from_numpy",
    "002_30_dataset_and_loader": "Dataset DataLoader",
    "002_31_nn_optim_autograd": "nn optim",
    "003_02_numpy_like_operations": "dim shape size mean sum max cat stack",
    "003_03_mean_of_integers_error": "mean",
    "003_08_matrix_multiplication": "matmul",
    "003_19_pack_sequence_unsorted_error": "pack_sequence",
    "003_20_pack_padded_and_pad_packed": "pack_padded_sequence pad_packed_sequence",
    "003_21_rnn_over_a_packed_sequence": "pack_sequence RNN",
    "004_04_backward_without_requires_grad_error": "backward",
    "004_06_second_backward_error": "backward",
    "004_08_graph_of_functions": "grad_fn next_functions",
}
