// Annealed importance sampling: the mean weight of independent runs from the reference to the target.

import Dispatch
import Synchronization

/// The log weights of independent annealed runs, and the estimate from them (Neal 2001).
///
/// A run starts at an exact draw x_0 of p_0 and steps through inverse temperatures 0 = t_0 < … < t_K = 1: x_j by one
/// transition of a kernel that leaves p_{t_j} invariant. With ln w = Σ_j (t_{j+1} − t_j) ℓ(x_j), ⟨w⟩ = Z(1)/Z(0)
/// exactly, however badly the kernels mix: what suffers is the variance of w.
public struct AnnealedRuns: Sendable, Equatable {
  /// ln w of every run, in nats.
  public let logWeights: [Double]
  /// K, the number of transitions and increments of a run.
  public let temperatures: Int

  /// Runs whose weights have an effective number below this are refused.
  public static let minimumEffectiveRuns = 20.0

  /// Σw, with weights relative to the largest.
  private var relativeWeights: [Double] {
    let largest = logWeights.max() ?? 0
    return logWeights.map { largest.isFinite ? exp($0 - largest) : 0 }
  }

  /// (Σw)²/Σw²: how many equally weighted runs would estimate as well.
  public var effectiveRuns: Double {
    let weights = relativeWeights
    let sum = weights.reduce(0, +)
    return sum > 0 ? sum * sum / weights.reduce(0) { $0 + $1 * $1 } : 0
  }

  /// The share of the largest weight in their sum.
  public var largestShare: Double {
    let sum = relativeWeights.reduce(0, +)
    return sum > 0 ? 1 / sum : 1
  }

  /// Var ln w, in nats²; runs of weight 0 make it infinite.
  public var logWeightVariance: Double {
    logWeights.allSatisfy(\.isFinite) ? Diagnostics.variance(logWeights) : .infinity
  }

  /// ln ⟨w⟩ with the bias of the logarithm removed, and its error, both by the jackknife over runs.
  public var estimate: EvidenceEstimate {
    let weights = relativeWeights
    let n = Double(weights.count)
    let sum = weights.reduce(0, +)
    guard sum > 0, weights.count > 1 else {
      return EvidenceEstimate(
        value: -.infinity, standardError: .nan, problem: "no annealed run ended where the target has a density")
    }
    let whole = log(sum / n)
    let without = weights.map { log((sum - $0) / (n - 1)) }
    let mean = Diagnostics.mean(without)
    let effective = effectiveRuns
    let isDominated = !(effective >= Self.minimumEffectiveRuns)
    return EvidenceEstimate(
      value: isDominated ? whole + (logWeights.max() ?? 0) : n * whole - (n - 1) * mean + (logWeights.max() ?? 0),
      standardError: ((n - 1) / n * without.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot(),
      problem: isDominated
        ? "\(weights.count) annealed runs weigh as much as \(shortNumber(effective)) (wanted at least "
          + "\(shortNumber(Self.minimumEffectiveRuns))); more temperatures or more runs are needed"
        : nil)
  }
}

/// A path of inverse temperatures with a tuned kernel for each.
struct AnnealingPath<Kernel: PointKernel>: Sendable where Kernel.Target: TemperableLogDensity {
  /// t_0 = 0 … t_K = 1.
  let inverseTemperatures: [Double]
  /// The kernel for t_j, j in 0 ..< K.
  let kernels: [Kernel]

  /// A path with `refinement[k]` equal steps from rung k to the next, moved by the kernel of the colder one.
  init(_ exchange: ReplicaExchange<Kernel>, refinement: [Int]) {
    let rungs = exchange.ladder.inverseTemperatures
    var temperatures: [Double] = []
    var kernels: [Kernel] = []
    for rung in 0..<(rungs.count - 1) {
      for step in 0..<refinement[rung] {
        let t = rungs[rung] + Double(step) / Double(refinement[rung]) * (rungs[rung + 1] - rungs[rung])
        var kernel = exchange.rungs[step == 0 ? rung : rung + 1]
        kernel.target = kernel.target.tempered(to: t)
        temperatures.append(t)
        kernels.append(kernel)
      }
    }
    inverseTemperatures = temperatures + [1]
    self.kernels = kernels
  }

  /// The increments (t_{j+1} − t_j) ℓ(x_j) of one run that starts at a draw of p_0.
  ///
  /// - Throws: ``StartError``.
  func increments(from start: [Double], using stream: inout RandomStream) throws -> [Double] {
    var point = try PointState(target: kernels[0].target, at: start)
    var scratch = kernels[0].makeScratch()
    var increments: [Double] = []
    for (j, kernel) in kernels.enumerated() {
      if j > 0 {
        point.current.invalidate()
        _ = kernel.evaluateStart(&point)
        _ = kernel.step(&point, scratch: &scratch, using: &stream)
      }
      let slope = kernel.target.slope(of: &point)
      increments.append((inverseTemperatures[j + 1] - inverseTemperatures[j]) * slope)
      // Where the target has no density the weight is 0, whatever comes after.
      if !slope.isFinite { break }
    }
    return increments
  }

  /// Runs as many runs as there are numbers, in parallel; run i draws from the stream of (`seed`, `chains[i]`).
  ///
  /// - Throws: ``StartError`` of the first run that cannot start; ``RandomStreamError``.
  func run(
    chains: Range<Int>, seed: UInt64, generator: String, threads: Int, done: @escaping @Sendable () -> Void = {},
    drawReference: @Sendable (inout RandomStream) -> [Double]
  ) throws -> AnnealedRuns {
    let logWeights = try parallelMap(chains.count, threads: threads) { index in
      var stream = try RandomStream(
        StreamKey(seed: seed, chain: chains.lowerBound + index, purpose: .solver), generator: generator)
      let start = drawReference(&stream)
      let sum = try increments(from: start, using: &stream).reduce(0, +)
      done()
      return sum.isNaN ? -.infinity : sum
    }
    return AnnealedRuns(logWeights: logWeights, temperatures: kernels.count)
  }
}
