// Order parameters of the closed form over numbers of contexts and weight scales, and where they cross over.

import CGSL
import Foundation
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
}

/// One point of a phase diagram.
public struct PhasePoint: Sendable, Equatable {
  /// K = D.
  public let contexts: Int
  /// σ = σ_w = σ_m.
  public let weightScale: Double
  /// The order parameters; nil where the scale is too small for the task (moment convention).
  public let order: OrderParameters?
}

/// The closed form of input selection, A = I_K, over a grid of K and σ.
///
/// Solved by the symmetric reduction at O(K) a Newton step, in parallel.
public struct PhaseDiagram: Sendable {
  /// The meaning of the scales.
  public let convention: WeightConvention
  /// π, the reference probability of an active gain.
  public let activeProbability: Double

  public init(convention: WeightConvention = .prior, activeProbability: Double = 0.5) {
    self.convention = convention
    self.activeProbability = activeProbability
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
    contexts: [Int], weightScales: [Double], threads: Int = Threads.perProcessor
  ) throws -> [PhasePoint] {
    guard !contexts.isEmpty, !weightScales.isEmpty else {
      throw StatisticsError.invalidCount(
        what: "points of the phase diagram", found: 0, allowed: "at least one number of contexts and one weight scale")
    }
    return try parallelMap(contexts.count * weightScales.count, threads: threads) { index in
      let count = contexts[index / weightScales.count]
      let scale = weightScales[index % weightScales.count]
      return PhasePoint(contexts: count, weightScale: scale, order: try order(contexts: count, weightScale: scale))
    }
  }

  /// The order parameters at one point; nil if infeasible in the moment convention.
  ///
  /// - Throws: ``MaxEntropyError``, or ``LearningTaskError`` without contexts.
  public func order(contexts: Int, weightScale: Double) throws -> OrderParameters? {
    let problem = try MaxEntropyProblem(
      task: .inputSelection(contexts: contexts), activeProbability: activeProbability, convention: convention,
      outputScale: weightScale, inputScale: weightScale)
    do {
      let solution = try problem.solve()
      let active = solution.activeContextWeights.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
      return OrderParameters(
        specialisedShare: solution.readoutShare![1], meanStructure: solution.meanStructure,
        patternKL: solution.patternKL, meanActiveContexts: active)
    } catch MaxEntropyError.infeasibleScale { return nil }
  }

  /// The weight scale in a range at which |d⟨ρ⟩/d ln σ| is largest: where structured gives way to random.
  ///
  /// Scanned at 25 scales, then found by Brent's method (GSL) on five-point differences of the closed form, to 10⁻⁵ in ln σ.
  /// Nil if the largest slope is at an end of the range, or the moment convention is infeasible somewhere around it.
  ///
  /// - Throws: as ``points(contexts:weightScales:threads:)``; ``GSLError``.
  public func structureCrossover(contexts: Int, from low: Double, to high: Double) throws -> Double? {
    let scales = try Self.logSpaced(from: low, to: high, count: 25)
    let slopes = try scales.map { try structureSlope(contexts: contexts, logScale: log($0)) }
    guard let peak = slopes.indices.filter({ slopes[$0] != nil }).max(by: { slopes[$0]! < slopes[$1]! }), peak > 0,
      peak < scales.count - 1, slopes[peak - 1] != nil, slopes[peak + 1] != nil
    else { return nil }
    let objective = SlopeObjective { logScale in
      (try? structureSlope(contexts: contexts, logScale: logScale)).flatMap { $0 }.map { -$0 } ?? .nan
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

  /// |d⟨ρ⟩/d ln σ| by differences over 0.01 and 0.02 in ln σ.
  private func structureSlope(contexts: Int, logScale: Double) throws -> Double? {
    let step = 0.01
    func structure(_ offset: Double) throws -> Double? {
      try order(contexts: contexts, weightScale: exp(logScale + offset * step))?.meanStructure
    }
    guard let a = try structure(-2), let b = try structure(-1), let c = try structure(1), let d = try structure(2)
    else {
      return nil
    }
    return abs((a - 8 * b + 8 * c - d) / (12 * step))
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
  /// - Throws: as ``points(contexts:weightScales:threads:)``.
  public func contextCrossover(weightScale: Double, maximum: Int = 64) throws -> ContextCrossover? {
    guard let first = try order(contexts: 2, weightScale: weightScale)?.specialisedShare, maximum >= 3 else {
      return nil
    }
    var before = first
    for contexts in 3...maximum {
      guard let share = try order(contexts: contexts, weightScale: weightScale)?.specialisedShare else { return nil }
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
