// The maximum-entropy law of a neuron without a closed form: its multipliers, populations and moments, with their errors.

import Sampling

/// The neurons whose thresholded gain pattern is the same.
public struct NeuronPopulation: Sendable, Equatable {
  /// Which gains φ'(b_c) are more than half of the largest, one entry a context.
  public let pattern: [Bool]
  /// P(g).
  public let weight: NetworkStatistic
  /// ⟨x xᵀ | g⟩ of x = (w, m_1 … m_D), [1 + D, 1 + D]; nil for a population without a draw.
  public let secondMoments: Matrix?
}

/// The law of a neuron that solves a task with the least relative entropy to its Gaussian: its multipliers found by quadrature where that is
/// possible, else by sampling, and its moments by sampling.
public struct NeuronSolution: Sendable, Equatable {
  /// Which law.
  public let family: NeuronFamily
  /// What the solver found, moments and relative entropy included.
  public let constraints: ConstraintSolution
  /// Λ, [context, feature].
  public let multipliers: Matrix
  /// Monte Carlo standard errors of Λ, or the errors of a quadrature.
  public let multiplierErrors: Matrix
  /// ⟨w h⟩, [context, feature], from fresh draws where Λ is.
  public let readout: Matrix
  /// Monte Carlo standard errors of the readout.
  public let readoutErrors: Matrix
  /// The standard deviations of the Gaussian in w and m that the multipliers Λ tilt: the given scales, or in the moment
  /// convention 1/(1/σ² − 2μ)^½.
  public let outputScale, inputScale: Double
  /// ⟨w²⟩.
  public let outputSecondMoment: NetworkStatistic
  /// ⟨|m|²⟩.
  public let inputSecondMoment: NetworkStatistic
  /// Populations in ascending binary order, context 0 leading; nil for more than six contexts.
  public let populations: [NeuronPopulation]?
  /// The probability of 0 ... K active contexts.
  public let activeFractions: [NetworkStatistic]
}

extension NeuronFamily {
  /// Finds the multipliers at which a neuron solves the task, and what its law is like.
  ///
  /// - Parameters:
  ///   - target: A, [context, feature].
  ///   - solver: its settings; a tightness β makes it the N → ∞ limit of the Gibbs ensemble for stimuli of covariance 1.
  ///   - draws: of each of four chains, for populations and second moments.
  /// - Throws: ``ConstraintError`` if no such law exists or it was not found; ``StartError``; ``RandomStreamError``.
  /// - Precondition: a target of the response's contexts and features.
  public func solve(
    target: Matrix, solver: ConstraintSolver = ConstraintSolver(), draws: Int = 5000, seed: UInt64,
    progress: (ConstraintProgress) -> Void = { _ in }
  ) throws -> NeuronSolution {
    precondition(target.rows == response.contexts && target.columns == response.features)
    let targets = targets(for: target)
    let exact = solver.tightness == nil ? NeuronQuadrature(self, targets: targets)?.solve() : nil
    let found = try exact ?? solver.solve(self, targets: targets, seed: seed, progress: progress)
    let density = density(multipliers: found.multipliers)
    // Another seed: these draws are independent of those that the multipliers were fitted to.
    let sampled = try sampleChains(
      NoUTurn(density, tuning: Tuning(stepSize: 0.5, inUnitsOf: density)),
      warmup: WindowedAdaptation(.windows(transitions: 500)),
      draws: draws, seed: seed ^ 0x6e65_7572_6f6e, threads: solver.threads, start: { drawStart(using: &$0) })
    let law = NeuronDraws(self, multipliers: found.multipliers, sampled, layout: density.layout)
    func matrix(_ values: [Double]) -> Matrix {
      Matrix(rows: target.rows, columns: target.columns, elements: Array(values.prefix(readoutCount)))
    }
    let tilt = tilt(found.multipliers.span)
    return NeuronSolution(
      family: self, constraints: found, multipliers: matrix(found.multipliers),
      multiplierErrors: matrix(found.multiplierErrors), readout: matrix(found.moments),
      readoutErrors: matrix(found.momentErrors), outputScale: 1 / tilt.outputPrecision.squareRoot(),
      inputScale: 1 / tilt.inputPrecision.squareRoot(), outputSecondMoment: law.outputSecondMoment,
      inputSecondMoment: law.inputSecondMoment, populations: law.populations(), activeFractions: law.activeFractions)
  }
}

/// Draws of a neuron's law, and averages over them.
private struct NeuronDraws {
  let features: Int
  let contexts: Int
  /// Var(w | m, b).
  let outputVariance: Double
  /// ⟨w | m, b⟩, [chain][draw].
  var outputs: [[Double]] = []
  /// m, [chain][draw · feature].
  var inputs: [[Double]] = []
  /// The pattern and the number of its active contexts, [chain][draw].
  var patterns: [[(pattern: Int, active: Int)]] = []
  let keepsPatterns: Bool

  init(_ family: NeuronFamily, multipliers: [Double], _ draws: DrawTable, layout: ParameterLayout) {
    let response = family.response
    (features, contexts) = (response.features, response.contexts)
    outputVariance = family.tilt(multipliers.span).outputVariance
    let thresholds = ThresholdedPatterns(activation: response.activation, contexts: contexts)
    keepsPatterns = thresholds.keepsPatterns
    let columns = (0..<layout.dimension).map { draws[layout.name(ofCoordinate: $0)] }
    var workspace = response.makeWorkspace()
    var slope = [Double](repeating: 0, count: response.dimension)
    for chain in 0..<draws.chains {
      var chainOutputs: [Double] = []
      var chainInputs: [Double] = []
      var chainPatterns: [(pattern: Int, active: Int)] = []
      for draw in 0..<draws.drawsPerChain {
        let x = columns.map { $0[chain][draw] }
        x.withUnsafeBufferPointer { x in
          let sum = response.tilt(multipliers, at: x.baseAddress!, gradient: &slope, using: &workspace)
          chainOutputs.append(outputVariance * sum)
          chainPatterns.append(thresholds.pattern(x.baseAddress! + features, stride: 1))
        }
        chainInputs += x.prefix(features)
      }
      outputs.append(chainOutputs)
      inputs.append(chainInputs)
      patterns.append(chainPatterns)
    }
  }

  /// The average of a function of (chain, draw).
  private func average(_ function: (Int, Int) -> Double) -> NetworkStatistic {
    NetworkStatistic(outputs.indices.map { chain in outputs[chain].indices.map { function(chain, $0) } })
  }

  var outputSecondMoment: NetworkStatistic {
    average { outputVariance + outputs[$0][$1] * outputs[$0][$1] }
  }

  var inputSecondMoment: NetworkStatistic {
    average { chain, draw in
      (0..<features).reduce(0) { $0 + inputs[chain][draw * features + $1] * inputs[chain][draw * features + $1] }
    }
  }

  var activeFractions: [NetworkStatistic] {
    (0...contexts).map { count in average { patterns[$0][$1].active == count ? 1 : 0 } }
  }

  func populations() -> [NeuronPopulation]? {
    guard keepsPatterns else { return nil }
    let size = 1 + features
    var sums = [Matrix](repeating: Matrix(rows: size, columns: size), count: 1 << contexts)
    var counts = [Double](repeating: 0, count: 1 << contexts)
    for chain in outputs.indices {
      for draw in outputs[chain].indices {
        let pattern = patterns[chain][draw].pattern
        counts[pattern] += 1
        let x = [outputs[chain][draw]] + inputs[chain][draw * features..<(draw + 1) * features]
        for i in 0..<size { for j in 0..<size { sums[pattern][i, j] += x[i] * x[j] } }
        sums[pattern][0, 0] += outputVariance
      }
    }
    return counts.indices.map { pattern in
      let bits = (0..<contexts).map { pattern >> (contexts - 1 - $0) & 1 == 1 }
      let moments: Matrix? = counts[pattern] > 0 ? (1 / counts[pattern]) * sums[pattern] : nil
      return NeuronPopulation(
        pattern: bits, weight: average { patterns[$0][$1].pattern == pattern ? 1 : 0 }, secondMoments: moments)
    }
  }
}
