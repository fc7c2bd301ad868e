"""Fourier transforms, short-time transforms, and windows."""

from __future__ import annotations

from tests.ops.recipes import D, S, T, bad, op, source

X, CUBE = T(2, 4), T(2, 3, 4)
Z = T(2, 4, dtype="complex64")
WAVE = T(32)
WINDOW = T(8, lo=0.1, hi=1.0)
SINGLE = T(8, lo=0.1, hi=1.0, dtype="float32")
DOUBLE = T(8, lo=0.1, hi=1.0, dtype="float64")
FFT = {"dtypes": ("float16", "bfloat16", "int64", "bool", "complex64", "complex128", "float64")}
NORMS = ("forward", "backward", "ortho")
PAIRS = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
PLANES = ("fft2", "ifft2", "rfft2", "irfft2")
CUBES = ("fftn", "ifftn", "rfftn", "irfftn")
WINDOWS = ("hann_window", "hamming_window", "blackman_window", "bartlett_window", "kaiser_window")
MODERN = ("hann", "hamming", "blackman", "bartlett", "cosine", "gaussian", "kaiser", "nuttall",
    "exponential", "general_cosine", "general_hamming")


CASES = [
    *[op(f"fft.{n}", S(X), S(X, 5), S(X, 3, 0), S(X, dim=0, norm="ortho"), *[S(X,
        norm=m) for m in NORMS], **FFT) for n in PAIRS],
    *[op(f"fft.{n}", S(X), S(CUBE, (2, 3)), S(CUBE, None, (0, 2), "ortho"), **FFT) for n in PLANES],
    *[op(f"fft.{n}", S(X), S(CUBE, dim=(0, 1)), S(CUBE, (2, 5), norm="forward"),
        **FFT) for n in CUBES],
    *[op(f"fft.{n}", S(Z), checks=("forward", "grad")) for n in ("fft", "ifft", "irfft", "fft2",
        "fftn", "irfftn")],
    *[op(f"fft.{n}", S(X), S(CUBE, (2, 3), (1, -1)), S(CUBE, None, (0, 2), "ortho"),
        **FFT) for n in ("hfft2", "ihfft2")],
    *[op(f"fft.{n}", S(X), S(CUBE, dim=(0, 1)), S(CUBE, (2, 5), norm="forward"),
        **FFT) for n in ("hfftn", "ihfftn")],
    *[op(f"_fft_{n}", S(*given), checks=("forward", "grad", "layouts")) for n, given in {
        "c2c": (Z, (1,), 1, True), "r2c": (CUBE, (0, 2), 2, True), "c2r": (Z, (0, 1), 0, 7)}.items()],
    *[op(f"fft.{n}", S(X), S(CUBE, 1), S(CUBE, (0, 2))) for n in ("fftshift", "ifftshift")],
    op("fft.fftfreq", S(5), S(4, 0.5), S(3, d=2.0, dtype=D("float64")),
        xfail={"out": "torch's values in an out= with gaps are wrong (0.8 for -0.2)"}),
    op("fft.rfftfreq", S(5), S(4, 0.5)),
    *[op(n, S(6), S(6, False), S(1), S(0), S(2), S(5, dtype=D("float64"))) for n in WINDOWS],
    op("hamming_window", S(6, True, 0.5), S(6, periodic=False, alpha=0.6, beta=0.4)),
    op("kaiser_window", S(6, True, 8.0)),
    *[op(n, S(5, dtype=D("float16")), S(5, dtype=D("bfloat16")), **{"checks": ("forward",)}) for n in
        WINDOWS[:4]],
    op("signal.windows.hann", S(6), S(6, sym=False)),
    op("signal.windows.general_cosine", S(5, a=[0.4, 0.3, 0.2]), S(1, a=[0.5]), S(0, a=[0.5])),
    op("signal.windows.general_hamming", S(5, alpha=0.3), S(5, alpha=0.3, sym=False,
        dtype=D("float64"))),
    op("signal.windows.exponential", S(5, tau=2.0), S(5, center=1.0, sym=False), S(1), S(0)),
    op("signal.windows.kaiser", S(5, beta=3.0, sym=False), S(1), S(0)),
    op("signal.windows.gaussian", S(5, std=2.0, sym=False), S(1)),
    op("signal.windows.hamming", S(6), S(6, sym=False)),
    *[op(f"signal.windows.{n}", S(6), checks=("forward",)) for n in ("blackman", "bartlett",
        "cosine", "nuttall", "gaussian", "kaiser", "exponential")],
    *[op("stft", S(WAVE, 8, return_complex=True), S(T(2, 32), 8, 4, 8, WINDOW,
        return_complex=True), S(WAVE, 8, hop_length=3, window=T(6, lo=0.1, hi=1.0), win_length=6,
        return_complex=True), S(WAVE, 8, center=False, return_complex=True), S(WAVE, 8,
        normalized=True, return_complex=True), S(WAVE, 8, onesided=False, return_complex=True),
        S(WAVE, 8, pad_mode="constant", return_complex=True), checks=("forward", "grad", "layouts",
        "dtype"), tags=("warns",))],
    op("stft", S(WAVE, 8, window=WINDOW, return_complex=False), S(T(32, dtype="complex64"), 8,
        window=WINDOW, return_complex=True), checks=("forward", "grad"), tags=("warns",)),
    source("x.stft(8, window=w, return_complex=True).abs()", {"x": WAVE, "w": WINDOW}),
    source("torch.istft(torch.stft(x, 8, window=w, return_complex=True), 8, window=w)", {"x": WAVE,
        "w": WINDOW}),
    source("torch.istft(torch.stft(x, 8, 2, window=w, return_complex=True), 8, 2,"
        " window=w, length=30)", {"x": T(2, 32), "w": WINDOW}),
    op("istft", S(T(5, 9, dtype="complex64"), 8, window=SINGLE), S(T(2, 5, 9, dtype="complex64"),
        8, 4, 8, SINGLE, normalized=True), S(T(5, 9, dtype="complex64"), 8, window=SINGLE,
        length=20), S(T(8, 9, dtype="complex64"), 8, window=SINGLE, return_complex=True),
        S(T(5, 9, dtype="complex64"), 8, window=SINGLE, length=40), checks=("forward",)),
    op("istft", S(T(5, 9, dtype="complex128"), 8, window=DOUBLE), S(T(2, 5, 9, dtype="complex128"),
        8, 4, 8, DOUBLE, normalized=True), S(T(8, 9, dtype="complex128"), 8, window=DOUBLE,
        return_complex=True), S(T(5, 9, dtype="complex128"), 8, window=DOUBLE, length=40),
        checks=("forward", "grad")),
    op("stft", S(WAVE, 8, 2, 4, window=T(4, lo=0.1, hi=1.0), center=False, return_complex=True,
        align_to_window=True), S(WAVE, 8, window=WINDOW, center=False, return_complex=True,
        align_to_window=False), checks=("forward", "grad")),
    source("torch.fft.ifft(torch.fft.fft(x)).real", {"x": X}),
    source("torch.fft.irfft(torch.fft.rfft(x), n=x.shape[-1])", {"x": T(2, 5)}),
    source("torch.fft.rfft(x).abs().pow(2).sum()", {"x": X}),
    source("torch.view_as_real(torch.fft.fft(x))", {"x": X}),
]  # fmt: skip

REFUSALS = [
    bad("torch.fft.fft(x, 0)", x=X),
    bad("torch.fft.fft(x, -2)", x=X),
    bad("torch.fft.fft(x, dim=2)", x=X),
    bad("torch.fft.fft(x, norm='no')", x=X),
    bad("torch.fft.fft(x)", x=T()),
    bad("torch.fft.rfft(x)", x=Z),
    bad("torch.fft.irfft(x)", x=T(2, 1)),
    bad("torch.fft.fft2(x)", x=T(4)),
    bad("torch.fft.fftn(x, (2, 2), (0,))", x=X),
    bad("torch.fft.fftn(x, dim=(0, 0))", x=X),
    bad("torch.fft.fftshift(x, 3)", x=X),
    bad("torch.fft.fft('a')"),
    bad("torch.hann_window(-1)"),
    bad("torch.hann_window(4, dtype=torch.int64)"),
    bad("torch.hamming_window()"),
    bad("torch.bartlett_window(4, dtype=torch.complex64)"),
    bad("torch.kaiser_window(-2)"),
    bad("torch.signal.windows.hann(-2)"),
    bad("torch.signal.windows.blackman(-2)"),
    bad("torch.signal.windows.nuttall(3, dtype=torch.float16)"),
    bad("torch.signal.windows.cosine(3, layout=torch.sparse_coo)"),
    bad("torch.signal.windows.gaussian(3, std=0.0)"),
    bad("torch.signal.windows.exponential(3, tau=-1.0)"),
    bad("torch.signal.windows.exponential(3, center=1.0)"),
    bad("torch.signal.windows.kaiser(3, beta=-1.0)"),
    bad("torch.signal.windows.general_cosine(3, a=[])"),
    bad("torch.signal.windows.general_cosine(3, a=2)"),
    bad("torch.fft.ihfftn(x)", x=Z),
    bad("torch.fft.rfft2(x)", x=Z),
    bad("torch.fft.rfft(x, out=x)", x=X),
    bad("torch.fft.irfft(x, out=x)", x=Z),
    bad("torch.fft.rfftn(x)", x=T()),
    bad("torch.fft.fftn(x, (1, 1, 1))", x=X),
    bad("torch.fft.fftfreq(4, dtype=torch.int64)"),
    bad("torch.fft.fftfreq(4, dtype=torch.float64, out=torch.empty(4))"),
    bad("torch.stft(x, 8, center=True, align_to_window=True, return_complex=True)", x=WAVE),
    bad("torch.stft(x, 8, window=w)", x=WAVE, w=WINDOW),
    bad("torch.stft(x, 8, window=w, onesided=True)", x=T(32, dtype="complex64"), w=WINDOW),
    bad("torch.istft(x, 8, 9)", x=T(5, 9, dtype="complex64")),
    bad("torch.istft(x, 8, win_length=9)", x=T(5, 9, dtype="complex64")),
    bad("torch.istft(x, 8, window=w)", x=T(5, 9, dtype="complex64"), w=T(7)),
    bad("torch.istft(x, 8)", x=T(5, 0, dtype="complex64")),
    bad("torch.istft(x, 8)", x=T(1, 1, 5, 9, dtype="complex64")),
    bad("torch.istft(x, 8, return_complex=True)", x=T(5, 9, dtype="complex64")),
    bad("torch.stft(x, 8)", x=WAVE),
    bad("torch.stft(x, 8, return_complex=True)", x=T(2, 2, 32)),
    bad("torch.stft(x, 80, return_complex=True)", x=WAVE),
    bad("torch.stft(x, 8, hop_length=0, return_complex=True)", x=WAVE),
    bad("torch.stft(x, 8, win_length=9, return_complex=True)", x=WAVE),
    bad("torch.stft(x, 8, window=w, return_complex=True)", x=WAVE, w=T(7)),
    bad("torch.stft(x, 8, return_complex=True)", x=T(32, dtype="int64")),
    bad("torch.istft(x, 8)", x=T(5, 9)),
    bad("torch.istft(x, 8, window=w)", x=T(4, 9, dtype="complex64"), w=WINDOW),
    bad("torch.istft(x, 8, window=w)", x=T(5, 9, dtype="complex64"), w=T(8, lo=0, hi=0)),
]  # fmt: skip
