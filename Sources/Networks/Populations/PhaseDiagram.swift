// Order parameters of the closed form over numbers of contexts and weight scales, and where they cross over.

import CGSL
import Sampling

/// What tells the regimes of input selection apart (THEORY section 3).
public struct OrderParameters: Sendable, Equatable {
  /// c_1: the share of the readout that context-specialised neurons carry.
  public let specialisedShare: Double
  /// ⟨ρ⟩, the mean selectivity structure.
  public let meanStructure: Double
  /// KL(P(g)‖P0(g)), in nats.
  public let patternKL: Double
  /// The mean number of contexts that a neuron is active in.
  public let meanActiveContexts: Double

  /// Order parameters that are known already.
  public init(specialisedShare: Double, meanStructure: Double, patternKL: Double, meanActiveContexts: Double) {
    self.specialisedShare = specialisedShare
    self.meanStructure = meanStructure
    self.patternKL = patternKL
    self.meanActiveContexts = meanActiveContexts
  }
}

extension OrderParameters {
  /// The order parameters of a solution; nil for a target of zeros, which no neuron carries.
  public init?(_ solution: MaxEntropySolution) {
    guard let share = solution.readoutShare, share.count > 1 else { return nil }
    self.init(
      specialisedShare: share[1], meanStructure: solution.meanStructure, patternKL: solution.patternKL,
      meanActiveContexts: solution.activeContextWeights.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element })
  }
}

/// One point of a phase diagram.
public struct PhasePoint: Sendable, Equatable {
  /// K = D.
  public let contexts: Int
  /// That of the second axis: the weight scale σ = σ_w = σ_m, the tightness β or the prior probability π of an active gain.
  public let value: Double
  /// Whether the ensemble exists: the moment convention needs a scale that is large enough for the task.
  public let isFeasible: Bool
  /// The order parameters; nil where the ensemble does not exist, or theory says nothing of it.
  public let order: OrderParameters?

  /// A point of a grid, with its order parameters where the problem has a solution.
  public init(contexts: Int, value: Double, isFeasible: Bool, order: OrderParameters?) {
    self.contexts = contexts
    self.value = value
    self.isFeasible = isFeasible
    self.order = order
  }
}

/// The theory of input selection, A = I_K, over a grid of K and another value of the ensemble (σ, β or π), in parallel.
public struct PhaseDiagram: Sendable {
  /// The ensemble's solution at K contexts and the other value; nil where theory says nothing of it.
  public let solution: @Sendable (_ contexts: Int, _ value: Double) throws -> MaxEntropySolution?

  /// The diagram of any ensemble.
  ///
  /// - Parameter solution: throws ``MaxEntropyError/infeasibleScale(scale:smallest:)`` where the ensemble does not exist.
  public init(solution: @escaping @Sendable (_ contexts: Int, _ value: Double) throws -> MaxEntropySolution?) {
    self.solution = solution
  }

  /// The diagram of independent neurons, which know nothing of the stimuli; by the symmetric reduction at O(K) a Newton step.
  ///
  /// - Parameters:
  ///   - convention: the meaning of the scales.
  ///   - activeProbability: π, the reference probability of an active gain.
  public init(convention: WeightConvention = .prior, activeProbability: Double = 0.5) {
    self.init { contexts, value in
      try MaxEntropyProblem(
        task: .inputSelection(contexts: contexts), activeProbability: activeProbability, convention: convention,
        outputScale: value, inputScale: value
      ).solve()
    }
  }

  /// `count` values from `low` to `high`, evenly spaced in their logarithm, both ends exact.
  ///
  /// - Throws: ``StatisticsError`` unless 0 < low ≤ high and count ≥ 1 (2 if low < high).
  public static func logSpaced(from low: Double, to high: Double, count: Int) throws -> [Double] {
    guard low > 0, high >= low, high.isFinite else {
      throw StatisticsError.invalidValue(
        what: "the range of weight scales \(low):\(high)", found: low, allowed: "positive numbers in ascending order")
    }
    guard count >= (low < high ? 2 : 1) else {
      throw StatisticsError.invalidCount(
        what: "weight scales from \(low) to \(high)", found: count, allowed: "at least \(low < high ? 2 : 1)")
    }
    return (0..<count).map {
      $0 == 0 ? low : $0 == count - 1 ? high : low * pow(high / low, Double($0) / Double(count - 1))
    }
  }

  /// All points of a grid, contexts outermost.
  ///
  /// - Throws: ``StatisticsError`` for an empty grid; ``MaxEntropyError`` naming what is out of range.
  public func points(
    contexts: [Int], values: [Double], threads: Int = Threads.perProcessor
  ) throws -> [PhasePoint] {
    guard !contexts.isEmpty, !values.isEmpty else {
      throw StatisticsError.invalidCount(
        what: "points of the phase diagram", found: 0, allowed: "at least one number of contexts and one other value")
    }
    return try parallelMap(contexts.count * values.count, threads: threads) { index in
      let count = contexts[index / values.count]
      let scale = values[index % values.count]
      do {
        let order = try solution(count, scale).flatMap { OrderParameters($0) }
        return PhasePoint(contexts: count, value: scale, isFeasible: true, order: order)
      } catch MaxEntropyError.infeasibleScale {
        return PhasePoint(contexts: count, value: scale, isFeasible: false, order: nil)
      }
    }
  }

  /// The order parameters at one point; nil if infeasible in the moment convention, or unknown.
  ///
  /// - Throws: ``MaxEntropyError``, or ``LearningTaskError`` without contexts.
  public func order(contexts: Int, value: Double) throws -> OrderParameters? {
    do { return try solution(contexts, value).flatMap { OrderParameters($0) } } catch MaxEntropyError
      .infeasibleScale
    { return nil }
  }

  /// The value in a range at which ⟨ρ⟩ changes fastest, by d⟨ρ⟩/d ln σ, from what it is at one end to what it is at the other: where
  /// structured gives way to random.
  ///
  /// Scanned at 25 values, then found by Brent's method (GSL) on five-point differences of the closed form, to 10⁻⁵ in ln σ.
  /// Nil if it changes fastest at an end of the range, or nowhere, or the moment convention is infeasible somewhere around it.
  ///
  /// - Throws: as ``points(contexts:values:threads:)``; ``GSLError``.
  public func structureCrossover(contexts: Int, from low: Double, to high: Double) throws -> Double? {
    let scales = try Self.logSpaced(from: low, to: high, count: 25)
    guard let first = try order(contexts: contexts, value: low)?.meanStructure,
      let last = try order(contexts: contexts, value: high)?.meanStructure
    else { return nil }
    let direction: Double = last > first ? -1 : 1
    let slopes = try scales.map {
      try structureSlope(contexts: contexts, logScale: log($0)).map { direction * $0 }
    }
    guard let peak = slopes.indices.filter({ slopes[$0] != nil }).max(by: { slopes[$0]! < slopes[$1]! }), peak > 0,
      peak < scales.count - 1, slopes[peak - 1] != nil, slopes[peak + 1] != nil, slopes[peak]! > 0
    else { return nil }
    let objective = SlopeObjective { logScale in
      (try? structureSlope(contexts: contexts, logScale: logScale)).flatMap { $0 }.map { -direction * $0 } ?? .nan
    }
    var found = log(scales[peak])
    try GSL.checked {
      guard let minimizer = gsl_min_fminimizer_alloc(cgsl_min_fminimizer_brent()) else { return }
      defer { gsl_min_fminimizer_free(minimizer) }
      var function = gsl_function(
        function: { x, parameters in
          Unmanaged<SlopeObjective>.fromOpaque(parameters!).takeUnretainedValue().value(x)
        }, params: Unmanaged.passUnretained(objective).toOpaque())
      withExtendedLifetime(objective) {
        let (left, right) = (log(scales[peak - 1]), log(scales[peak + 1]))
        _ = gsl_min_fminimizer_set_with_values(
          minimizer, &function, found, -slopes[peak]!, left, -slopes[peak - 1]!, right, -slopes[peak + 1]!)
        for _ in 0..<60 {
          guard gsl_min_fminimizer_iterate(minimizer) == GSL_SUCCESS else { break }
          found = gsl_min_fminimizer_x_minimum(minimizer)
          let width = gsl_min_fminimizer_x_upper(minimizer) - gsl_min_fminimizer_x_lower(minimizer)
          if width < 1e-5 { break }
        }
      }
    }
    return exp(found)
  }

  /// −d⟨ρ⟩/d ln σ by differences over 0.01 and 0.02 in ln σ.
  private func structureSlope(contexts: Int, logScale: Double) throws -> Double? {
    let step = 0.01
    func structure(_ offset: Double) throws -> Double? {
      try order(contexts: contexts, value: exp(logScale + offset * step))?.meanStructure
    }
    guard let a = try structure(-2), let b = try structure(-1), let c = try structure(1), let d = try structure(2)
    else {
      return nil
    }
    return -(a - 8 * b + 8 * c - d) / (12 * step)
  }

  /// The number of contexts at which c_1 falls to half of its value for K = 2.
  public struct ContextCrossover: Sendable, Equatable {
    /// The first whole K at which c_1 is at most the half.
    public let contexts: Int
    /// Where ln c_1, linear between this K and the one before, is at the half.
    public let interpolated: Double
  }

  /// Where specialised gives way to unspecialised: c_1(K) ≤ c_1(2)/2.
  ///
  /// Nil if that is at no K up to `maximum`, or the scale is infeasible (moment convention).
  ///
  /// - Throws: as ``points(contexts:values:threads:)``.
  public func contextCrossover(value: Double, maximum: Int = 64) throws -> ContextCrossover? {
    guard let first = try order(contexts: 2, value: value)?.specialisedShare, maximum >= 3 else {
      return nil
    }
    var before = first
    for contexts in 3...maximum {
      guard let share = try order(contexts: contexts, value: value)?.specialisedShare else { return nil }
      if share <= first / 2 {
        let fraction = log(before / (first / 2)) / log(before / share)
        return ContextCrossover(contexts: contexts, interpolated: Double(contexts - 1) + fraction)
      }
      before = share
    }
    return nil
  }
}

/// A function that GSL minimises.
private final class SlopeObjective {
  let value: (Double) -> Double
  init(_ value: @escaping (Double) -> Double) { self.value = value }
}
