"""Order statistics and moments: median, quantile, std, histograms."""
