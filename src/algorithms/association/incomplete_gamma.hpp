// The incomplete gamma function, by which chi-square values become probabilities.
#pragma once

namespace fullbase::association {

/// Q(a, x) = Gamma(a, x) / Gamma(a): how likely a gamma variable of shape a is to exceed x. a > 0, x >= 0; exact at x = 0 (1) and
/// infinity (0). Power series below a + 1, continued fraction above (DLMF 8.11.4, 8.9.2); some sqrt(a) terms. The same bits on
/// every CPU. Relative error about 1e-14, and 1e-16 times |log Q| in the far tail; below 1e-300 it may be 0.
double upper_gamma(double a, double x) noexcept;

}  // namespace fullbase::association
