"""ATen's names that the library has, each with the names of its overloads: PyTorch's facts. Data only.

``name overload overload ...``; a name with ``[]`` returns a list of tensors. Each takes what the function of that
name takes; overloads whose arguments differ from those (``stft``), and those of named dims, are left out.
"""

from __future__ import annotations

ROWS = """
__and__ Scalar Tensor; __iand__ Tensor Scalar; __ilshift__ Tensor Scalar; __ior__ Tensor Scalar; __irshift__ Tensor
Scalar; __ixor__ Tensor Scalar; __lshift__ Tensor Scalar; __or__ Tensor Scalar; __rshift__ Tensor Scalar; __xor__
Tensor Scalar; _batch_norm_with_update default; _chunk_cat default out; _coalesced_ default; _conj default; _dimI
default; _dimV default; _dirichlet_grad default; _fft_c2c default out; _fft_c2r default out; _fft_r2c default out;
_indices default; _local_scalar_dense default; _log_softmax default; _native_batch_norm_legit default no_stats out
no_stats_out; _neg_view default; _nnz default; _safe_softmax default; _sample_dirichlet default; _softmax default;
_softmax_backward_data default; _standard_gamma default; _standard_gamma_grad default; _unsafe_masked_index default;
_unsafe_masked_index_put_accumulate default; _unsafe_view default; _upsample_bilinear2d_aa default vec; _values
default; _weight_norm default; abs default out; abs_ default; absolute default; absolute_ default; acos default out;
acos_ default; acosh default out; acosh_ default; adaptive_avg_pool1d default; adaptive_avg_pool2d default;
adaptive_avg_pool3d default; adaptive_max_pool1d default; adaptive_max_pool2d default; adaptive_max_pool3d default;
add Tensor Scalar out Scalar_out; add_ Tensor Scalar; addbmm default out; addbmm_ default; addcdiv default out;
addcdiv_ default; addcmul default out; addcmul_ default; addmm default out; addmm_ default; addmv default out; addmv_
default; addr default out; addr_ default; adjoint default; affine_grid_generator default; alias_copy default out; all
default dim dims out dims_out all_out; allclose default; alpha_dropout default; alpha_dropout_ default; amax default
out; amin default out; aminmax default out; angle default out; any default dim dims out dims_out all_out; arange
default start start_step start_out out; arccos default; arccos_ default; arccosh default; arccosh_ default; arcsin
default; arcsin_ default; arcsinh default; arcsinh_ default; arctan default; arctan2 default; arctan2_ default;
arctan_ default; arctanh default; arctanh_ default; argmax default out; argmin default out; argsort default stable
stable_out; argwhere default; as_strided default; as_strided_ default; as_strided_copy default out; as_strided_scatter
default; asin default out; asin_ default; asinh default out; asinh_ default; atan default out; atan2 default out;
atan2_ default; atan_ default; atanh default out; atanh_ default; atleast_1d default Sequence; atleast_2d default
Sequence; atleast_3d default Sequence; avg_pool1d default; avg_pool2d default out; avg_pool3d default out; baddbmm
default out; baddbmm_ default; bartlett_window default periodic; batch_norm default; bernoulli default out p Tensor
Tensor_out float_out; bernoulli_ Tensor float; bilinear default; binary_cross_entropy default;
binary_cross_entropy_with_logits default; bincount default; binomial default; bitwise_and Tensor Scalar Scalar_Tensor
Tensor_out Scalar_out Scalar_Tensor_out; bitwise_and_ Tensor Scalar; bitwise_left_shift Tensor Tensor_Scalar
Scalar_Tensor Tensor_out Tensor_Scalar_out Scalar_Tensor_out; bitwise_left_shift_ Tensor_Scalar Tensor; bitwise_not
default out; bitwise_not_ default; bitwise_or Tensor Scalar Scalar_Tensor Tensor_out Scalar_out Scalar_Tensor_out;
bitwise_or_ Tensor Scalar; bitwise_right_shift Tensor Tensor_Scalar Scalar_Tensor Tensor_out Tensor_Scalar_out
Scalar_Tensor_out; bitwise_right_shift_ Tensor_Scalar Tensor; bitwise_xor Tensor Scalar Scalar_Tensor Tensor_out
Scalar_out Scalar_Tensor_out; bitwise_xor_ Tensor Scalar; blackman_window default periodic; block_diag default; bmm
default out; broadcast_to default; bucketize Tensor Scalar Tensor_out Scalar_out; cat default out; cauchy_ default;
ccol_indices default; cdist default; ceil default out; ceil_ default; celu default; celu_ default; channel_shuffle
default; cholesky default out; cholesky_inverse default out; cholesky_solve default out; chunk[] default; clamp
default Tensor out Tensor_out; clamp_ default Tensor; clamp_max default Tensor out Tensor_out; clamp_max_ default
Tensor; clamp_min default Tensor out Tensor_out; clamp_min_ default Tensor; clip default Tensor; clip_ default Tensor;
clone default; coalesce default; col2im default; col_indices default; column_stack default out; combinations default;
complex default out; concat default; concatenate default; conj default; conj_physical default out; conj_physical_
default; constant_pad_nd default; contiguous default; conv1d default padding; conv2d default padding; conv3d default
padding; conv_tbc default; conv_transpose1d default; conv_transpose2d input; conv_transpose3d input; convolution
default; copy_ default; copysign Tensor Scalar out Scalar_out; copysign_ Tensor Scalar; corrcoef default; cos default
out; cos_ default; cosh default out; cosh_ default; cosine_embedding_loss default; cosine_similarity default;
count_nonzero default dim_IntList; cov default; cross default out; cross_entropy_loss default; crow_indices default;
ctc_loss IntList Tensor; cummax default out; cummin default out; cumprod default out; cumprod_ default; cumsum default
out; cumsum_ default; cumulative_trapezoid x dx; deg2rad default out; deg2rad_ default; dense_dim default; dequantize
self tensors; det default; detach default; detach_ default; detach_copy default out; diag default out; diag_embed
default; diagflat default; diagonal default; diagonal_copy default out; diagonal_scatter default; diff default out;
digamma default out; digamma_ default; dim default; dist default; div Tensor Scalar Tensor_mode Scalar_mode out
out_mode Scalar_out Scalar_mode_out; div_ Tensor Tensor_mode Scalar Scalar_mode; divide Tensor Scalar Tensor_mode
Scalar_mode; divide_ Tensor Tensor_mode Scalar_mode Scalar; dot default out; dropout default; dropout_ default;
dsplit[] int array; dstack default out; einsum default; elu default out; elu_ default; embedding default;
embedding_bag default padding_idx; empty memory_format out; empty_like default; empty_permuted default; empty_strided
default; eq Tensor Scalar Scalar_out Tensor_out; eq_ Scalar Tensor; equal default; erf default out; erf_ default; erfc
default out; erfc_ default; erfinv default out; erfinv_ default; exp default out; exp2 default out; exp2_ default;
exp_ default; expand default; expand_as default; expand_copy default out; expm1 default out; expm1_ default;
exponential_ default; eye default m out m_out; fake_quantize_per_channel_affine default;
fake_quantize_per_tensor_affine default tensor_qparams; feature_alpha_dropout default; feature_alpha_dropout_ default;
feature_dropout default; feature_dropout_ default; fft_fft default; fft_fft2 default; fft_fftfreq default out;
fft_fftn default; fft_fftshift default; fft_hfft default; fft_hfft2 default; fft_hfftn default; fft_ifft default;
fft_ifft2 default; fft_ifftn default; fft_ifftshift default; fft_ihfft default; fft_ihfft2 default; fft_ihfftn
default; fft_irfft default; fft_irfft2 default; fft_irfftn default; fft_rfft default; fft_rfft2 default; fft_rfftfreq
default out; fft_rfftn default; fill Scalar Tensor; fill_ Scalar Tensor; fill_diagonal_ default; fix default; fix_
default; flatten using_ints; flip default; fliplr default; flipud default; float_power Tensor_Tensor Tensor_Scalar
Scalar Tensor_Tensor_out Scalar_out Tensor_Scalar_out; float_power_ Tensor Scalar; floor default out; floor_ default;
floor_divide default Scalar out Scalar_out; floor_divide_ Tensor Scalar; fmax default out; fmin default out; fmod
Tensor Scalar Tensor_out Scalar_out; fmod_ Tensor Scalar; frac default out; frac_ default; fractional_max_pool2d
default; fractional_max_pool3d default; frexp Tensor Tensor_out; frobenius_norm dim out; full default out; full_like
default; gather default out; gcd default out; gcd_ default; ge Tensor Scalar Scalar_out Tensor_out; ge_ Scalar Tensor;
gelu default out; gelu_ default; geometric_ default; geqrf default a; ger default; get_device default; glu default
out; gradient[] scalarint scalararray array scalarrayint scalarrayarray tensorarrayint tensorarray; greater Tensor
Scalar; greater_ Scalar Tensor; greater_equal Tensor Scalar; greater_equal_ Scalar Tensor; grid_sampler default;
grid_sampler_2d default; grid_sampler_3d default; group_norm default; gru input data; gru_cell default; gt Tensor
Scalar Scalar_out Tensor_out; gt_ Scalar Tensor; hamming_window default periodic periodic_alpha periodic_alpha_beta;
hann_window default periodic; hardshrink default out; hardsigmoid default out; hardsigmoid_ default; hardswish default
out; hardswish_ default; hardtanh default out; hardtanh_ default; hash_tensor default out; heaviside default out;
heaviside_ default; hinge_embedding_loss default; histc default out; histogram bins_tensor bins_tensor_out bin_ct
bin_ct_out; histogramdd default int_bins TensorList_bins; hsplit[] int array; hstack default out; huber_loss default;
hypot default out; hypot_ default; i0 default out; i0_ default; igamma default out; igamma_ default; igammac default
out; igammac_ default; im2col default; imag default; index_add default out; index_add_ default; index_copy default
out; index_copy_ default; index_fill int_Tensor int_Scalar; index_fill_ int_Tensor int_Scalar; index_put default;
index_put_ default; index_reduce default out; index_reduce_ default; index_select default out; indices default; inner
default out; instance_norm default; int_repr default; inverse default out; is_coalesced default; is_complex default;
is_conj default; is_contiguous default memory_format; is_floating_point default; is_inference default; is_neg default;
is_pinned default; is_same_size default; is_set_to default; is_signed default; isclose default; isfinite default; isin
Tensor_Tensor Tensor_Tensor_out Tensor_Scalar Tensor_Scalar_out Scalar_Tensor Scalar_Tensor_out; isinf default; isnan
default; isneginf default out; isposinf default out; isreal default; istft default; item default; kaiser_window
default periodic beta; kl_div default; kron default out; kthvalue default values; l1_loss default; layer_norm default;
lcm default out; lcm_ default; ldexp Tensor out; ldexp_ default; le Tensor Scalar Scalar_out Tensor_out; le_ Scalar
Tensor; leaky_relu default out; leaky_relu_ default; lerp Scalar Tensor Scalar_out Tensor_out; lerp_ Scalar Tensor;
less Tensor Scalar; less_ Scalar Tensor; less_equal Tensor Scalar; less_equal_ Scalar Tensor; lgamma default out;
lgamma_ default; lift_fresh default; linalg_cholesky default out; linalg_cholesky_ex default L; linalg_cond default
p_str out p_str_out; linalg_cross default out; linalg_det default out; linalg_diagonal default; linalg_eig default
out; linalg_eigh default eigvals; linalg_eigvals default out; linalg_eigvalsh default out; linalg_householder_product
default out; linalg_inv default out; linalg_inv_ex default inverse; linalg_ldl_factor default out;
linalg_ldl_factor_ex default out; linalg_ldl_solve default out; linalg_lstsq default out; linalg_lu default out;
linalg_lu_factor default out; linalg_lu_factor_ex default out; linalg_lu_solve default out; linalg_matmul default;
linalg_matrix_exp default; linalg_matrix_norm default str_ord out str_ord_out; linalg_matrix_power default out;
linalg_matrix_rank default tol_tensor atol_rtol_tensor atol_rtol_float atol_rtol_tensor_out atol_rtol_float_out out
out_tol_tensor; linalg_multi_dot default out; linalg_norm default ord_str out ord_str_out; linalg_pinv default
atol_rtol_float atol_rtol_tensor atol_rtol_tensor_out atol_rtol_float_out out rcond_tensor out_rcond_tensor; linalg_qr
default out; linalg_slogdet default out; linalg_solve default out; linalg_solve_ex default out;
linalg_solve_triangular default out; linalg_svd default U; linalg_svdvals default out; linalg_tensorinv default out;
linalg_tensorsolve default out; linalg_vander default; linalg_vecdot default out; linalg_vector_norm default out;
linear default out; linspace Tensor_Tensor Tensor_Scalar Scalar_Tensor default out Tensor_Tensor_out Tensor_Scalar_out
Scalar_Tensor_out; log default out; log10 default out; log10_ default; log1p default out; log1p_ default; log2 default
out; log2_ default; log_ default; log_normal_ default; log_sigmoid default out; log_softmax int int_out; logaddexp
default out; logaddexp2 default out; logcumsumexp default out; logdet default; logical_and default out; logical_and_
default; logical_not default out; logical_not_ default; logical_or default out; logical_or_ default; logical_xor
default out; logical_xor_ default; logit default out; logit_ default; logspace Tensor_Tensor Tensor_Scalar
Scalar_Tensor default out Tensor_Tensor_out Tensor_Scalar_out Scalar_Tensor_out; logsumexp default out; lstm input
data; lstm_cell default; lt Tensor Scalar Scalar_out Tensor_out; lt_ Scalar Tensor; lu_solve default out; lu_unpack
default out; margin_ranking_loss default; masked_fill Scalar Tensor; masked_fill_ Scalar Tensor; masked_scatter
default; masked_scatter_ default; masked_select default out; matmul default out; matrix_exp default; matrix_power
default out; max other default dim dim_max unary_out out; max_pool1d default; max_pool1d_with_indices default;
max_pool2d default; max_pool2d_with_indices default; max_pool2d_with_indices_backward default; max_pool3d default;
max_pool3d_with_indices default; max_unpool2d default; max_unpool3d default; maximum default out; mean default dim out
dtype_out; median default dim dim_values out; meshgrid[] default indexing; min other default dim dim_min unary_out
out; minimum default out; mish default out; mish_ default; mm default out; mode default values; moveaxis intlist int;
movedim int intlist; mse_loss default; msort default out; mul Tensor Scalar out Scalar_out; mul_ Tensor Scalar;
multi_margin_loss default; multilabel_margin_loss default; multinomial default out; multiply Tensor Scalar; multiply_
Tensor Scalar; mv default out; mvlgamma default out; mvlgamma_ default; nan_to_num default out; nan_to_num_ default;
nanmean default out; nanmedian default dim dim_values out; nanquantile default scalar out scalar_out; nansum default
out; narrow default Tensor; narrow_copy default; native_batch_norm default out; native_dropout default;
native_dropout_backward default; native_group_norm default; native_layer_norm default; ne Tensor Scalar Scalar_out
Tensor_out; ne_ Scalar Tensor; neg default out; neg_ default; negative default; negative_ default; new_empty default;
new_empty_strided default; new_full default; new_ones default; new_zeros default; nextafter default out; nextafter_
default; nll_loss_nd default; nonzero default out; nonzero_static default out; norm Scalar ScalarOpt_dim
ScalarOpt_dim_dtype ScalarOpt_dtype; norm_except_dim default; normal Tensor_float Tensor_float_out float_Tensor_out
float_Tensor Tensor_Tensor Tensor_Tensor_out float_float float_float_out out; normal_ default; not_equal Tensor
Scalar; not_equal_ Scalar Tensor; nuclear_norm default dim out dim_out; numel default; one_hot default; ones default
out; ones_like default; orgqr default out; ormqr default out; outer default out; pad default; pairwise_distance
default; pdist default; permute default; permute_copy default out; pin_memory default; pinverse default; pixel_shuffle
default; pixel_unshuffle default; poisson default; poisson_nll_loss default; polar default out; polygamma default out;
polygamma_ default; positive default; pow Tensor_Tensor Tensor_Scalar Scalar Tensor_Tensor_out Scalar_out
Tensor_Scalar_out; pow_ Scalar Tensor; prelu default; prod default dim_int int_out out; put default; put_ default;
q_per_channel_axis default; q_per_channel_scales default; q_per_channel_zero_points default; q_scale default;
q_zero_point default; qr default Q; qscheme default; quantile default scalar out scalar_out; quantize_per_channel
default; quantize_per_tensor default tensor_qparams tensors; rad2deg default out; rad2deg_ default; rand default
generator out generator_out; rand_like default generator; randint default generator low low_generator out
generator_out low_out low_generator_out; randint_like default Tensor low_dtype generator Tensor_generator
low_generator_dtype; randn default generator out generator_out; randn_like default generator; random_ from to default;
randperm default generator out generator_out; range step default out out_; ravel default; real default; reciprocal
default out; reciprocal_ default; relu default; relu6 default; relu6_ default; relu_ default; remainder Tensor Scalar
Scalar_Tensor Tensor_out Scalar_out Scalar_Tensor_out; remainder_ Tensor Scalar; renorm default out; renorm_ default;
repeat default; repeat_interleave Tensor self_Tensor self_int; requires_grad_ default; reshape default; reshape_as
default; resize_ default; resize_as_ default; resize_as_sparse_ default; resolve_conj default; resolve_neg default;
retain_grad default; rms_norm default; rnn_relu input data; rnn_relu_cell default; rnn_tanh input data; rnn_tanh_cell
default; roll default; rot90 default; round default decimals out decimals_out; round_ default decimals; row_indices
default; row_stack default out; rrelu default; rrelu_ default; rsqrt default out; rsqrt_ default; rsub Tensor Scalar;
scalar_tensor default; scaled_dot_product_attention default; scatter value src reduce value_reduce src_out value_out
reduce_out value_reduce_out; scatter_ src value reduce value_reduce; scatter_add default out; scatter_add_ default;
scatter_reduce two two_out; scatter_reduce_ two; searchsorted Tensor Tensor_out Scalar Scalar_out; segment_reduce
default; select int; select_copy int int_out; select_scatter default; selu default; selu_ default; set_
source_Storage_storage_offset source_Tensor default source_Storage source_Tensor_storage_offset; sgn default out; sgn_
default; sigmoid default out; sigmoid_ default; sign default out; sign_ default; signbit default out; silu default
out; silu_ default; sin default out; sin_ default; sinc default out; sinc_ default; sinh default out; sinh_ default;
size int; slice Tensor; slice_copy Tensor Tensor_out; slice_scatter default out; slogdet default out; smm default;
smooth_l1_loss default; soft_margin_loss default; softmax int int_out; softplus default out; softshrink default out;
sort default stable values_stable values; sparse_bsc_tensor ccol_row_value_size ccol_row_value; sparse_bsr_tensor
crow_col_value_size crow_col_value; sparse_compressed_tensor comp_plain_value_size comp_plain_value; sparse_coo_tensor
size indices indices_size; sparse_csc_tensor ccol_row_value_size ccol_row_value; sparse_csr_tensor crow_col_value_size
crow_col_value; sparse_dim default; sparse_mask default; sparse_resize_ default; sparse_resize_and_clear_ default;
special_airy_ai default out; special_bessel_j0 default out; special_bessel_j1 default out; special_bessel_y0 default
out; special_bessel_y1 default out; special_chebyshev_polynomial_t default out x_scalar x_scalar_out n_scalar
n_scalar_out; special_chebyshev_polynomial_u default out x_scalar x_scalar_out n_scalar n_scalar_out;
special_chebyshev_polynomial_v default out x_scalar x_scalar_out n_scalar n_scalar_out; special_chebyshev_polynomial_w
default out x_scalar x_scalar_out n_scalar n_scalar_out; special_digamma default; special_entr default out;
special_erf default; special_erfc default; special_erfcx default out; special_erfinv default; special_exp2 default;
special_expit default; special_expm1 default; special_gammainc default; special_gammaincc default; special_gammaln
default; special_hermite_polynomial_h default out x_scalar x_scalar_out n_scalar n_scalar_out;
special_hermite_polynomial_he default out x_scalar x_scalar_out n_scalar n_scalar_out; special_i0 default; special_i0e
default out; special_i1 default out; special_i1e default out; special_laguerre_polynomial_l default out x_scalar
x_scalar_out n_scalar n_scalar_out; special_legendre_polynomial_p default out x_scalar x_scalar_out n_scalar
n_scalar_out; special_log1p default; special_log_ndtr default out; special_log_softmax default; special_logit default;
special_logsumexp default; special_modified_bessel_i0 default out; special_modified_bessel_i1 default out;
special_modified_bessel_k0 default out; special_modified_bessel_k1 default out; special_multigammaln default;
special_ndtr default out; special_ndtri default out; special_polygamma default; special_psi default; special_round
default out; special_scaled_modified_bessel_k0 default out; special_scaled_modified_bessel_k1 default out;
special_shifted_chebyshev_polynomial_t default out x_scalar x_scalar_out n_scalar n_scalar_out;
special_shifted_chebyshev_polynomial_u default out x_scalar x_scalar_out n_scalar n_scalar_out;
special_shifted_chebyshev_polynomial_v default out x_scalar x_scalar_out n_scalar n_scalar_out;
special_shifted_chebyshev_polynomial_w default out x_scalar x_scalar_out n_scalar n_scalar_out; special_sinc default;
special_softmax default; special_spherical_bessel_j0 default out; special_xlog1py default other_scalar self_scalar out
self_scalar_out other_scalar_out; special_xlogy default other_scalar self_scalar; special_zeta default other_scalar
self_scalar out self_scalar_out other_scalar_out; split[] Tensor sizes; split_copy[] Tensor; split_with_sizes[]
default; split_with_sizes_copy[] default; sqrt default out; sqrt_ default; square default out; square_ default;
squeeze default dim dims; squeeze_ default dim dims; squeeze_copy default dim dims out dim_out dims_out; sspaddmm
default; stack default out; std default dim correction correction_out out; std_mean default dim correction;
storage_offset default; stride int; sub Tensor Scalar out Scalar_out; sub_ Tensor Scalar; subtract Tensor Scalar;
subtract_ Tensor Scalar; sum dim_IntList default IntList_out out; sum_to_size default; svd default U; swapaxes
default; swapaxes_ default; swapdims default; swapdims_ default; sym_numel default; sym_size int; sym_storage_offset
default; sym_stride int; t default; t_ default; t_copy default out; take default out; take_along_dim default out; tan
default out; tan_ default; tanh default out; tanh_ default; tensor_split[] sections indices
tensor_indices_or_sections; threshold default out; threshold_ default; tile default; to device dtype other
dtype_layout; to_dense default; to_sparse sparse_dim default; to_sparse_bsc default; to_sparse_bsr default;
to_sparse_csc default; to_sparse_csr default; topk default values; trace default; transpose int; transpose_ default;
transpose_copy int int_out; trapezoid x dx; trapz x dx; triangular_solve default X; tril default out; tril_ default;
tril_indices default; triplet_margin_loss default; triu default out; triu_ default; triu_indices default; true_divide
Tensor Scalar; true_divide_ Tensor Scalar; trunc default out; trunc_ default; type_as default; unbind[] int;
unbind_copy[] int; unflatten int; unfold default; unfold_copy default out; uniform_ default; unique_consecutive
default; unsafe_chunk[] default; unsafe_split[] Tensor; unsafe_split_with_sizes[] default; unsqueeze default;
unsqueeze_ default; unsqueeze_copy default out; values default; vander default; var default dim correction
correction_out out; var_mean default dim correction; vdot default out; view default dtype; view_as default;
view_as_complex default; view_as_complex_copy default out; view_as_real default; view_as_real_copy default out;
view_copy default dtype out dtype_out; vsplit[] int array; vstack default out; where self ScalarOther ScalarSelf
Scalar default self_out; xlogy Tensor Scalar_Other Scalar_Self OutTensor OutScalar_Self OutScalar_Other; xlogy_ Tensor
Scalar_Other; zero_ default; zeros default out; zeros_like default
"""
