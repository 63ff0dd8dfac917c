// The density of wanted outputs under the prior of feedforward networks, estimated.

import Sampling

extension FeedforwardEnsemble {
  /// Warm-up transitions of a chain at each law: each begins where it was at the law before.
  private static let warmup = 200
  /// The longest time of a trajectory, as `collapsedHmc` has it.
  private static let trajectory = 2.0

  /// ln p_N(Y) of a hard ensemble, the prior density of its outputs (or readout) at what is wanted, with its Monte Carlo error.
  ///
  /// p_N(Y) = ⟨N(Y; 0, G)⟩ over the prior of the hidden weights, G = σ_w² f² H Hᵀ, along laws with G + r in place of G (`RidgePath`), each drawn
  /// by Hamiltonian trajectories of the hidden weights. O(Q³) a draw beside these. Nil for other ensembles.
  ///
  /// - Throws: ``FeedforwardEnsembleError``, ``StartError``, ``RandomStreamError``, ``GSLError``.
  public func estimateTargetDensity(_ settings: DensityEstimation) throws -> EvidenceEstimate? {
    guard binding.isHard else { return nil }
    let density = density()
    guard let hard = HiddenDensity(density) else { preconditionFailure("a constraint has a hidden density") }
    let missing = architecture.lastWidth
    var positions = [[Double]](repeating: [], count: settings.chains)
    let path = RidgePath<OutputSpectrum>(
      size: hard.marginal.wantedSize,
      logWeight: { $1.logDensity(ridge: $0) },
      draw: { ridge, number in
        let starts = positions
        let drawn = try parallelMap(settings.chains, threads: settings.threads) {
          chain -> (end: [Double], spectra: [OutputSpectrum]) in
          var stream = try RandomStream(
            StreamKey(seed: settings.seed, chain: 1 << 20 | chain << 6 | number, purpose: .solver),
            generator: settings.generator)
          var workspace = hard.makeWorkspace()
          if ridge == .infinity {
            let spectra = try (0..<settings.draws).map { _ in
              try hard.spectrum(
                at: Array(density.drawPrior(using: &stream).dropFirst(missing)).span, using: &workspace)
            }
            return (Array(try startingPosition(using: &stream).dropFirst(missing)), spectra)
          }
          guard
            let target = HiddenDensity(
              density,
              adjust: { task in
                guard ridge > 0 else { return }
                task.isHard = false
                task.precision = 1 / ridge
              })
          else { preconditionFailure("a constraint has a hidden density") }
          let kernel = HamiltonianMonteCarlo(
            target, tuning: Tuning(stepSize: 0.1, inUnitsOf: target), length: .time(upTo: Self.trajectory))
          var run = try Chain(
            number: chain, kernel: kernel,
            warmup: WindowedAdaptation<HamiltonianMonteCarlo<HiddenDensity>>(
              .stepSizeOnly(transitions: Self.warmup), metric: .identity), start: starts[chain], stream: stream)
          for _ in 0..<Self.warmup { _ = run.advance() }
          let spectra = try (0..<settings.draws).map { _ in
            _ = run.advance()
            return try hard.spectrum(at: run.state.position.span, using: &workspace)
          }
          return (run.state.position, spectra)
        }
        positions = drawn.map(\.end)
        return drawn.map(\.spectra)
      })
    return try path.estimate()
  }
}

/// What the law N(0, G + r) of outputs needs to know of G at every r.
struct OutputSpectrum: Sendable {
  /// Of G, ascending.
  let eigenvalues: [Double]
  /// (u·Y)² of its eigenvectors u.
  let squares: [Double]

  /// ln N(Y; 0, G + r); −∞ where that is singular but for rounding.
  func logDensity(ridge: Double) -> Double {
    let least = 1e-15 * (eigenvalues.last ?? 0)
    var sum = 0.0
    for (value, square) in zip(eigenvalues, squares) {
      let variance = max(0, value) + ridge
      guard variance > least else { return -.infinity }
      sum += log(2 * Double.pi * variance) + square / variance
    }
    return -0.5 * sum
  }
}
