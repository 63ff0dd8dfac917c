// Where gradient flow ends, and how that compares with the maximum-entropy law of the same second moments.

import Sampling

/// The loss at one time of training.
public struct LossPoint: Sendable, Equatable {
  /// The training time: Σ of learning rates, in units in which a weight moves by −N ∂L/∂θ.
  public let time: Double
  /// The loss.
  public let loss: Double

  /// The loss at a time of the flow.
  public init(time: Double, loss: Double) {
    self.time = time
    self.loss = loss
  }
}

/// The populations at the end of a gradient flow.
public struct GradientFlowResult: Sendable {
  /// The task, with target A.
  public let task: LearningTask
  /// The populations, in the order in which they were given (binary gains: ascending binary order).
  public let populations: [PopulationCovariance]
  /// R, [context, feature].
  public let readout: Matrix
  /// The loss after every step, from t = 0.
  public let lossCurve: [LossPoint]

  /// The loss at the end.
  public var loss: Double { lossCurve[lossCurve.count - 1].loss }
  /// The time at the end.
  public var time: Double { lossCurve[lossCurve.count - 1].time }
  /// ⟨w²⟩.
  public var outputSecondMoment: Double { populations.reduce(0) { $0 + $1.weight * $1.moments[0, 0] } }
  /// ⟨|m|²⟩.
  public var inputSecondMoment: Double {
    populations.reduce(0) { $0 + $1.weight * ($1.moments.trace - $1.moments[0, 0]) }
  }

  /// P0(g) ⟨w m_d⟩_g, [population, feature], row-major.
  public var populationReadout: [Double] { populations.flatMap { p in p.covariance.map { p.weight * $0 } } }

  /// The mean over neurons of each population's squared multiple correlation of w with m.
  ///
  /// - Throws: ``GSLError`` if a population's ⟨m mᵀ⟩ is not positive definite.
  public func meanStructure() throws -> Double {
    try populations.reduce(0) { $0 + ($1.weight > 0 ? $1.weight * (try $1.structure()) : 0) }
  }

  /// c_k = Σ_cd A_cd R^(k)_cd/Σ A_cd², R^(k) carried by populations active (gain not 0) in k contexts; nil for A = 0.
  public var readoutShare: [Double]? {
    guard !task.isZero else { return nil }
    var share = [Double](repeating: 0, count: task.contexts + 1)
    for population in populations {
      var overlap = 0.0
      for c in 0..<task.contexts { overlap += population.gains[c] * dot(task.target.row(c), population.covariance) }
      share[population.gains.count { $0 != 0 }] += population.weight * overlap
    }
    return share.map { $0 / task.target.squaredNorm }
  }

  /// The maximum-entropy law with the flow's own second moments (moment convention).
  ///
  /// - Throws: ``MaxEntropyError``; in particular if the loss bound was so loose that the moments cannot carry the target.
  public func matchedMaximumEntropy(activeProbability: Double = 0.5) throws -> MaxEntropySolution {
    try MaxEntropyProblem(
      task: task, activeProbability: activeProbability, convention: .moment,
      outputScale: outputSecondMoment.squareRoot(),
      inputScale: (inputSecondMoment / Double(task.features)).squareRoot()
    ).solve()
  }

  /// The Pearson correlation, over all populations and features, of P(g) ⟨w m_d⟩_g between the flow and a
  /// maximum-entropy law (THEORY section 7). O(2^K (K D + D²)).
  ///
  /// - Throws: ``TrainingError`` unless the populations are all 2^K patterns of binary gains; ``GSLError``.
  public func correlation(with solution: MaxEntropySolution) throws -> Double {
    let law = NeuronLaw(solution)
    var theory: [Double] = []
    guard populations.count == 1 << law.contexts else {
      throw TrainingError.invalidShape(
        what: "the list of populations", found: "\(populations.count) long",
        allowed: "all \(1 << law.contexts) patterns")
    }
    for (index, population) in populations.enumerated() {
      let pattern = GainPattern(index: index, contexts: law.contexts)
      guard population.gains == pattern.bits.map(Double.init) else {
        throw TrainingError.invalidShape(
          what: "population \(index)", found: "one with gains \(population.gains)",
          allowed: "the pattern \(pattern.bits)")
      }
      let moments = try law.moments(of: pattern)
      theory += moments.covariance.map { moments.weight * $0 }
    }
    return try Correlation.pearson(populationReadout, theory)
  }
}
