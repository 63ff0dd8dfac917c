// The question: which law of a neuron solves a task with the largest entropy.

import Sampling

/// How the scale of the weights enters (THEORY section 2).
public enum WeightConvention: String, Sendable, Codable, CaseIterable {
  /// The scales are standard deviations of a Gaussian prior, to which the relative entropy is least.
  case prior
  /// The scales are root second moments that the distribution must have; its Shannon entropy is largest.
  case moment
}

/// Which distribution over networks is meant (THEORY sections 4, 5 and 11).
public enum NetworkEnsemble: Sendable, Equatable {
  /// Independent neurons, on target on average.
  case product
  /// Whole networks weighted by exp(-tightness · N · loss).
  case gibbs(tightness: Double)
  /// Whole networks that solve the task exactly: the limit of the Gibbs ensemble as the tightness grows, at finite N.
  case hard
}

/// A maximum-entropy problem for gain-modulated linear networks, with binary gains or given ones.
///
/// Find the law p(w, m, g) of one neuron with <w g_c m_d> = A_cd that is closest to independence (THEORY section 2), or,
/// for the Gibbs ensemble, its N -> infinity limit at finite tightness (THEORY section 5). The hard ensemble's limit is the law of
/// independent neurons.
public struct MaxEntropyProblem: Sendable, Equatable {
  /// Largest number of contexts K for which all 2^K patterns are summed.
  public static let maximumEnumeratedContexts = 20
  /// Largest number of contexts for a target that is a multiple of the identity.
  public static let maximumSymmetricContexts = 1024

  /// The task, with target A.
  public let task: LearningTask
  /// Where the gains come from. Given gains stay as they are: only the law of the weights given the gains is sought, and what is
  /// said of "a neuron" is the average over the given neurons.
  public let gains: GainReference
  /// The meaning of the two scales.
  public let convention: WeightConvention
  /// σ_w, a standard deviation.
  public let outputScale: Double
  /// σ_m, a standard deviation per feature.
  public let inputScale: Double
  /// The distribution over networks.
  public let ensemble: NetworkEnsemble
  /// Covariance S of the stimuli, `[feature, feature]`; nil for the identity.
  public let stimulusCovariance: Matrix?

  /// A problem; every argument is checked here, feasibility by ``solve()``.
  ///
  /// - Throws: ``MaxEntropyError`` naming the argument and what is allowed; ``LearningTaskError/notLinear``.
  public init(
    task: LearningTask, gains: GainReference, convention: WeightConvention = .prior,
    outputScale: Double = 1, inputScale: Double = 1, ensemble: NetworkEnsemble = .product,
    stimulusCovariance: Matrix? = nil
  ) throws {
    guard task.linearTarget != nil else { throw LearningTaskError.notLinear }
    try gains.validate(contexts: task.contexts)
    for (name, value) in [("the output scale", outputScale), ("the input scale", inputScale)] {
      guard value > 0, value.isFinite else {
        throw MaxEntropyError.invalidParameter(name: name, value: value, allowed: "a positive finite number")
      }
    }
    if case .gibbs(let tightness) = ensemble {
      guard tightness >= 0, tightness.isFinite else {
        throw MaxEntropyError.invalidParameter(
          name: "the tightness", value: tightness, allowed: "a finite number from 0")
      }
    }
    guard ensemble == .product || convention == .prior else { throw MaxEntropyError.momentWithGibbs }
    if let covariance = stimulusCovariance { try Self.validate(covariance, features: task.features) }
    self.task = task
    self.gains = gains
    self.convention = convention
    self.outputScale = outputScale
    self.inputScale = inputScale
    self.ensemble = ensemble
    self.stimulusCovariance = stimulusCovariance
  }

  /// A problem with binary gains that are 1 with probability `activeProbability` each, in the reference.
  ///
  /// - Throws: ``MaxEntropyError`` naming the argument and what is allowed.
  public init(
    task: LearningTask, activeProbability: Double = 0.5, convention: WeightConvention = .prior,
    outputScale: Double = 1, inputScale: Double = 1, ensemble: NetworkEnsemble = .product,
    stimulusCovariance: Matrix? = nil
  ) throws {
    try self.init(
      task: task, gains: .independent(activeProbability: activeProbability), convention: convention,
      outputScale: outputScale, inputScale: inputScale, ensemble: ensemble, stimulusCovariance: stimulusCovariance)
  }

  private static func validate(_ covariance: Matrix, features: Int) throws {
    guard covariance.rows == features, covariance.columns == features else {
      throw MaxEntropyError.invalidCovariance(
        reason: "is \(covariance.rows) x \(covariance.columns) for \(features) features")
    }
    guard covariance.elements.allSatisfy(\.isFinite) else {
      throw MaxEntropyError.invalidCovariance(reason: "has an entry that is not finite")
    }
    let largest = covariance.elements.reduce(0) { max($0, abs($1)) }
    for i in 0..<features {
      for j in 0..<i where abs(covariance[i, j] - covariance[j, i]) > 1e-12 * largest {
        throw MaxEntropyError.invalidCovariance(reason: "is not symmetric at [\(i), \(j)]")
      }
    }
    let eigen = try SymmetricEigen(covariance)
    guard eigen.values[0] > 1e-12 * eigen.values[features - 1] else {
      let rank = eigen.values.count { $0 > 1e-12 * eigen.values[features - 1] }
      throw MaxEntropyError.invalidCovariance(
        reason:
          "has rank \(rank) of \(features) in double precision (smallest eigenvalue \(eigen.values[0]), largest "
          + "\(eigen.values[features - 1])): a list of stimuli has to span all \(features) features")
    }
  }

  /// The tightness β, nil for the product ensemble.
  public var tightness: Double? {
    if case .gibbs(let tightness) = ensemble { tightness } else { nil }
  }

  /// The stimulus covariance S, the identity where none was given.
  public var covariance: Matrix { stimulusCovariance ?? Matrix.identity(task.features) }

  /// The factor if the stimulus covariance is a multiple of the identity.
  var covarianceScale: Double? {
    guard let covariance = stimulusCovariance else { return 1 }
    let scale = covariance[0, 0]
    for i in 0..<covariance.rows {
      for j in 0..<covariance.columns where covariance[i, j] != (i == j ? scale : 0) { return nil }
    }
    return scale
  }

  /// M S, or M S⁻¹, row by row; only a scaling if S is a multiple of the identity.
  func applyCovariance(to matrix: Matrix, inverted: Bool = false) throws -> Matrix {
    if let scale = covarianceScale { return (inverted ? 1 / scale : scale) * matrix }
    return matrix * (inverted ? try Cholesky(covariance).inverse : covariance)
  }
}
