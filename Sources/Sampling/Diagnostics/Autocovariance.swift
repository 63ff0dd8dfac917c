// Autocovariances at all lags, by fast Fourier transform.

import CGSL

extension Diagnostics {
  /// The autocovariance of one chain at lags 0 ..< n: c_t = (1/n) Σ_s (x_s - x̄)(x_{s+t} - x̄).
  ///
  /// Divided by n at every lag (the biased estimator, whose sequence is positive definite). O(n log n).
  public static func autocovariance(_ chain: [Double]) -> [Double] {
    guard !chain.isEmpty else { return [] }
    var transform = AutocovarianceTransform(draws: chain.count)
    let (values, unit) = inOwnUnit([chain])
    return transform.meanAutocovariance(centred(values[0])).map { $0 * unit * unit }
  }

  /// A chain less its mean.
  static func centred(_ chain: [Double]) -> [Double] {
    let center = mean(chain)
    return chain.map { $0 - center }
  }
}

/// Tables and buffers for autocovariances of chains of one length, reused from one call to the next.
struct AutocovarianceTransform: ~Copyable {
  let draws: Int
  private let length: Int
  private let forward: UnsafeMutablePointer<gsl_fft_real_wavetable>
  private let backward: UnsafeMutablePointer<gsl_fft_halfcomplex_wavetable>
  private let workspace: UnsafeMutablePointer<gsl_fft_real_workspace>
  private var buffer: [Double]
  private var power: [Double]

  /// - Precondition: `draws > 0`.
  init(draws: Int) {
    precondition(draws > 0, "an autocovariance needs draws")
    self.draws = draws
    length = Self.smoothLength(atLeast: 2 * draws)
    forward = gsl_fft_real_wavetable_alloc(length)
    backward = gsl_fft_halfcomplex_wavetable_alloc(length)
    workspace = gsl_fft_real_workspace_alloc(length)
    buffer = [Double](repeating: 0, count: length)
    power = [Double](repeating: 0, count: length / 2 + 1)
  }

  deinit {
    gsl_fft_real_wavetable_free(forward)
    gsl_fft_halfcomplex_wavetable_free(backward)
    gsl_fft_real_workspace_free(workspace)
  }

  /// The autocovariances at lags 0 ..< `draws`, averaged over chains that lie one behind the other, each with mean 0.
  ///
  /// The transform is linear, so the power spectra are averaged and transformed back once. Chains are padded with as
  /// many zeros, which keeps their ends from meeting.
  mutating func meanAutocovariance(_ values: [Double]) -> [Double] {
    let chains = values.count / draws
    precondition(chains > 0 && values.count == chains * draws, "all chains must have one length")
    for k in power.indices { power[k] = 0 }
    for chain in 0..<chains {
      for i in 0..<draws { buffer[i] = values[chain * draws + i] }
      for i in draws..<length { buffer[i] = 0 }
      gsl_fft_real_transform(&buffer, 1, length, forward, workspace)
      // GSL's half-complex order: r0, r1, i1, r2, i2, ..., and for even lengths r(length/2).
      power[0] += buffer[0] * buffer[0]
      for k in 1..<(length + 1) / 2 {
        power[k] += buffer[2 * k - 1] * buffer[2 * k - 1] + buffer[2 * k] * buffer[2 * k]
      }
      power[length / 2] += buffer[length - 1] * buffer[length - 1]
    }
    buffer[0] = power[0]
    for k in 1..<(length + 1) / 2 {
      buffer[2 * k - 1] = power[k]
      buffer[2 * k] = 0
    }
    buffer[length - 1] = power[length / 2]
    gsl_fft_halfcomplex_inverse(&buffer, 1, length, backward, workspace)
    let scale = 1 / (Double(draws) * Double(chains))
    return buffer[..<draws].map { $0 * scale }
  }

  /// The least even number from `minimum` on without prime factors above 5, for which GSL's transform is fast.
  private static func smoothLength(atLeast minimum: Int) -> Int {
    var length = minimum
    while true {
      var rest = length
      for factor in [2, 3, 5] { while rest % factor == 0 { rest /= factor } }
      if rest == 1 && length % 2 == 0 { return length }
      length += 1
    }
  }
}
