// The dual of given gains: derivatives, solutions, what degenerate gains force, and its kinship with drawn gains.

import Foundation
import Sampling
import Testing

@testable import Networks

/// Gains of `neurons` neurons: coins, or normal numbers.
func randomGains(_ neurons: Int, _ contexts: Int, binary: Bool = true, seed: UInt64 = 7) throws -> Matrix {
  var stream = try RandomStream(StreamKey(seed: seed, chain: neurons, purpose: .testing))
  return Matrix(
    rows: neurons, columns: contexts,
    elements: (0..<neurons * contexts).map { _ in
      binary ? (stream.bernoulli(0.5) ? 1 : 0) : stream.standardNormal()
    })
}

@Suite struct FixedGainsDualTests {
  /// Real gains of twelve neurons with unequal fractions in three contexts, a generic point and target.
  private func geometry() throws -> (GivenPatterns, [Double]) {
    let gains = GivenGains(try randomGains(12, 3, binary: false))
    let fractions = (0..<12).map { Double($0 + 1) / 78 }
    let patterns = GivenPatterns(
      patterns: gains.patterns, fractions: fractions, target: genericTarget(3, 2),
      inverseCovariance: Matrix([[1.3, 0.2], [0.2, 0.8]]))
    return (patterns, (0..<6).map { 0.2 * cos(Double(5 * $0 + 2)) })
  }

  @Test(arguments: [0.0, 0.01]) func derivatives(barrier: Double) throws {
    let (start, x) = try geometry()
    var patterns = start
    patterns.barrier = barrier
    func value(_ x: [Double]) throws -> Double {
      let logSum = patterns.logSum(at: x)
      return try #require(logSum) - 0.5 * barrier * patterns.logMargins.sum
    }
    func gradient(_ x: [Double]) throws -> [Double] {
      _ = try value(x)
      return patterns.derivatives(at: x).gradient
    }
    _ = try value(x)
    #expect(patterns.smallestMargin < 0.8)
    let derivatives = patterns.derivatives(at: x)
    let h = 1e-5
    for i in 0..<x.count {
      var up = x
      var down = x
      up[i] += h
      down[i] -= h
      #expect(abs((try value(up) - value(down)) / (2 * h) - derivatives.gradient[i]) < 1e-9)
      let slopes = zip(try gradient(up), try gradient(down)).map { ($0 - $1) / (2 * h) }
      for j in 0..<x.count { #expect(agree(slopes[j], derivatives.hessian[i, j], 1e-8)) }
    }
  }

  @Test func thirdDerivative() throws {
    let (start, x) = try geometry()
    var patterns = start
    let direction = (0..<x.count).map { sin(Double($0) + 1) }
    func hessian(_ offset: Double) throws -> Matrix {
      let inside = patterns.logSum(at: zip(x, direction).map { $0 + offset * $1 }) != nil
      #expect(inside)
      return patterns.derivatives(at: x).hessian
    }
    let h = 1e-5
    let difference = (1 / (2 * h)) * (try hessian(h) - hessian(-h))
    _ = try hessian(0)
    let exact = patterns.hessianDerivative(at: x, along: direction)
    let size = sqrt(exact.squaredNorm)
    #expect(size > 1)
    for (a, b) in zip(exact.elements, difference.elements) { #expect(abs(a - b) < 1e-8 * size) }
  }

  /// The whole dual in its natural parameters, among them the precisions that the moment convention solves for.
  @Test(arguments: [(WeightConvention.prior, nil), (.moment, nil), (.prior, 3.0)] as [(WeightConvention, Double?)])
  func dualDerivatives(convention: WeightConvention, tightness: Double?) throws {
    let (patterns, x) = try geometry()
    for barrier in [0, 0.02] {
      var newton = DualNewton(geometry: patterns, convention: convention, tightness: tightness)
      newton.geometry.barrier = barrier
      let moment = convention == .moment
      let point = DualPoint(
        coordinates: x, outputPrecision: moment ? 1.7 : 1, inputPrecision: moment ? 1.2 : 1, residual: 0, iterations: 0)
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
        #expect(abs(slope - dot(gradient, direction)) < 1e-6)
        #expect(abs(curvature - dot(direction, hessian * direction)) < 1e-6 * max(1, abs(curvature)))
      }
    }
  }

  /// The target, and in the moment convention the second moments, summed neuron by neuron from the reported multipliers.
  private func expectSolved(_ solution: MaxEntropySolution, sourceLocation: SourceLocation = #_sourceLocation) {
    guard case .given(let gains) = solution.problem.gains else { return }
    let task = solution.problem.task
    let a = solution.outputPrecision * solution.inputPrecision
    let count = Double(gains.rows)
    var readout = Matrix(rows: task.contexts, columns: task.features)
    var output = 0.0
    var input = 0.0
    for i in 0..<gains.rows {
      let u = solution.multipliers.transposed * gains.row(i)
      let gap = a - dot(u, u)
      for c in 0..<task.contexts {
        for d in 0..<task.features { readout[c, d] += gains[i, c] * u[d] / gap / count }
      }
      output += solution.inputPrecision / gap / count
      input += (Double(task.features) + dot(u, u) / gap) / solution.inputPrecision / count
    }
    let largest = task.target.elements.reduce(1) { max($0, abs($1)) }
    for (found, wanted) in zip(readout.elements, task.target.elements) {
      #expect(abs(found - wanted) < 1e-10 * largest, sourceLocation: sourceLocation)
    }
    #expect(solution.residual < 1e-10 * largest, sourceLocation: sourceLocation)
    #expect(agree(output, solution.outputSecondMoment, 1e-10), sourceLocation: sourceLocation)
    #expect(agree(input, solution.inputSecondMoment, 1e-10), sourceLocation: sourceLocation)
    if solution.problem.convention == .moment {
      let problem = solution.problem
      #expect(agree(output / pow(problem.outputScale, 2), 1, 1e-9), sourceLocation: sourceLocation)
      #expect(
        agree(input / pow(problem.inputScale, 2) / Double(task.features), 1, 1e-9), sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [6, 20, 100, 1000], [true, false]) func targetIsMet(neurons: Int, binary: Bool) throws {
    let gains = try randomGains(neurons, 3, binary: binary)
    for features in [1, 3] {
      let task = try LearningTask(target: genericTarget(3, features))
      for (convention, output, input) in [
        (WeightConvention.prior, 1.0, 1.0), (.prior, 0.1, 0.4), (.prior, 5, 3), (.moment, 2.5, 2), (.moment, 30, 20),
      ] {
        let solution = try MaxEntropyProblem(
          task: task, gains: .given(gains), convention: convention, outputScale: output, inputScale: input
        ).solve()
        expectSolved(solution)
        #expect(solution.constraintRank == 3 * features)
        #expect(abs(solution.populations.reduce(0) { $0 + $1.weight } - 1) < 1e-12)
        #expect(try abs(#require(solution.readoutShare).reduce(0, +) - 1) < 1e-9)
        #expect(solution.patternKL == 0)
      }
    }
    let populations = GivenGains(gains).patterns.rows
    #expect(binary ? populations <= 8 : populations == neurons)
  }

  /// With every pattern in proportion to P(g) the readout condition of drawn gains is met by the same multipliers: both say
  /// Σ_g P(g) g u_g/(a - |u_g|²) = A, and both conditions have one solution only.
  @Test(arguments: [WeightConvention.prior, .moment]) func drawnPatternsHaveTheSameMultipliers(
    convention: WeightConvention
  ) throws {
    let task = try LearningTask(target: genericTarget(3, 2))
    let drawn = try MaxEntropyProblem(
      task: task, activeProbability: 0.4, convention: convention, outputScale: 1.9, inputScale: 1.4
    ).solve()
    guard case .enumerated(_, let probability, _) = drawn.table else {
      Issue.record("a generic target is enumerated")
      return
    }
    let patterns = Matrix((0..<8).map { GainPattern(index: $0, contexts: 3).bits.map(Double.init) })
    let scale = drawn.problem.scaleProduct
    var newton = DualNewton(
      geometry: GivenPatterns(patterns: patterns, fractions: probability, target: (1 / scale) * task.target),
      convention: convention)
    let point = try newton.minimizeAlongPath()
    #expect(point.residual < 1e-12)
    #expect(agree(point.coordinates, drawn.scaledMultipliers.elements, 1e-10))
    #expect(agree(point.outputPrecision, drawn.outputPrecision * 1.9 * 1.9, 1e-10))
    #expect(agree(point.inputPrecision, drawn.inputPrecision * 1.4 * 1.4, 1e-10))
    // In proportion to the prior instead, they differ.
    let prior = EnumeratedPatterns.independentPrior(contexts: 3, activeProbability: 0.4)
    var other = DualNewton(
      geometry: GivenPatterns(
        patterns: patterns, fractions: (0..<8).map { prior[$0.nonzeroBitCount] }, target: (1 / scale) * task.target),
      convention: convention)
    #expect(try !agree(other.minimizeAlongPath().coordinates, drawn.scaledMultipliers.elements, 1e-4))
  }

  /// The same by whole neurons: 200,000 of them in the proportions of P(g), rounded.
  @Test func manyNeuronsInDrawnProportions() throws {
    let task = try LearningTask.inputSelection(contexts: 2)
    let drawn = try MaxEntropyProblem(task: task).solve()
    var rows: [[Double]] = []
    for population in drawn.populations {
      guard case .pattern(let pattern) = population.members else { continue }
      let count = Int((200_000 * population.weight).rounded())
      rows += [[Double]](repeating: pattern.bits.map(Double.init), count: count)
    }
    let given = try MaxEntropyProblem(task: task, gains: .given(Matrix(rows))).solve()
    #expect(agree(given.multipliers.elements, drawn.multipliers.elements, 2e-5))
    #expect(agree(given.meanStructure, drawn.meanStructure, 2e-5))
    #expect(agree(given.populations.map(\.structure), drawn.populations.map(\.structure), 2e-5))
    #expect(given.populations.map(\.members) == drawn.populations.map(\.members))
    #expect(try agree(#require(given.readoutShare), #require(drawn.readoutShare), 2e-5))
    // Drawn patterns make the readout fluctuate more.
    #expect(try #require(given.productLossTimesN) < #require(drawn.productLossTimesN))
  }

  /// All gains one by either way of saying so.
  @Test(arguments: [nil, 5.0] as [Double?]) func allGainsOne(tightness: Double?) throws {
    let task = try LearningTask(target: tightness == nil ? [[1, -0.4], [1, -0.4]] : [[1, -0.4], [0.2, 0.7]])
    let ensemble = tightness.map { NetworkEnsemble.gibbs(tightness: $0) } ?? .product
    let covariance = Matrix([[1.4, 0.3], [0.3, 0.9]])
    let ones = try MaxEntropyProblem(
      task: task, gains: .given(Matrix(rows: 30, columns: 2, repeating: 1)), outputScale: 1.2, inputScale: 0.7,
      ensemble: ensemble, stimulusCovariance: covariance)
    let saturated = try MaxEntropyProblem(
      task: task, activeProbability: 1, outputScale: 1.2, inputScale: 0.7, ensemble: ensemble,
      stimulusCovariance: covariance)
    let given = try ones.solve()
    let expected = try saturated.solve()
    #expect(agree(given.multipliers.elements, expected.multipliers.elements, 1e-10))
    #expect(agree(given.readout.elements, expected.readout.elements, 1e-10))
    #expect(given.constraintRank == 2 && expected.constraintRank == 2)
    #expect(agree(given.outputSecondMoment, expected.outputSecondMoment, 1e-10))
    #expect(agree(given.inputSecondMoment, expected.inputSecondMoment, 1e-10))
    #expect(agree(given.relativeEntropy ?? 0, expected.relativeEntropy ?? 0, 1e-10))
    #expect(agree(given.productLossTimesN ?? 0, expected.productLossTimesN ?? 0, 1e-10))
    #expect(agree(given.gibbsLossLeading ?? 0, expected.gibbsLossLeading ?? 0, 1e-10))
    #expect(agree(given.gibbsLossFirstCorrection ?? 0, expected.gibbsLossFirstCorrection ?? 0, 1e-9))
    #expect(given.residual < 1e-10)
    if tightness == nil {
      let prediction = try #require(ProductPrediction(given))
      let reference = try #require(ProductPrediction(expected))
      let spread = try #require(prediction.readoutCovarianceTimesN)
      #expect(try agree(spread.elements, #require(reference.readoutCovarianceTimesN).elements, 1e-10))
      #expect(
        agree(
          prediction.inputSecondMoment.deviationTimesRootN, reference.inputSecondMoment.deviationTimesRootN, 1e-10))
    } else {
      let exact = try #require(try GibbsPrediction(ones, neurons: 30))
      #expect(try exact.loss == #require(try GibbsPrediction(saturated, neurons: 30)).loss)
    }
  }
}

@Suite struct FixedGainsDegeneracyTests {
  /// Columns of binary gains: independent ones, and others made from them.
  private func gains(_ combine: ([Double]) -> [Double]) throws -> Matrix {
    let base = try randomGains(40, 3)
    return Matrix(base.rowArrays.map(combine))
  }

  private func expectLeastNorm(_ solution: MaxEntropySolution, rank: Int, null: [[Double]]) {
    #expect(solution.constraintRank == rank * solution.problem.task.features)
    #expect(solution.residual < 1e-10)
    // Least norm: nothing along the combinations that no neuron notices.
    for vector in null {
      for value in solution.multipliers.transposed * vector { #expect(abs(value) < 1e-12) }
    }
  }

  @Test(arguments: [WeightConvention.prior, .moment]) func identicalColumns(convention: WeightConvention) throws {
    let task = try LearningTask(target: [[1, 0], [0.3, 0.8], [1, 0]])
    let scale = convention == .prior ? 0.8 : 2.5
    let degenerate = try MaxEntropyProblem(
      task: task, gains: .given(gains { [$0[0], $0[1], $0[0]] }), convention: convention, outputScale: scale,
      inputScale: scale
    ).solve()
    expectLeastNorm(degenerate, rank: 2, null: [[1, 0, -1]])
    // The same neurons seen by two contexts.
    let plain = try MaxEntropyProblem(
      task: LearningTask(target: [[1, 0], [0.3, 0.8]]), gains: .given(gains { [$0[0], $0[1]] }),
      convention: convention, outputScale: scale, inputScale: scale
    ).solve()
    for d in 0..<2 {
      #expect(agree(2 * degenerate.multipliers[0, d], plain.multipliers[0, d], 1e-10))
      #expect(agree(degenerate.multipliers[1, d], plain.multipliers[1, d], 1e-10))
    }
    #expect(agree(degenerate.outputSecondMoment, plain.outputSecondMoment, 1e-10))
    #expect(agree(degenerate.outputPrecision, plain.outputPrecision, 1e-10))
    #expect(agree(degenerate.entropy ?? 0, plain.entropy ?? 0, 1e-10))
    #expect(agree(degenerate.relativeEntropy ?? 0, plain.relativeEntropy ?? 0, 1e-10))
  }

  @Test func emptyColumn() throws {
    let solution = try MaxEntropyProblem(
      task: LearningTask(target: [[1, 0], [0, 0], [0, 1]]), gains: .given(gains { [$0[0], 0, $0[2]] })
    ).solve()
    expectLeastNorm(solution, rank: 2, null: [[0, 1, 0]])
    let idle = try MaxEntropyProblem(
      task: LearningTask(target: [[0, 0], [0, 0]]), gains: .given(Matrix(rows: 5, columns: 2)), convention: .moment,
      outputScale: 0.3, inputScale: 2
    ).solve()
    #expect(idle.constraintRank == 0 && idle.multipliers.squaredNorm == 0 && idle.productLossTimesN == 0)
    #expect(agree(idle.outputSecondMoment, 0.09, 1e-14) && agree(idle.inputSecondMoment, 8, 1e-14))
  }

  /// g_2 = g_0 - 2 g_1 and g_4 = 0.5 g_0 + 3 g_3, with real gains in column 3.
  @Test func dependentColumns() throws {
    let matrix = try gains { [$0[0], $0[1], $0[0] - 2 * $0[1], $0[2] + 0.25, 0.5 * $0[0] + 3 * ($0[2] + 0.25)] }
    let span = try GainSpan(GivenGains(matrix))
    #expect(span.rank == 3)
    #expect(span.identities.map(\.description) == ["g_2 = g_0 - 2 g_1", "g_4 = 0.5 g_0 + 3 g_3"])
    #expect(agree((span.basis.transposed * span.basis).elements, Matrix.identity(3).elements, 1e-13))
    let a = [0.7, -0.2, 0.4]
    let rows = [a[0], a[1], a[0] - 2 * a[1], a[2], 0.5 * a[0] + 3 * a[2]]
    let solution = try MaxEntropyProblem(task: LearningTask(target: rows.map { [$0] }), gains: .given(matrix)).solve()
    expectLeastNorm(solution, rank: 3, null: [[1, -2, -1, 0, 0], [0.5, 0, 0, 3, -1]])
    let prediction = try #require(ProductPrediction(solution))
    // Cov R obeys the identities too.
    let spread = try #require(prediction.readoutCovarianceTimesN)
    for value in spread * [1, -2, -1, 0, 0] { #expect(abs(value) < 1e-12) }
  }

  @Test func refusalNamesTheIdentity() throws {
    let task = try LearningTask(target: [[1, 0], [0, 1], [1, 0.25]])
    for convention in WeightConvention.allCases {
      #expect {
        try MaxEntropyProblem(
          task: task, gains: .given(try gains { [$0[0], $0[1], $0[0]] }), convention: convention, outputScale: 9
        ).solve()
      } throws: { error in
        guard case .dependentGains(let identity, 1, let violation) = error as? MaxEntropyError else { return false }
        let words = ["g_2 = g_0 for every neuron", "R_2 = R_0", "by 0.25 in feature 1", "Gibbs ensemble"]
        return abs(violation - 0.25) < 1e-12 && identity.terms.map(\.context) == [0]
          && words.allSatisfy("\(error)".contains)
      }
    }
    #expect {
      try MaxEntropyProblem(task: task, gains: .given(try gains { [$0[0], $0[1], 0] })).solve()
    } throws: { "\($0)".contains("obey g_2 = 0 for every neuron") }
    // The Gibbs ensemble comes as close as it can: unreachable parts of the target stay, to the full tightness.
    let gibbs = try MaxEntropyProblem(
      task: task, gains: .given(try gains { [$0[0], $0[1], $0[0]] }), ensemble: .gibbs(tightness: 1e4),
      stimulusCovariance: Matrix([[1, 0.2], [0.2, 0.6]])
    ).solve()
    #expect(gibbs.residual < 1e-9)
    #expect(agree(gibbs.readout.row(0), gibbs.readout.row(2), 1e-10))
    #expect(agree(gibbs.readout.row(0), [1, 0.125], 1e-3))
    // The unreachable part of the loss: ½ S_11 (0.125² + 0.125²).
    #expect(try agree(#require(gibbs.gibbsLossLeading), 0.6 * 0.125 * 0.125, 1e-5))
    let nothing = try MaxEntropyProblem(
      task: task, gains: .given(Matrix(rows: 4, columns: 3)), ensemble: .gibbs(tightness: 2)
    ).solve()
    #expect(nothing.gibbsLossFirstCorrection == 0)
    #expect(try agree(#require(nothing.gibbsLossLeading), 0.5 * task.target.squaredNorm, 1e-14))
  }

  /// Nearly equal columns are told apart, at the price of large multipliers.
  @Test func nearlyDependentColumns() throws {
    let base = try randomGains(200, 2)
    let matrix = Matrix(
      base.rowArrays.enumerated().map { [$1[0], $1[1], $1[0] * ($0 % 2 == 0 ? 1 : 1.001)] })
    let solution = try MaxEntropyProblem(
      task: LearningTask(target: [[1, 0], [0.3, 0.8], [1.0005, 0.01]]), gains: .given(matrix)
    ).solve()
    #expect(solution.constraintRank == 6)
    #expect(solution.residual < 1e-10)
    #expect(solution.multipliers.squaredNorm > 1)
  }

  /// The moment convention's bound, with only the patterns that occur as atoms.
  @Test func feasibilityOverThePatternsThatOccur() throws {
    let task = try LearningTask.inputSelection(contexts: 2)
    // All four patterns: the norm of THEORY section 2, whatever the fractions.
    let all = Matrix([[0, 0], [0, 1], [1, 0], [1, 1], [1, 1], [1, 1]])
    let full = try MaxEntropyProblem(task: task, gains: .given(all)).atomicNorm()
    let known = (sqrt(6) + sqrt(2)) / 2
    #expect(abs(full.lower - known) < 1e-6 && abs(full.upper - known) < 1e-6)
    // Without the common pattern: two atoms, each of norm one.
    let single = try MaxEntropyProblem(task: task, gains: .given(Matrix([[0, 1], [1, 0], [1, 0]]))).atomicNorm()
    #expect(abs(single.upper - 2) < 1e-6 && single.lower <= 2 && single.upper - single.lower < 1e-6)
    // 11 and 10: the second row comes from 11, which the first row must undo: |e_1| + |e_0 - e_1|.
    let nested = try MaxEntropyProblem(task: task, gains: .given(Matrix([[1, 1], [1, 0]]))).atomicNorm()
    #expect(abs(nested.upper - (1 + sqrt(2))) < 1e-5)
    // A gain of two halves the cost.
    let double = try MaxEntropyProblem(task: task, gains: .given(Matrix([[0, 2], [1, 0]]))).atomicNorm()
    #expect(abs(double.upper - 1.5) < 1e-6)
    for (factor, isFeasible) in [(1.0 + 1e-4, true), (1 - 1e-4, false)] {
      let scale = (factor * nested.upper / sqrt(2)).squareRoot()
      let problem = try MaxEntropyProblem(
        task: task, gains: .given(Matrix([[1, 1], [1, 0]])), convention: .moment, outputScale: scale, inputScale: scale)
      if isFeasible {
        let solution = try problem.solve()
        #expect(solution.residual < 1e-9 && solution.meanStructure > 0.9)
      } else {
        #expect {
          try problem.solve()
        } throws: { error in
          guard case MaxEntropyError.infeasibleScale(_, let smallest) = error else { return false }
          return abs(smallest * sqrt(2) / nested.upper - 1) < 1e-6
        }
      }
    }
  }

  @Test func badGainsAreRefused() throws {
    let task = try LearningTask.inputSelection(contexts: 2)
    func message(_ gains: Matrix) -> String? {
      do {
        _ = try MaxEntropyProblem(task: task, gains: .given(gains))
        return nil
      } catch { return "\(error)" }
    }
    #expect(message(Matrix(rows: 4, columns: 3))?.contains("4 rows and 3 columns") == true)
    #expect(message(Matrix(rows: 0, columns: 2))?.contains("at least one row") == true)
    #expect(message(Matrix([[0, 1], [.nan, 1]]))?.contains("nan for neuron 1 in context 0") == true)
    #expect(message(Matrix([[0, .infinity]]))?.contains("inf for neuron 0 in context 1") == true)
    #expect(message(Matrix([[0, -1.5], [2, 0]])) == nil)
    let ensemble = GainModulatedLinearEnsemble(
      task: task, neurons: 3, ensemble: .gibbs(tightness: 1), convention: .prior, outputScale: 1, inputScale: 1,
      gains: .given(Matrix(rows: 4, columns: 2)), stimulusCovariance: .identity(2))
    let words = "allowed: 3 rows (one a neuron) and 2 columns"
    #expect { try ensemble.density() } throws: { "\($0)".contains(words) }
    #expect { try ensemble.solve() } throws: { "\($0)".contains(words) }
  }
}
