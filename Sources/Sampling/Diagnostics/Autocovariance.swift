// Autocovariances at all lags, by fast Fourier transform.

import CGSL

extension Diagnostics {
  /// The autocovariance of one chain at lags 0 ..< n: c_t = (1/n) Σ_s (x_s - x̄)(x_{s+t} - x̄).
  ///
  /// Divided by n at every lag (the biased estimator, whose sequence is positive definite). O(n log n).
  public static func autocovariance(_ chain: [Double]) -> [Double] {
    guard !chain.isEmpty else { return [] }
    var transform = AutocovarianceTransform(lags: chain.count)
    let (values, unit) = inOwnUnit([chain])
    return transform.meanAutocovariance(centred(values[0])).map { $0 * unit * unit }
  }

  /// A chain less its mean.
  static func centred(_ chain: [Double]) -> [Double] {
    let center = mean(chain)
    return chain.map { $0 - center }
  }
}

/// Tables and buffers for autocovariances at lags 0 ..< `lags`, reused from one call to the next; about 96 bytes a lag, whatever the
/// number of draws.
struct AutocovarianceTransform: ~Copyable {
  let lags: Int
  private let length: Int
  private let forward: UnsafeMutablePointer<gsl_fft_real_wavetable>
  private let backward: UnsafeMutablePointer<gsl_fft_halfcomplex_wavetable>
  private let workspace: UnsafeMutablePointer<gsl_fft_real_workspace>
  /// The transforms of a block of draws and of the next, and the sum of their products: all in GSL's half-complex order,
  /// r0, r1, i1, r2, i2, ..., r(length/2).
  private var block: [Double] = []
  private var next: [Double] = []
  private var products: [Double]

  /// - Precondition: `lags > 0`.
  init(lags: Int) {
    precondition(lags > 0, "an autocovariance needs lags")
    self.lags = lags
    length = Self.smoothLength(atLeast: 2 * lags)
    forward = gsl_fft_real_wavetable_alloc(length)
    backward = gsl_fft_halfcomplex_wavetable_alloc(length)
    workspace = gsl_fft_real_workspace_alloc(length)
    products = [Double](repeating: 0, count: length)
  }

  deinit {
    gsl_fft_real_wavetable_free(forward)
    gsl_fft_halfcomplex_wavetable_free(backward)
    gsl_fft_real_workspace_free(workspace)
  }

  /// The autocovariances of one chain with mean 0.
  mutating func meanAutocovariance(_ chain: [Double]) -> [Double] {
    var chain = chain
    return chain.withUnsafeMutableBufferPointer { meanAutocovariance(ChainSeries($0, chains: 1)) }
  }

  /// The autocovariances at lags 0 ..< min(`lags`, draws), averaged over chains with mean 0 each.
  ///
  /// Every block of `lags` draws meets itself and the next one. Its transform A is that of the block and as many zeros, so that
  /// ends do not meet; the next block, which is `lags` draws further, adds (−1)^k B_k to that of the two together.
  /// The transform is linear, so products are added up and transformed back once.
  ///
  /// - Precondition: where a chain is longer than `lags`, twice that number has no prime factor above 5.
  mutating func meanAutocovariance(_ series: ChainSeries) -> [Double] {
    let draws = series.draws
    precondition(draws <= lags || length == 2 * lags, "blocks must follow each other without a gap")
    for k in products.indices { products[k] = 0 }
    for chain in 0..<series.chains {
      load(series[chain].prefix(lags))
      swap(&block, &next)
      for start in stride(from: lags, through: draws + lags - 1, by: lags) {
        guard start < draws else {
          addOwnProducts()
          break
        }
        load(series[chain][start..<min(draws, start + lags)])
        addProducts()
        swap(&block, &next)
      }
    }
    gsl_fft_halfcomplex_inverse(&products, 1, length, backward, workspace)
    let scale = 1 / Double(series.count)
    return products[..<min(lags, draws)].map { $0 * scale }
  }

  /// Transforms draws into the next block.
  private mutating func load(_ draws: Slice<UnsafeBufferPointer<Double>>) {
    if next.isEmpty { next = [Double](repeating: 0, count: length) }
    for (index, draw) in draws.enumerated() { next[index] = draw }
    for index in draws.count..<length { next[index] = 0 }
    gsl_fft_real_transform(&next, 1, length, forward, workspace)
  }

  /// Adds |A|², for a block without a next one.
  private mutating func addOwnProducts() {
    products[0] += block[0] * block[0]
    for k in 1..<(length + 1) / 2 {
      products[2 * k - 1] += block[2 * k - 1] * block[2 * k - 1] + block[2 * k] * block[2 * k]
    }
    products[length - 1] += block[length - 1] * block[length - 1]
  }

  /// Adds A* (A + (−1)^k B).
  private mutating func addProducts() {
    products[0] += block[0] * (block[0] + next[0])
    var sign = -1.0
    for k in 1..<(length + 1) / 2 {
      let (a, b) = (block[2 * k - 1], block[2 * k])
      let (c, d) = (a + sign * next[2 * k - 1], b + sign * next[2 * k])
      products[2 * k - 1] += a * c + b * d
      products[2 * k] += a * d - b * c
      sign = -sign
    }
    products[length - 1] += block[length - 1] * (block[length - 1] + sign * next[length - 1])
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
