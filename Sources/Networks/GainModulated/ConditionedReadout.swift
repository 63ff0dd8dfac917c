// What observables of the hard ensemble see: the law of the readout given output weights and gains, at a position.

import Sampling

/// The Gaussian law N(0, C) of every feature's readout given output weights and gains, in the hard ensemble (``CollapsedReadout``).
struct ConditionedReadout: Sendable {
  private let readout: CollapsedReadout
  private let outputPrecision: Double
  /// Of given gains.
  private let norms: PopulationNormLaw?
  private let populations: NeuronPopulations?
  /// Of drawn gains.
  private let exchange: NeuronExchange?
  private let neurons: Int
  private let gainsOffset: Int
  private let target: Matrix
  /// What |R − A| may be for rounding: 1e-12 of the larger of the target's largest entry and the prior's size of a neuron's contribution.
  let rounding: Double
  private let logOdds: Double

  /// Nil unless the density's potential is a constraint.
  init?(_ density: GainModulatedLinearDensity) {
    guard case .constraint(let target) = density.potential else { return nil }
    self.target = target
    rounding =
      1e-12 * max(target.largestMagnitude, 1 / (density.outputPrecision * density.inputPrecision).squareRoot())
    neurons = density.neurons
    gainsOffset = density.layout.realCount
    logOdds = density.gainLogOdds
    outputPrecision = density.outputPrecision
    if case .fixed(let gains) = density.gains {
      let populations = NeuronPopulations(gains: gains)
      guard let norms = PopulationNormLaw(density, populations: populations) else { return nil }
      (readout, exchange) = (norms.readout, nil)
      self.norms = norms
      self.populations = populations
    } else {
      guard let readout = CollapsedReadout(density) else { return nil }
      self.readout = readout
      exchange = NeuronExchange(density, readout)
      (norms, populations) = (nil, nil)
    }
  }

  /// max |R_cd − A_cd|.
  func residual(of readout: [Double]) -> Double {
    var largest = 0.0
    for k in readout.indices { largest = max(largest, abs(readout[k] - target.elements[k])) }
    return largest
  }

  /// C, and scratch memory.
  struct Workspace: Sendable {
    var covariance: [Double]
    var norms: [Double]
    var patterns: [Int32]
    var exchange: NeuronExchange.Workspace?
    var readout: CollapsedReadout.Workspace
  }

  func makeWorkspace() -> Workspace {
    Workspace(
      covariance: [Double](repeating: 0, count: readout.contexts * readout.contexts),
      norms: [Double](repeating: 0, count: norms?.count ?? 0),
      patterns: [Int32](repeating: 0, count: exchange == nil ? 0 : neurons), exchange: exchange?.makeWorkspace(),
      readout: readout.makeWorkspace())
  }

  /// tr AᵀC⁻¹A. O(N K + P K² + K³ + K² D), for drawn gains O(N K² + K³ + K² D). Allocates nothing.
  func targetDistance(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    writeCovariance(at: position, &workspace)
    return readout.targetDistance(workspace.covariance, using: &workspace.readout)
  }

  /// C at a position, [coordinate, coordinate].
  func covariance(at position: Span<Double>, using workspace: inout Workspace) -> [Double] {
    writeCovariance(at: position, &workspace)
    return workspace.covariance
  }

  /// ln N(A; 0, C + r) over all features; −∞ where that is singular. O(K³ + K² D).
  ///
  /// - Parameter covariance: C, of which the lower triangle is read.
  func logDensity(ridge: Double, _ covariance: [Double]) -> Double {
    let n = readout.contexts
    var factor = covariance
    var logDeterminant = 0.0
    for c in 0..<n {
      for e in 0...c {
        var value = covariance[c * n + e] + (c == e ? ridge : 0)
        let whole = value
        for f in 0..<e { value -= factor[c * n + f] * factor[e * n + f] }
        if e < c {
          factor[c * n + e] = value / factor[e * n + e]
        } else {
          guard value > 1e-15 * whole else { return -.infinity }
          logDeterminant += log(value)
          factor[c * n + c] = value.squareRoot()
        }
      }
    }
    var distance = 0.0
    var solved = [Double](repeating: 0, count: n)
    for k in 0..<readout.features {
      for c in 0..<n {
        var value = readout.target[k * n + c]
        for e in 0..<c { value -= factor[c * n + e] * solved[e] }
        solved[c] = value / factor[c * n + c]
        distance += solved[c] * solved[c]
      }
    }
    let features = Double(readout.features)
    return -0.5 * (features * (Double(n) * log(2 * Double.pi) + logDeterminant) + distance)
  }

  private func writeCovariance(at position: Span<Double>, _ workspace: inout Workspace) {
    position.withUnsafeBufferPointer { x in
      let x = x.baseAddress!
      if let norms, let populations {
        populations.order.withUnsafeBufferPointer { order in
          for p in 0..<norms.count {
            var sum = 0.0
            for j in populations.starts[p]..<populations.starts[p + 1] { sum += x[Int(order[j])] * x[Int(order[j])] }
            workspace.norms[p] = (outputPrecision * sum).squareRoot()
          }
        }
        norms.covariance(workspace.norms, into: &workspace.covariance)
        return
      }
      readPatterns(x, &workspace)
      for k in workspace.covariance.indices { workspace.covariance[k] = workspace.exchange!.covariance[k] }
    }
  }

  /// Writes (1/N) Σ_i (g_ic − P(g_ic = 1 | w, all other gains)) for every context c, the input weights integrated out. With these held fixed
  /// no gain could change: R would leave its target. O(N K (K + D)).
  ///
  /// - Precondition: drawn gains, and ``targetDistance(at:using:)`` was asked of the same position just before.
  func writeGainResiduals(
    at position: Span<Double>, into values: inout MutableSpan<Double>, from first: Int, using workspace: inout Workspace
  ) {
    guard let exchange else { preconditionFailure("given gains have no residual") }
    let contexts = readout.contexts
    for c in 0..<contexts { values[first + c] = 0 }
    position.withUnsafeBufferPointer { x in
      exchange.withState(&workspace.exchange!) { state in
        workspace.patterns.withUnsafeBufferPointer { patterns in
          for i in 0..<neurons {
            if i & 255 == 0 { exchange.refresh(state, using: &workspace.readout) }
            let pattern = Int(patterns[i])
            let square = exchange.scale * x[i] * x[i]
            if !state.remove(contexts: contexts, square: square, pattern: pattern) {
              exchange.takeOutAnew(
                i, pattern: pattern, contexts: contexts, x.baseAddress!, patterns.baseAddress!, count: neurons, &state,
                using: &workspace.readout)
            }
            let value = state.value(contexts: contexts, of: state.current, square: square)
            for c in 0..<contexts {
              let isOn = pattern >> (contexts - 1 - c) & 1 != 0
              let other = state.value(contexts: contexts, switching: c, sign: isOn ? -1 : 1, square: square)
              let switchingOn = logOdds + (isOn ? value - other : other - value)
              values[first + c] += ((isOn ? 1 : 0) - 1 / (1 + exp(-switchingOn))) / Double(neurons)
            }
            state.insert(contexts: contexts, square: square)
            if state.standsAlone { exchange.rejoin(&state, using: &workspace.readout) }
          }
        }
      }
    }
  }

  /// Patterns and C of drawn gains.
  private func readPatterns(_ x: UnsafePointer<Double>, _ workspace: inout Workspace) {
    let contexts = readout.contexts
    let g = x + gainsOffset
    workspace.patterns.withUnsafeMutableBufferPointer { patterns in
      for i in 0..<neurons { patterns[i] = 0 }
      for c in 0..<contexts {
        for i in 0..<neurons { patterns[i] = patterns[i] << 1 | (g[c * neurons + i] != 0 ? 1 : 0) }
      }
      exchange!.withState(&workspace.exchange!) { state in
        state.setCovariance(
          contexts: contexts, scale: exchange!.scale, x, patterns.baseAddress!, count: neurons, without: -1)
      }
    }
  }
}
