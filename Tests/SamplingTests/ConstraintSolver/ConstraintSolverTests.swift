// The general maximum-entropy solver: known multipliers, redundancy, refusals, calibration of its errors, mutants.

import Foundation
import TestSupport
import Testing

@testable import Sampling

/// x ~ N(0, 1) and a hidden z ~ N(0, 1) that is integrated out; the constraint is on ⟨z x⟩.
///
/// A = ½ Λ² x², so that x has variance 1/(1 − Λ²) and ⟨z x⟩ = Λ/(1 − Λ²).
struct HiddenFactorFamily: ConstraintFamily {
  /// Mistakes for mutants: a factor of the mean, and whether the conditional covariance is there.
  var meanFactor = 1.0
  var hasCovariance = true

  let constraintNames = ["z x"]
  let drawsBaseExactly = true
  func drawStart(using stream: inout RandomStream) -> [Double] { [stream.standardNormal()] }

  func refusal(of multipliers: [Double]) -> String? {
    abs(multipliers[0]) < 1 ? nil : "the multiplier of z x must stay inside -1 ... 1"
  }

  func density(multipliers: [Double]) -> ClosureTarget {
    let precision = 1 - multipliers[0] * multipliers[0]
    return ClosureTarget(
      layout: ParameterLayout(real: "x", count: 1), value: { -0.5 * precision * $0[0] * $0[0] },
      slope: { [-precision * $0[0]] })
  }

  func writeStatistics(at x: Span<Double>, into statistics: inout MutableSpan<Double>, using workspace: inout Void) {
    statistics[0] = x[0]
  }

  func logWeight(multipliers: Span<Double>, statistics x: Span<Double>) -> Double {
    0.5 * multipliers[0] * multipliers[0] * x[0] * x[0]
  }

  func writeMean(multipliers: Span<Double>, statistics x: Span<Double>, into mean: inout MutableSpan<Double>) {
    mean[0] = meanFactor * multipliers[0] * x[0] * x[0]
  }

  func addCovariance(
    multipliers: Span<Double>, statistics x: Span<Double>, weight: Double, to covariance: inout Matrix
  ) {
    if hasCovariance { covariance[0, 0] += weight * x[0] * x[0] }
  }
}

@Suite struct ConstraintSolverTests {
  /// ⟨x_i^p⟩ = target.
  static func power(_ i: Int, _ p: Int, _ target: Double) -> Constraint {
    Constraint("x\(i)^\(p)", target: target) { x in
      pow(x[i], Double(p))
    } addGradient: { x, weight, gradient in
      gradient[i] += weight * Double(p) * pow(x[i], Double(p - 1))
    }
  }

  static func solve(
    dimension: Int = 1, _ constraints: [Constraint], seed: UInt64 = 1, exactBase: Bool = true,
    configure: (inout ConstraintSolver) -> Void = { _ in }
  ) throws -> ConstraintSolution {
    var solver = ConstraintSolver()
    configure(&solver)
    return try solver.solve(
      try GaussianTarget(covariance: .identity(dimension)), constraints: constraints, seed: seed,
      drawsBaseExactly: exactBase
    ) { stream in (0..<dimension).map { _ in stream.standardNormal() } }
  }

  /// Within 4 standard errors, which are not so large that anything passes.
  static func expect(
    _ solution: ConstraintSolution, multipliers: [Double], relativeEntropy: Double? = nil, largestError: Double = 0.05,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (k, exact) in multipliers.enumerated() {
      let error = solution.multiplierErrors[k]
      #expect(abs(solution.multipliers[k] - exact) < 4 * error + 1e-9, "\(solution)", sourceLocation: sourceLocation)
      #expect(error < largestError, "\(solution)", sourceLocation: sourceLocation)
      let moment = abs(solution.moments[k] - solution.targets[k])
      #expect(moment < 6 * solution.momentErrors[k] + 1e-9, "\(solution)", sourceLocation: sourceLocation)
    }
    if let relativeEntropy, let entropy = solution.relativeEntropy {
      #expect(entropy.isReliable && entropy.standardError < 0.1, "\(entropy)", sourceLocation: sourceLocation)
      #expect(
        abs(entropy.value - relativeEntropy) < 4 * entropy.standardError, "\(entropy)", sourceLocation: sourceLocation)
    }
  }

  @Test("mean and variance of a Gaussian, whose multipliers and relative entropy are known (false alarm 2e-4)")
  func gaussian() throws {
    // N(0.5, 0.75): precision 4/3 = 1 − 2 b, a = mean · precision.
    let solution = try Self.solve([Self.power(0, 1, 0.5), Self.power(0, 2, 1)])
    Self.expect(solution, multipliers: [2.0 / 3, -1.0 / 6], relativeEntropy: -0.5 * log(0.75))
    #expect(solution.rank == 2 && solution.largestRHat < 1.02 && solution.effectiveDraws > 1000)
    // C = [[v, 2 m v], [2 m v, 2 v² + 4 m² v]] with m = 0.5, v = 0.75.
    for (value, exact) in zip(solution.hessian.elements, [0.75, 0.75, 0.75, 1.875]) {
      #expect(abs(value - exact) < 0.15)
    }
    let lines = solution.description.split(separator: "\n")
    #expect(lines.count == 5 && lines[1].hasPrefix("x0^1") && lines[3].hasPrefix("rank 2 of 2"), "\(solution)")
    // Averages good to a hundredth of the larger of target and standard deviation.
    #expect(solution.momentErrors[0] < 0.013 * 0.87 && solution.momentErrors[1] < 0.013 * 1.37)
    #expect(try Self.solve([Self.power(0, 1, 0.5), Self.power(0, 2, 1)]) == solution)
    #expect(try Self.solve([Self.power(0, 1, 0.5), Self.power(0, 2, 1)], seed: 2) != solution)
  }

  @Test(
    "a target far from the base, by chains from the start, and one close to where no density exists (false alarm 2e-4)")
  func far() throws {
    let mean = try Self.solve([Self.power(0, 1, 50)], exactBase: false) { $0.precision = 0.03 }
    Self.expect(mean, multipliers: [50], largestError: 0.1)
    // 1/(1 − 2 b) = 100; at b = ½ the density ceases to exist, and the first Newton step would lead beyond.
    let wide = try Self.solve([Self.power(0, 2, 100)]) { $0.wantsRelativeEntropy = false }
    Self.expect(wide, multipliers: [0.495])
    let narrow = try Self.solve([Self.power(0, 2, 1e-4)])
    Self.expect(
      narrow, multipliers: [0.5 * (1 - 1e4)], relativeEntropy: 0.5 * (1e-4 - 1 - log(1e-4)), largestError: 100)
  }

  @Test("a fourth moment, against quadrature (false alarm 1e-4)")
  func fourthMoment() throws {
    func moment(_ multiplier: Double, _ p: Double) -> Double {
      let points = (-4000...4000).map { Double($0) * 0.002 }
      let weights = points.map { exp(-0.5 * $0 * $0 + multiplier * pow($0, 4)) }
      return zip(points, weights).reduce(0) { $0 + pow(abs($1.0), p) * $1.1 }
        * (p == 0 ? 0.002 : 1 / weights.reduce(0, +))
    }
    var (low, high) = (-2.0, 0.0)
    for _ in 0..<60 {
      if moment(0.5 * (low + high), 4) < 1 { low = 0.5 * (low + high) } else { high = 0.5 * (low + high) }
    }
    let solution = try Self.solve([Self.power(0, 4, 1)])
    let entropy = low - log(moment(low, 0) / (2 * Double.pi).squareRoot())
    Self.expect(solution, multipliers: [low], relativeEntropy: entropy)
  }

  @Test("redundant constraints: the rank is reported and the multipliers are the least (false alarm 2e-4)")
  func redundant() throws {
    let twice = try Self.solve([Self.power(0, 1, 0.5), Self.power(0, 1, 0.5)])
    #expect(twice.rank == 1 && twice.multipliers[0] == twice.multipliers[1])
    Self.expect(twice, multipliers: [0.25, 0.25], relativeEntropy: 0.125)
    let sum = Constraint("sum", target: 3) {
      $0[0] + 2 * $0[1]
    } addGradient: { _, weight, gradient in
      gradient[0] += weight
      gradient[1] += 2 * weight
    }
    let constant = Constraint("one", target: 1) { _ in
      1
    } addGradient: { _, _, _ in
    }
    let three = try Self.solve(dimension: 2, [Self.power(0, 1, 1), Self.power(1, 1, 1), sum, constant])
    // a + c = 1, b + 2c = 1 with a² + b² + c² least: c = ½, and nothing for what is constant.
    #expect(three.rank == 2)
    Self.expect(three, multipliers: [0.5, 0, 0.5, 0], relativeEntropy: 1)
  }

  @Test("soft constraints meet t − Λ/τ, also where hard ones contradict each other (false alarm 1e-4)")
  func soft() throws {
    let solution = try Self.solve([Self.power(0, 1, 0.4), Self.power(0, 1, 0.6)]) { $0.tightness = 5 }
    // Λ_k = τ (t_k − μ), μ = Λ_1 + Λ_2.
    let mean = 5.0 / 11
    for (k, exact) in [5 * (0.4 - mean), 5 * (0.6 - mean)].enumerated() {
      #expect(abs(solution.multipliers[k] - exact) < 4 * solution.multiplierErrors[k], "\(solution)")
    }
    #expect(abs(solution.moments[0] - mean) < 6 * solution.momentErrors[0] && solution.rank == 1)
    let entropy = try #require(solution.relativeEntropy)
    #expect(abs(entropy.value - 0.5 * mean * mean) < 4 * entropy.standardError && entropy.standardError < 0.05)
  }

  @Test("contradicting targets are refused before any step, with the constraints' names")
  func inconsistent() throws {
    let twice = #expect(throws: ConstraintError.self) {
      try Self.solve([Self.power(0, 1, 0.5), Self.power(0, 1, 0.6), Self.power(0, 2, 1)])
    }
    guard case .inconsistent(let names, let combination, _, _)? = twice else {
      Issue.record("\(String(describing: twice))")
      return
    }
    #expect(names == ["x0^1", "x0^1"] && abs(combination[0] + combination[1]) < 1e-6)
    let constant = Constraint("one", target: 2) { _ in
      1
    } addGradient: { _, _, _ in
    }
    let error = #expect(throws: ConstraintError.self) { try Self.solve([constant]) }
    #expect(error?.description == "one is the same everywhere, 1, but its target is 2")
  }

  @Test("targets that nothing reaches end in an error that names the constraint, after bounded work")
  func infeasible() throws {
    let negative = #expect(throws: ConstraintError.self) {
      try Self.solve([Self.power(0, 1, 0.1), Self.power(0, 2, -1)])
    }
    guard case .diverging("x0^2", -1, let reached, _, let multipliers)? = negative else {
      Issue.record("\(String(describing: negative))")
      return
    }
    #expect(reached > 0 && multipliers[1] < -3)
    #expect(negative?.description.contains("the multipliers run away while the average of x0^2 stays at") == true)
    // A mean beyond the support of a uniform base.
    let box = ClosureTarget(
      layout: ParameterLayout(real: "x", count: 1), value: { abs($0[0]) < 1 ? 0 : -.infinity }, slope: { _ in [0] })
    let beyond = #expect(throws: ConstraintError.self) {
      try ConstraintSolver().solve(box, constraints: [Self.power(0, 1, 1.2)], seed: 1) { [2 * $0.uniform() - 1] }
    }
    guard case .diverging("x0^1", 1.2, let edge, _, _)? = beyond else {
      Issue.record("\(String(describing: beyond))")
      return
    }
    #expect(edge > 0.8 && edge < 1)
    // Fourth moments above 3 need a positive multiplier, with which no density exists.
    let fourth = #expect(throws: ConstraintError.self) { try Self.solve([Self.power(0, 4, 10)]) }
    #expect(fourth?.description.contains("x0^4") == true || fourth?.description.contains("chains run away") == true)
    var hurried = ConstraintSolver()
    hurried.maximumStages = 2
    let few = #expect(throws: ConstraintError.self) {
      try hurried.solve(HiddenFactorFamily(), targets: [30], seed: 1)
    }
    #expect(few?.description.contains("2 rounds of draws were not enough") == true, "\(String(describing: few))")
    var exact = ConstraintSolver()
    exact.precision = 1e-6
    let fine = #expect(throws: ConstraintError.self) { try exact.solve(HiddenFactorFamily(), targets: [0.5], seed: 1) }
    #expect(fine?.description.contains("draws a chain, and 1000000 are allowed") == true)
  }

  @Test("a search that starts near its solution finds the same, entropy included (false alarm 2e-4)")
  func warmStart() throws {
    let family = HiddenFactorFamily()
    let sampler = TiltedSampler(family, chains: 4, warmup: 200, seed: 5, threads: 2) {
      NoUTurn($0, tuning: Tuning(stepSize: 0.1))
    }
    let exact = (-1 + 3.56.squareRoot()) / 1.6
    let solution = try ConstraintSolver().solve(family, targets: [0.8], from: [0.5], sampler: sampler) { _ in }
    Self.expect(solution, multipliers: [exact], relativeEntropy: exact * 0.8 + 0.5 * log1p(-exact * exact))
  }

  @Test("bad targets and settings are refused")
  func badInput() throws {
    func message(_ targets: [Double], _ configure: (inout ConstraintSolver) -> Void = { _ in }) -> String? {
      var solver = ConstraintSolver()
      configure(&solver)
      return #expect(throws: ConstraintError.self) {
        try solver.solve(HiddenFactorFamily(), targets: targets, seed: 1)
      }?.description
    }
    #expect(message([1, 2]) == "1 constraints have 2 targets; each needs one")
    #expect(message([.nan]) == "the target of z x is nan; it must be a finite number")
    #expect(message([1]) { $0.chains = 0 } == "the number of chains is 0; allowed: 1 to 1024")
    #expect(message([1]) { $0.precision = -1 } == "the precision is -1.0; it must be a positive finite number")
    let logarithm = Constraint("log x", target: 0) {
      log($0[0])
    } addGradient: { x, weight, gradient in
      gradient[0] += weight / x[0]
    }
    let error = #expect(throws: ConstraintError.self) { try Self.solve([logarithm]) }
    #expect(error?.description == "log x has no finite average and variance over the first draws")
  }

  @Test("a hidden variable integrated out: exact multipliers, near the bound too (false alarm 2e-4)")
  func hidden() throws {
    for target in [0.8, -30] {
      let exact = (-1 + (1 + 4 * target * target).squareRoot()) / (2 * target)
      var seen: [ConstraintProgress] = []
      let solution = try ConstraintSolver().solve(HiddenFactorFamily(), targets: [target], seed: 3) { seen.append($0) }
      // KL of the Gaussian (x, z) of precision [[1, −Λ], [−Λ, 1]] to the standard one.
      let entropy = exact * target + 0.5 * log1p(-exact * exact)
      Self.expect(solution, multipliers: [exact], relativeEntropy: entropy)
      #expect(seen.first?.stage == 0 && seen.first?.multipliers == [0] && seen.count < 40)
      #expect(seen.last!.largestResidual < seen.first!.largestResidual)
    }
  }

  // Calibration: a sum of 40 squared normals is outside 13 … 91 with probability 2e-5, the mean beyond 0.7 with 1e-5.

  static let repeats = 40

  static func isCalibrated(_ scores: [Double]) -> Bool {
    let squares = scores.reduce(0) { $0 + $1 * $1 }
    return (13...91).contains(squares) && abs(Diagnostics.mean(scores)) < 0.7
  }

  static func quick(_ family: some ConstraintFamily, targets: [Double], seed: Int) throws -> ConstraintSolution {
    var solver = ConstraintSolver()
    (solver.draws, solver.precision, solver.chains, solver.warmup) = (200, 0.04, 2, 100)
    return try solver.solve(family, targets: targets, seed: UInt64(seed))
  }

  @Test("stated errors are the real ones: z-scores of 40 repeats (false alarm below 1e-3)")
  func calibrated() throws {
    let family = TiltedFamily(
      try GaussianTarget(covariance: .identity(1)),
      functions: ConstraintList([Self.power(0, 1, 0.5), Self.power(0, 2, 1)]), drawsBaseExactly: true
    ) { [$0.standardNormal()] }
    let solutions = try (0..<Self.repeats).map { try Self.quick(family, targets: [0.5, 1], seed: $0) }
    for (k, exact) in [2.0 / 3, -1.0 / 6].enumerated() {
      let scores = solutions.map { ($0.multipliers[k] - exact) / $0.multiplierErrors[k] }
      #expect(Self.isCalibrated(scores), "\(scores)")
      // Errors half or two and a half times as large are found.
      #expect(!Self.isCalibrated(scores.map { 2 * $0 }) && !Self.isCalibrated(scores.map { 0.4 * $0 }))
    }
    let entropies = solutions.map { ($0.relativeEntropy!.value + 0.5 * log(0.75)) / $0.relativeEntropy!.standardError }
    #expect(Self.isCalibrated(entropies), "\(entropies)")
  }

  @Test("mutants of a family with a hidden variable are found: a wrong conditional mean, no conditional covariance")
  func mutants() throws {
    let exact = (-1 + 3.56.squareRoot()) / 1.6
    func scores(_ family: HiddenFactorFamily) throws -> [Double] {
      try (0..<Self.repeats).map {
        let solution = try Self.quick(family, targets: [0.8], seed: $0)
        return (solution.multipliers[0] - exact) / solution.multiplierErrors[0]
      }
    }
    let right = try scores(HiddenFactorFamily())
    #expect(Self.isCalibrated(right), "\(right)")
    #expect(try !Self.isCalibrated(scores(HiddenFactorFamily(meanFactor: 1.1))))
    // At Λ = 0 only the conditional covariance is there: without it the constraint looks constant.
    #expect(throws: ConstraintError.self) { try scores(HiddenFactorFamily(hasCovariance: false)) }
  }

  @Test("a tilted density's gradient is that of its value; multipliers act on the named functions")
  func gradient() throws {
    let base = try GaussianTarget(covariance: Matrix([[2, 0.5], [0.5, 1]]))
    let functions = ConstraintList([Self.power(0, 3, 0), Self.power(1, 2, 0)])
    let density = TiltedDensity(base, functions: functions, multipliers: [0.3, -0.7])
    #expect(gradientError(of: density, at: [0.4, -1.2]) < 1e-8)
    var workspace = density.makeWorkspace()
    var none: Void = ()
    let tilt =
      density.logDensity(at: [0.4, -1.2].span, using: &workspace) - base.logDensity(at: [0.4, -1.2].span, using: &none)
    #expect(abs(tilt - (0.3 * 0.064 - 0.7 * 1.44)) < 1e-12)
  }
}
