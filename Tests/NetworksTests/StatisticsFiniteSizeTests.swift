// Finite-size fits and phase diagrams: exact polynomials, calibrated errors, theory's coefficients and tables.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct StatisticsFiniteSizeTests {
  static let widths = [10, 20, 40, 80, 160]

  /// A polynomial without noise is found exactly.
  @Test func polynomialsAreExact() throws {
    let points = Self.widths.map { n in
      FiniteSizePoint(
        neurons: n, value: 2 - 3 / Double(n) + 50 / Double(n * n), standardError: 0.01 + 0.1 / Double(n))
    }
    let fit = try FiniteSizeFit(points, order: 2)
    #expect(zip(fit.coefficients, [2, -3, 50]).allSatisfy { abs($0 - $1) < 1e-9 })
    #expect(fit.chiSquared < 1e-15 && fit.degreesOfFreedom == 2)
    #expect(abs(fit.value(neurons: 25).value - (2 - 3.0 / 25 + 50.0 / 625)) < 1e-12)
    // |−3x + 50x²| = 0.02: the smallest positive root is of −3x + 50x² = −0.02.
    let root = (3 - (9 - 4 * 50 * 0.02).squareRoot()) / 100
    let needed = try #require(try fit.neuronsNeeded(accuracy: 0.02))
    #expect(abs(needed.value - 1 / root) < 1e-6)
    #expect(try fit.neuronsNeeded(accuracy: 100)?.value == 1)
    // By hand: two points of equal error have limit 2O(2N) − O(N) with error √5 s, and c_1 = 2N (O(N) − O(2N)).
    let two = try FiniteSizeFit(
      [
        FiniteSizePoint(neurons: 10, value: 3, standardError: 0.1),
        FiniteSizePoint(neurons: 20, value: 2, standardError: 0.1),
      ], order: 1)
    #expect(abs(two.limit.value - 1) < 1e-12)
    #expect(abs(try #require(two.limit.standardError) - 0.1 * 5.0.squareRoot()) < 1e-12)
    #expect(abs(two.coefficient(1).value - 20) < 1e-10 && two.pValue == nil)
    #expect(abs(try #require(two.coefficient(1).standardError) - 20 * 0.1 * 2.0.squareRoot()) < 1e-10)
    #expect(abs(try #require(try two.neuronsNeeded(accuracy: 0.5)).value - 40) < 1e-9)
    #expect(abs(try #require(try two.neuronsNeeded(accuracy: 0.5)?.standardError) - 0.4 * 10 * 2.0.squareRoot()) < 1e-9)
    #expect(throws: StatisticsError.self) { try FiniteSizeFit(points, order: 5) }
    #expect(throws: StatisticsError.self) {
      try FiniteSizeFit([FiniteSizePoint(neurons: 10, value: 1, standardError: 0)], order: 0)
    }
    #expect(throws: StatisticsError.self) { try fit.neuronsNeeded(accuracy: 0) }
  }

  /// With noise of the stated size: errors are right, and χ² is.
  @Test func errorsAreRight() throws {
    var stream = try RandomStream(StreamKey(seed: 60, chain: 0, purpose: .testing))
    var squares = RunningMoments()
    var chiSquared = RunningMoments()
    for _ in 0..<300 {
      let points = Self.widths.map { n in
        let error = 0.02 / Double(n).squareRoot()
        return FiniteSizePoint(
          neurons: n, value: 1 + 0.5 / Double(n) + error * stream.standardNormal(), standardError: error)
      }
      let fit = try FiniteSizeFit(points, order: 1)
      let z = (fit.coefficient(1).value - 0.5) / (try #require(fit.coefficient(1).standardError))
      squares.add(z * z)
      chiSquared.add(fit.chiSquared)
    }
    #expect(abs(squares.mean - 1) < 0.4 && abs(chiSquared.mean - 3) < 0.7)
  }

  /// The loss of the product ensemble, measured by drawing networks: c_1 within 3 standard errors of 5% at most.
  @Test func productLossHasItsCoefficient() throws {
    var stream = try RandomStream(StreamKey(seed: 61, chain: 0, purpose: .testing))
    let solution = try MaxEntropyProblem(task: .inputSelection(contexts: 2)).solve()
    let law = NeuronLaw(solution)
    var points: [FiniteSizePoint] = []
    for neurons in Self.widths {
      var chunk = law.makeChunk(neurons: neurons)
      var loss = RunningMoments()
      for _ in 0..<3000 {
        law.draw(into: &chunk, using: &stream)
        let statistics = try PopulationSums(of: [chunk]).populations
        var readout = Matrix(rows: 2, columns: 2)
        for population in statistics where population.weight > 0 {
          for c in 0..<2 {
            for d in 0..<2 { readout[c, d] += population.weight * population.gains[c] * population.covariance[d] }
          }
        }
        loss.add((readout - .identity(2)).squaredNorm / 2)
      }
      points.append(
        FiniteSizePoint(
          neurons: neurons, value: loss.mean, standardError: loss.standardDeviation / Double(loss.count).squareRoot()))
    }
    let theory = try FiniteSizeTheory(solution)
    let expansion = try #require(theory.expansions["loss"])
    #expect(theory.isExact && expansion.leading == 0)
    let fit = try FiniteSizeFit(points, order: 1)
    let found = fit.coefficient(1)
    let error = try #require(found.standardError)
    let wanted = try #require(expansion.firstCorrection)
    #expect(error < 0.05 * found.value && abs(found.value - wanted) < 3 * error, "\(found) for \(wanted)")
    #expect(abs(fit.limit.value) < 4 * (try #require(fit.limit.standardError)))
    #expect(try #require(fit.pValue) > 1e-4)
  }

  /// Theory's coefficients for the Gibbs ensemble, against its exact averages at finite N: c_1 to 5% of a fit to 1/N².
  @Test func gibbsCoefficientsFollowFromExactAverages() throws {
    let problem = try MaxEntropyProblem(task: .inputSelection(contexts: 2), ensemble: .gibbs(tightness: 10))
    let theory = try FiniteSizeTheory(problem.solve())
    #expect(!theory.isExact && theory.expansions["readout[0,1]"]?.firstCorrection == nil)
    let exact = try Self.widths.suffix(3).map { n in (n, try #require(try GibbsPrediction(problem, neurons: n))) }
    for (name, value) in [
      ("loss", { $0.loss }), ("output_second_moment", { $0.outputSecondMoment }),
      ("input_second_moment", { $0.inputSecondMoment }),
    ] as [(String, (GibbsPrediction) -> Double)] {
      let points = exact.map { FiniteSizePoint(neurons: $0.0, value: value($0.1), standardError: 1e-6 * value($0.1)) }
      let fit = try FiniteSizeFit(points, order: 2)
      let expansion = try #require(theory.expansions[name])
      let wanted = try #require(expansion.firstCorrection)
      #expect(abs(fit.coefficient(1).value / wanted - 1) < 0.05, "\(name): \(fit.coefficients) for \(expansion)")
      #expect(abs(fit.limit.value / expansion.leading - 1) < 0.005)
    }
  }
}

@Suite struct StatisticsPhaseDiagramTests {
  /// THEORY section 3's table to its digits, through the grid.
  @Test func tableOfTheory() throws {
    let scales = [0.1, 1, 20].map { $0.squareRoot() }
    let points = try PhaseDiagram().points(contexts: [2, 3, 4, 8], values: scales)
    let table: [[Double]] = [
      [0.7814, 0.8835, 0.1217], [0.7424, 0.5335, 0.0244], [0.6688, 0.0128, 0.0000],
      [0.0717, 0.8857, 0.1667], [0.2923, 0.6275, 0.0267], [0.3747, 0.0213, 0.0000],
      [0.0074, 0.8952, 0.1899], [0.0904, 0.6792, 0.0278], [0.1983, 0.0298, 0.0000],
      [0.0001, 0.9341, 0.1791], [0.0021, 0.7913, 0.0225], [0.0132, 0.0622, 0.0000],
    ]
    #expect(points.count == table.count)
    for (point, row) in zip(points, table) {
      let order = try #require(point.order)
      let found = [order.specialisedShare, order.meanStructure, order.patternKL]
      #expect(zip(found, row).allSatisfy { abs($0 - $1) < 0.5e-4 + 1e-9 }, "\(point)")
    }
    #expect(points[4].contexts == 3 && points[4].value == 1)
  }

  /// The mean number of active contexts by enumeration, and its random limit K/2.
  @Test func activeContexts() throws {
    let solution = try MaxEntropyProblem(task: .inputSelection(contexts: 5), outputScale: 0.4, inputScale: 0.4)
      .solve(method: .enumeration)
    var mean = 0.0
    for population in solution.populations {
      if case .pattern(let pattern) = population.members { mean += population.weight * Double(pattern.activeContexts) }
    }
    let found = try #require(try PhaseDiagram().order(contexts: 5, value: 0.4)).meanActiveContexts
    #expect(abs(found - mean) < 1e-9 && found > 2.55)
    let random = try #require(try PhaseDiagram().order(contexts: 5, value: 50)).meanActiveContexts
    #expect(abs(random - 2.5) < 1e-3)
  }

  /// At the crossovers the slope of ⟨ρ⟩ is larger than around them, and c_1 passes half of its value for K = 2.
  @Test func crossovers() throws {
    let diagram = PhaseDiagram()
    let scale = try #require(try diagram.structureCrossover(contexts: 3, from: 0.2, to: 6))
    func slope(_ factor: Double) throws -> Double {
      let up = try #require(try diagram.order(contexts: 3, value: scale * factor * exp(0.005)))
      let down = try #require(try diagram.order(contexts: 3, value: scale * factor * exp(-0.005)))
      return abs(up.meanStructure - down.meanStructure) / 0.01
    }
    let here = try slope(1)
    for factor in [0.5, 0.9, 0.98, 1.02, 1.1, 2] { #expect(try slope(factor) < here) }
    // The range ends before the steepest place.
    #expect(try diagram.structureCrossover(contexts: 3, from: 0.1, to: scale / 2) == nil)
    let half = try #require(try diagram.order(contexts: 2, value: 1)).specialisedShare / 2
    let crossing = try #require(try diagram.contextCrossover(value: 1))
    #expect(try #require(try diagram.order(contexts: crossing.contexts, value: 1)).specialisedShare <= half)
    #expect(try #require(try diagram.order(contexts: crossing.contexts - 1, value: 1)).specialisedShare > half)
    #expect(crossing.contexts == 3 && crossing.interpolated > 2 && crossing.interpolated <= 3)
    #expect(try diagram.contextCrossover(value: 1, maximum: 2) == nil)
  }

  @Test func gridsAndRefusals() throws {
    let scales = try PhaseDiagram.logSpaced(from: 0.3, to: 4, count: 12)
    #expect(scales.count == 12 && scales[0] == 0.3 && scales[11] == 4)
    #expect(zip(scales, scales.dropFirst()).allSatisfy { abs($1 / $0 - pow(4 / 0.3, 1.0 / 11)) < 1e-12 })
    #expect(throws: StatisticsError.self) { try PhaseDiagram.logSpaced(from: 0, to: 4, count: 3) }
    #expect(throws: StatisticsError.self) { try PhaseDiagram.logSpaced(from: 1, to: 4, count: 1) }
    #expect(throws: StatisticsError.self) { try PhaseDiagram().points(contexts: [], values: [1]) }
    #expect(throws: MaxEntropyError.self) { try PhaseDiagram().points(contexts: [2], values: [-1]) }
    // Moment convention: nothing below the atomic norm's scale, 1.93185/√2 for the product.
    let moment = try PhaseDiagram(convention: .moment).points(contexts: [2], values: [1, 1.3])
    #expect(moment[0].order == nil && moment[1].order != nil)
  }
}
