// The dual's derivatives, the agreement of its two geometries, and its behaviour at the extremes.

import Foundation
import Sampling
import Testing

@testable import Networks

/// A target without symmetry.
func genericTarget(_ contexts: Int, _ features: Int) -> Matrix {
  var target = Matrix(rows: contexts, columns: features)
  for c in 0..<contexts {
    for d in 0..<features { target[c, d] = (c == d ? 1 : 0) + 0.4 * sin(Double(3 * c + 7 * d + 1)) }
  }
  return target
}

@Suite struct MaximumEntropyDualTests {
  private func geometry() -> (EnumeratedPatterns, [Double]) {
    let patterns = EnumeratedPatterns(
      target: genericTarget(4, 3),
      patternPrior: EnumeratedPatterns.independentPrior(contexts: 4, activeProbability: 0.35))
    return (patterns, (0..<12).map { 0.22 * cos(Double(5 * $0 + 2)) })
  }

  @Test(arguments: [0.0, 0.01]) func patternSumDerivatives(barrier: Double) throws {
    let (start, x) = geometry()
    var patterns = start
    patterns.barrier = barrier
    let count = x.count
    func value(_ x: [Double]) throws -> Double {
      let logSum = patterns.logSum(at: x)
      let sum = try #require(logSum)
      return barrier > 0 ? sum - 0.5 * barrier * patterns.logMargins.sum : sum
    }
    func gradient(_ x: [Double]) throws -> [Double] {
      let inside = patterns.logSum(at: x) != nil
      #expect(inside)
      return patterns.derivatives(at: x).gradient
    }
    _ = try value(x)
    let derivatives = patterns.derivatives(at: x)
    let h = 1e-5
    for i in 0..<count {
      var up = x
      var down = x
      up[i] += h
      down[i] -= h
      #expect(abs((try value(up) - value(down)) / (2 * h) - derivatives.gradient[i]) < 1e-9)
      let slopes = zip(try gradient(up), try gradient(down)).map { ($0 - $1) / (2 * h) }
      for j in 0..<count { #expect(abs(slopes[j] - derivatives.hessian[i, j]) < 1e-8) }
    }
  }

  @Test func thirdDerivative() throws {
    let (start, x) = geometry()
    var patterns = start
    let direction = (0..<x.count).map { sin(Double($0)) }
    func hessian(_ offset: Double) throws -> Matrix {
      let moved = zip(x, direction).map { $0 + offset * $1 }
      let inside = patterns.logSum(at: moved) != nil
      #expect(inside)
      return patterns.derivatives(at: moved).hessian
    }
    let h = 1e-5
    let difference = (1 / (2 * h)) * (try hessian(h) - hessian(-h))
    let inside = patterns.logSum(at: x) != nil
    #expect(inside)
    let exact = patterns.hessianDerivative(at: x, along: direction)
    #expect(sqrt(exact.squaredNorm) > 1)
    for (a, b) in zip(exact.elements, difference.elements) { #expect(abs(a - b) < 1e-7) }
  }

  /// The whole dual in its natural parameters, both conventions and finite tightness.
  @Test(arguments: [(WeightConvention.prior, nil), (.moment, nil), (.prior, 3.0)] as [(WeightConvention, Double?)])
  func dualDerivatives(convention: WeightConvention, tightness: Double?) throws {
    let (patterns, x) = geometry()
    var newton = DualNewton(geometry: patterns, convention: convention, tightness: tightness)
    let point = DualPoint(
      coordinates: x, outputPrecision: convention == .moment ? 1.7 : 1, inputPrecision: convention == .moment ? 1.2 : 1,
      residual: 0, iterations: 0)
    let inside = newton.objective(point) != nil
    #expect(inside)
    let derivatives = newton.geometry.derivatives(at: x)
    let gradient = newton.gradient(point, derivatives)
    let hessian = newton.hessian(point, derivatives)
    let n = gradient.count
    let h = 1e-4
    func value(_ direction: [Double], _ size: Double) throws -> Double {
      let value = newton.objective(newton.moved(point, along: direction, by: size))
      return try #require(value)
    }
    for trial in 0..<6 {
      let direction = (0..<n).map { sin(Double(trial * 13 + 3 * $0 + 1)) }
      let middle = try value(direction, 0)
      let slope = try (value(direction, h) - value(direction, -h)) / (2 * h)
      let curvature = try (value(direction, h) - 2 * middle + value(direction, -h)) / (h * h)
      #expect(abs(slope - dot(gradient, direction)) < 1e-5)
      #expect(abs(curvature - dot(direction, hessian * direction)) < 1e-4 * max(1, abs(curvature)))
    }
  }

  @Test(arguments: [2, 3, 4, 7, 12]) func symmetricReductionAgrees(contexts: Int) throws {
    let task = try LearningTask(target: 1.3 * Matrix.identity(contexts))
    let problems = try [
      MaxEntropyProblem(task: task, activeProbability: 0.4, outputScale: 0.9, inputScale: 1.2),
      MaxEntropyProblem(task: task, convention: .moment, outputScale: 1.7, inputScale: 1.7),
      MaxEntropyProblem(task: task, activeProbability: 0.6, ensemble: .gibbs(tightness: 7)),
      MaxEntropyProblem(
        task: task, ensemble: .gibbs(tightness: 7), stimulusCovariance: 2.5 * Matrix.identity(contexts)),
    ]
    for problem in problems {
      let fast = try problem.solve()
      let full = try problem.solve(method: .enumeration)
      #expect(agree(fast.multipliers.elements, full.multipliers.elements, 1e-9))
      #expect(agree(fast.readout.elements, full.readout.elements, 1e-9))
      #expect(agree(fast.outputSecondMoment, full.outputSecondMoment, 1e-9))
      #expect(agree(fast.inputSecondMoment, full.inputSecondMoment, 1e-9))
      #expect(agree(fast.patternKL, full.patternKL, 1e-9))
      #expect(agree(fast.meanStructure, full.meanStructure, 1e-9))
      #expect(try agree(#require(fast.readoutShare), #require(full.readoutShare), 1e-9))
      #expect(agree(fast.relativeEntropy ?? 0, full.relativeEntropy ?? 0, 1e-9))
      #expect(agree(fast.entropy ?? 0, full.entropy ?? 0, 1e-9))
      #expect(agree(fast.populations.map(\.weight), full.populations.map(\.weight), 1e-9))
      #expect(agree(fast.populations.map(\.structure), full.populations.map(\.structure), 1e-9))
      #expect(agree(fast.productLossTimesN ?? 0, full.productLossTimesN ?? 0, 1e-9))
      #expect(agree(fast.gibbsLossLeading ?? 0, full.gibbsLossLeading ?? 0, 1e-9))
      #expect(agree(fast.gibbsLossFirstCorrection ?? 0, full.gibbsLossFirstCorrection ?? 0, 1e-8))
    }
  }

  /// The loss depends on the stimulus covariance also where the solution does not.
  @Test func productLossWithCovariance() throws {
    let covariance = Matrix([[2, 0.3, 0.1], [0.3, 1, -0.2], [0.1, -0.2, 0.5]])
    let problem = try MaxEntropyProblem(task: .inputSelection(contexts: 3), stimulusCovariance: covariance)
    let fast = try problem.solve()
    let full = try problem.solve(method: .enumeration)
    #expect(try agree(#require(fast.productLossTimesN), #require(full.productLossTimesN), 1e-9))
    // ½ Σ_c tr(S Cov R_c), from the covariance of the readout.
    let prediction = try #require(ProductPrediction(full))
    let spread = try #require(prediction.readoutCovarianceTimesN)
    var loss = 0.0
    for c in 0..<3 {
      for d in 0..<3 { for e in 0..<3 { loss += 0.5 * covariance[d, e] * spread[c * 3 + d, c * 3 + e] } }
    }
    #expect(agree(prediction.lossTimesN, loss, 1e-9))
  }

  @Test func manyContexts() throws {
    for (convention, scale) in [(WeightConvention.prior, 1.0), (.moment, 2.0)] {
      let solution = try MaxEntropyProblem(
        task: .inputSelection(contexts: 512), convention: convention, outputScale: scale, inputScale: scale
      ).solve()
      #expect(solution.residual < 1e-9)
      #expect(abs(solution.readout[3, 3] - 1) < 1e-9 && abs(solution.readout[3, 4]) < 1e-9)
      #expect(solution.populations.count == 513)
      #expect(abs(solution.populations.reduce(0) { $0 + $1.weight } - 1) < 1e-12)
      #expect(try abs(#require(solution.readoutShare).reduce(0, +) - 1) < 1e-9)
    }
    let gibbs = try MaxEntropyProblem(
      task: .inputSelection(contexts: 512), ensemble: .gibbs(tightness: 10)
    ).solve()
    #expect(gibbs.residual < 1e-10)
    // ½ d/dβ log det(1 + βC), once more by solving anew at two other tightnesses.
    let halves = try [10.001, 9.999].map { tightness in
      let solution = try MaxEntropyProblem(
        task: .inputSelection(contexts: 512), ensemble: .gibbs(tightness: tightness)
      ).solve()
      let x = [solution.scaledMultipliers[0, 0], -solution.scaledMultipliers[0, 1]]
      var patterns = SymmetricPatterns(
        contexts: 512, scale: 1,
        logPrior: try SymmetricPatterns.binomialLogPrior(contexts: 512, activeProbability: 0.5))
      _ = patterns.logSum(at: x)
      return try 0.5 * GibbsCorrection.logDeterminant(&patterns, at: x, tightness: tightness)
    }
    let correction = try #require(gibbs.gibbsLossFirstCorrection)
    #expect(abs((halves[0] - halves[1]) / 0.002 / correction - 1) < 1e-6)
  }

  /// Away from π = 1/2 the readout is carried by populations of vanishing weight; the equations still hold.
  @Test(arguments: [(64, 0.1), (64, 0.01), (512, 0.1), (512, 0.9)]) func loadedPopulations(
    contexts: Int, activeProbability: Double
  ) throws {
    for (convention, scale) in [(WeightConvention.prior, 1.0), (.moment, 3.0)] {
      let solution = try MaxEntropyProblem(
        task: .inputSelection(contexts: contexts), activeProbability: activeProbability, convention: convention,
        outputScale: scale, inputScale: scale
      ).solve()
      #expect(solution.smallestMargin < 1e-10)
      #expect(solution.residual < 1e-9)
      #expect(solution.residual < 1e-9 && abs(solution.readout[0, 0] - 1) < 1e-9 && abs(solution.readout[0, 1]) < 1e-9)
    }
  }

  /// Where both methods reach, the loads agree with plain enumeration.
  @Test func loadsAgreeWithEnumeration() throws {
    let problem = try MaxEntropyProblem(task: .inputSelection(contexts: 6), activeProbability: 0.001)
    let fast = try problem.solve()
    let full = try problem.solve(method: .enumeration)
    #expect(fast.smallestMargin < 1e-5)
    #expect(agree(fast.multipliers.elements, full.multipliers.elements, 1e-8))
    #expect(agree(fast.outputSecondMoment, full.outputSecondMoment, 1e-7))
    #expect(abs(fast.smallestMargin / full.smallestMargin - 1) < 1e-8)
  }

  @Test func generalTargetOfManyContexts() throws {
    let target = genericTarget(14, 14)
    let solution = try MaxEntropyProblem(task: LearningTask(target: target), outputScale: 1.1).solve()
    #expect(solution.residual < 1e-10)
    #expect(solution.populations.count == MaxEntropySolution.listedPopulations + 1)
    #expect(abs(solution.populations.reduce(0) { $0 + $1.weight } - 1) < 1e-10)
    let weights = solution.populations.dropLast().map(\.weight)
    #expect(zip(weights, weights.dropFirst()).allSatisfy { $0 >= $1 })
    guard case .rest(let patterns) = solution.populations.last?.members else {
      Issue.record("the last entry should stand for the rest")
      return
    }
    #expect(patterns == (1 << 14) - MaxEntropySolution.listedPopulations)
  }

  /// Only σ_w σ_m against A matters: a solution scales, from 0.05 to 50 and with targets a thousand times σ².
  @Test(arguments: [0.05, 1, 50]) func scales(scale: Double) throws {
    for size in [0.01, 1, 1000] {
      let variance = scale * scale
      let target = genericTarget(3, 2)
      let solution = try MaxEntropyProblem(
        task: LearningTask(target: (size * variance) * target), outputScale: scale, inputScale: scale
      ).solve()
      let unit = try MaxEntropyProblem(task: LearningTask(target: size * target)).solve()
      #expect(solution.residual < 1e-11 * max(1, size) * max(1, variance))
      #expect(agree((variance * solution.multipliers).elements, unit.multipliers.elements, 1e-8))
      #expect(agree(solution.outputSecondMoment / variance, unit.outputSecondMoment, 1e-8))
      #expect(agree(solution.patternKL, unit.patternKL, 1e-8))
    }
  }

  @Test func nearTheFeasibilityBound() throws {
    let bound = ((6.0).squareRoot() + (2.0).squareRoot()) / 2 / (2.0).squareRoot()
    let above = (bound * (1 + 1e-4)).squareRoot()
    let solution = try MaxEntropyProblem(
      task: .inputSelection(contexts: 2), convention: .moment, outputScale: above, inputScale: above
    ).solve()
    #expect(solution.residual < 1e-9 && solution.meanStructure > 0.9)
    let below = (bound * (1 - 1e-4)).squareRoot()
    #expect {
      try MaxEntropyProblem(
        task: .inputSelection(contexts: 2), convention: .moment, outputScale: below, inputScale: below
      ).solve()
    } throws: { error in
      guard case MaxEntropyError.infeasibleScale(_, let smallest) = error else { return false }
      return abs(smallest / bound - 1) < 1e-6
    }
  }

  @Test func degenerateTasks() throws {
    let equal = try MaxEntropyProblem(task: LearningTask(target: [[1, 2], [1, 2], [0, 0]])).solve()
    #expect(equal.residual < 1e-12 && equal.constraintRank == 6)
    let zero = try MaxEntropyProblem(
      task: LearningTask(target: [[0, 0], [0, 0]]), convention: .moment, outputScale: 0.3, inputScale: 2
    ).solve()
    #expect(zero.readoutShare == nil && zero.multipliers.squaredNorm == 0)
    // The entropy of a Gaussian in 1 + 2 dimensions.
    let entropy = 1.5 * log(2 * .pi * exp(1)) + log(0.3) + 2 * log(2)
    #expect(try abs(#require(zero.entropy) - entropy) < 1e-12)
  }

  /// All gains one: a single population, in closed form v/(1-|v|²) = A/(σ_w σ_m).
  @Test func allGainsOne() throws {
    let solution = try MaxEntropyProblem(task: LearningTask(target: [[3, 4], [3, 4]]), activeProbability: 1).solve()
    let length = ((1 + 4 * 25.0).squareRoot() - 1) / 10
    #expect(solution.constraintRank == 2)
    #expect(agree(solution.multipliers.elements, [0.3, 0.4, 0.3, 0.4].map { $0 * length }, 1e-12))
    #expect(solution.populations.map(\.weight) == [0, 0, 0, 1])
    #expect(abs(solution.meanStructure - length * length) < 1e-12)
    let many = try MaxEntropyProblem(
      task: LearningTask(target: Matrix(rows: 40, columns: 2, repeating: 0.5)), activeProbability: 1,
      convention: .moment
    ).solve()
    #expect(many.residual < 1e-10)
    #expect {
      try MaxEntropyProblem(task: LearningTask(target: [[1, 0], [1, 0], [1, 1e-6]]), activeProbability: 1).solve()
    } throws: { $0 as? MaxEntropyError == .unequalRows(first: 0, second: 2) }
    // Bound to a soft constraint, unequal rows are compatible: the mean row is what can be reached.
    let soft = try MaxEntropyProblem(
      task: LearningTask(target: [[1, 0], [0, 1]]), activeProbability: 1, ensemble: .gibbs(tightness: 1000)
    ).solve()
    #expect(soft.residual < 1e-10)
    let full = try GibbsPrediction(soft.problem, neurons: 100_000)
    #expect(try agree(soft.readout.elements, #require(full).readout.elements, 1e-4))
    let expected = try #require(soft.gibbsLossFirstCorrection)
    let measured = try (#require(full).loss - #require(soft.gibbsLossLeading)) * 100_000
    #expect(abs(measured / expected - 1) < 1e-3)
  }

  /// Of tightness 0 the Gibbs ensemble is the prior, which the limit of small tightness reaches in any units.
  @Test(arguments: [
    (GainReference.independent(activeProbability: 0.3), 1.0), (.independent(activeProbability: 1), 1),
    (.independent(activeProbability: 0.5), 0x1p-60), (.given(Matrix([[1, 0], [0.5, 1], [1, 1]])), 0x1p40),
  ])
  func tightnessZeroIsThePrior(gains: GainReference, scale: Double) throws {
    let task = try LearningTask(target: [[1, 0], [0.3, -1]])
    let solution = try MaxEntropyProblem(
      task: task, gains: gains, outputScale: scale, inputScale: scale, ensemble: .gibbs(tightness: 0)
    ).solve()
    #expect(solution.multipliers.elements.allSatisfy { $0 == 0 } && solution.readout.elements.allSatisfy { $0 == 0 })
    func equals(_ found: Double, _ expected: Double) -> Bool { abs(found - expected) <= 1e-12 * abs(expected) }
    #expect(equals(solution.outputSecondMoment, scale * scale))
    #expect(equals(solution.inputSecondMoment, 2 * scale * scale))
    #expect(solution.patternKL < 1e-14 && solution.meanStructure < 1e-14 && solution.relativeEntropy == 0)
    #expect(equals(try #require(solution.gibbsLossLeading), 0.5 * task.target.squaredNorm))
  }

  @Test func refusals() throws {
    let task = try LearningTask.inputSelection(contexts: 2)
    func refused(_ error: Error, _ words: [String]) -> Bool {
      let text = "\(error)"
      return error is MaxEntropyError && words.allSatisfy(text.contains)
    }
    for value in [0, -0.1, 1.5, Double.nan] {
      #expect(
        performing: { try MaxEntropyProblem(task: task, activeProbability: value) },
        throws: {
          refused($0, ["active probability", "at most 1"])
        })
    }
    for value in [0, -1, Double.infinity, .nan] {
      #expect(
        performing: { try MaxEntropyProblem(task: task, inputScale: value) },
        throws: {
          refused($0, ["input scale", "positive"])
        })
    }
    for value in [-1, Double.infinity, .nan] {
      #expect(
        performing: { try MaxEntropyProblem(task: task, ensemble: .gibbs(tightness: value)) },
        throws: {
          refused($0, ["tightness", "finite number from 0"])
        })
    }
    #expect(throws: MaxEntropyError.momentWithGibbs) {
      try MaxEntropyProblem(task: task, convention: .moment, ensemble: .gibbs(tightness: 1))
    }
    for covariance in [[[1, 0.5], [0.4, 1]], [[1, 2], [2, 1]], [[1.0]], [[1, .nan], [.nan, 1]]] {
      #expect(
        performing: { try MaxEntropyProblem(task: task, stimulusCovariance: Matrix(covariance)) },
        throws: {
          refused($0, ["stimulus covariance"])
        })
    }
    #expect(
      performing: {
        try MaxEntropyProblem(task: LearningTask(target: Matrix(rows: 21, columns: 1, repeating: 1))).solve()
      }, throws: { refused($0, ["21", "20", "identity"]) })
    #expect(throws: LearningTaskError.raggedTarget(context: 1, expected: 2, found: 1)) {
      try LearningTask(target: [[1, 2], [3]])
    }
    #expect(throws: LearningTaskError.emptyTarget(contexts: 0, features: 0)) { try LearningTask(target: []) }
    #expect(throws: LearningTaskError.nonFiniteEntry(context: 0, feature: 1, value: .infinity)) {
      try LearningTask(target: [[1, .infinity]])
    }
  }
}
