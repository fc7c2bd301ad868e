"""Running reductions: cumsum, cumprod, cummax, logcumsumexp."""
