// Laws of neurons with several loadings: THEORY's numbers, the readout as a special case, what is infeasible.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct LoadingProblemTests {
  /// THEORY 12: two contexts, a loop n m, two inputs, a readout w.
  static func theory(scale: Double) throws -> LoadingProblem {
    var list: [LoadingConstraint] = []
    for c in 0..<2 {
      list.append(LoadingConstraint(0, 1, context: c, value: 0.8))
      for s in 0..<2 { list.append(LoadingConstraint(0, 2 + s, context: c, value: c == s ? 0.5 : 0)) }
      list.append(LoadingConstraint(4, 1, context: c, value: 0.5))
    }
    return try LoadingProblem(
      loadings: ["n", "m", "I0", "I1", "w"], scales: [Double](repeating: scale, count: 5), contexts: 2,
      constraints: list, gains: .independent(activeProbability: 0.5))
  }

  @Test func reproducesTheTheory() throws {
    for (scale, weights, divergence) in [
      (2.0, [0.2308, 0.2509, 0.2509, 0.2673], 0.101184), (1.0, [0.1720, 0.2592, 0.2592, 0.3096], 0.924322),
    ] {
      let solution = try Self.theory(scale: scale).solve()
      for (population, expected) in zip(solution.populations, weights) {
        #expect(abs(population.weight - expected) < 5.0001e-5)
      }
      #expect(abs(solution.relativeEntropy - divergence) < 5.0001e-7)
      #expect(solution.residual < 1e-13)
      for constraint in solution.problem.constraints {
        #expect(abs(solution.mean(constraint) - constraint.value) < 1e-12)
      }
    }
  }

  /// A readout is the case a = w, b = m_d: multipliers, weights and divergence of the solver of readouts.
  @Test(arguments: [0.3, 0.5, 1.0]) func aReadoutIsASpecialCase(active: Double) throws {
    let target = Matrix(active < 1 ? [[0.8, -0.4, 0.1], [0.3, 0.6, 0]] : [[0.8, -0.4, 0.1], [0.8, -0.4, 0.1]])
    let reference = try MaxEntropyProblem(
      task: LearningTask(target: target), gains: .independent(activeProbability: active), convention: .prior,
      outputScale: 1.3, inputScale: 0.7, ensemble: .product, stimulusCovariance: nil
    ).solve()
    var list: [LoadingConstraint] = []
    for c in 0..<2 {
      for d in 0..<3 { list.append(LoadingConstraint(0, 1 + d, context: c, value: target[c, d])) }
    }
    let problem = try LoadingProblem(
      loadings: ["w", "m0", "m1", "m2"], scales: [1.3, 0.7, 0.7, 0.7], contexts: 2, constraints: list,
      gains: .independent(activeProbability: active))
    let solution = try problem.solve()
    #expect(abs(solution.relativeEntropy - (reference.relativeEntropy ?? .nan)) < 1e-11)
    #expect(abs(solution.patternKL - reference.patternKL) < 1e-11)
    let law = NeuronLaw(reference)
    let variance = ProductPrediction(reference)!.readoutVarianceTimesN
    for (j, constraint) in list.enumerated() {
      #expect(abs(solution.varianceTimesN(constraint) - variance.elements[j]) < 1e-10 * variance.elements[j])
      if active < 1 { #expect(abs(solution.multipliers[j] - reference.multipliers.elements[j]) < 1e-9) }
    }
    for population in solution.populations {
      let index = population.gains.reduce(0) { 2 * $0 + Int($1) }
      let moments = try law.moments(of: GainPattern(index: index, contexts: 2))
      #expect(abs(moments.weight - population.weight) < 1e-11)
      #expect(abs(moments.outputVariance - population.covariance[0, 0]) < 1e-10)
      #expect(abs(moments.covariance[1] - population.covariance[0, 2]) < 1e-10)
      #expect(abs(moments.inputCovariance[0, 2] - population.covariance[1, 3]) < 1e-10)
    }
    #expect(solution.rank == (active < 1 ? 6 : 3))
  }

  /// ∂KL/∂t_j = Λ_j: the multipliers are the slopes of what they cost, second moments and ungated averages among them.
  @Test func multipliersAreSlopes() throws {
    func solve(_ shift: Double, of place: Int) throws -> LoadingSolution {
      var list = [
        LoadingConstraint(0, 1, context: 0, value: 0.4), LoadingConstraint(0, 0, context: nil, value: 1.5),
        LoadingConstraint(1, 2, context: nil, value: -0.3), LoadingConstraint(2, 2, context: 1, value: 0.2),
      ]
      list[place] = LoadingConstraint(
        list[place].first, list[place].second, context: list[place].context, value: list[place].value + shift)
      return try LoadingProblem(
        loadings: ["a", "b", "c"], scales: [1, 2, 0.5], contexts: 2, constraints: list,
        gains: .independent(activeProbability: 0.3)
      ).solve()
    }
    for place in 0..<4 {
      let slope = try (solve(1e-4, of: place).relativeEntropy - solve(-1e-4, of: place).relativeEntropy) / 2e-4
      let multiplier = try solve(0, of: place).multipliers[place]
      #expect(abs(slope - multiplier) < 1e-6 * max(1, abs(multiplier)))
    }
  }

  /// Each list of averages that no law has, and a part of what is said.
  @Test func whatNoLawHasIsRefused() throws {
    func refusal(_ list: [LoadingConstraint], active: Double = 0.5, gains: Matrix? = nil) -> String {
      do {
        _ = try LoadingProblem(
          loadings: ["a", "b", "c"], scales: [1, 1, 1], contexts: 2, constraints: list,
          gains: gains.map { .given($0) } ?? .independent(activeProbability: active)
        ).solve()
        return ""
      } catch { return "\(error)" }
    }
    func square(_ a: Int, _ value: Double, in context: Int? = nil) -> LoadingConstraint {
      LoadingConstraint(a, a, context: context, value: value)
    }
    #expect(refusal([square(0, -1)]).contains("<a^2> = -1.0 is an average of squares"))
    #expect(refusal([square(0, 1), square(0, 1.5, in: 0)]).contains("cannot exceed <a^2> = 1.0"))
    #expect(refusal([square(0, 1), square(0, 1, in: 0)]).contains("cannot exceed"))
    #expect(
      refusal([square(0, 1), square(1, 4), LoadingConstraint(0, 1, context: 1, value: -2)])
        .contains("sqrt(<a^2> <b^2>) = 2.0"))
    #expect(
      refusal(
        [LoadingConstraint(0, 1, context: 0, value: 1), LoadingConstraint(0, 1, context: 1, value: 2)], active: 1
      ).contains("equal to 1.0 <g_0 a b> = 1.0 in every network, and 2.0 is asked for"))
    let silent = Matrix([[1, 0], [1, 0]])
    #expect(
      refusal([LoadingConstraint(0, 1, context: 1, value: 1)], gains: silent).contains(
        "no neuron has a gain in context 1"))
    #expect(refusal([LoadingConstraint(0, 1, context: 1, value: 0)], gains: silent) == "")
    // Correlations 0.9, 0.9 and 0 do not go together.
    let impossible = [
      LoadingConstraint(0, 1, context: nil, value: 0.9), LoadingConstraint(1, 2, context: nil, value: 0.9),
      LoadingConstraint(0, 2, context: nil, value: 0), square(0, 1), square(1, 1), square(2, 1),
    ]
    #expect(refusal(impossible).contains("no law of these loadings has the averages asked for"))
    let possible = impossible.map {
      LoadingConstraint($0.first, $0.second, context: $0.context, value: $0.value == 0.9 ? 0.7 : $0.value)
    }
    #expect(refusal(possible) == "")
  }

  /// Patterns that hardly occur, and scales far from the averages.
  /// On the edge of what laws can have, and nearer to it than rounding tells, nothing is solved; six digits inside all is.
  @Test func whatRoundingDoesNotTellIsRefused() throws {
    func problem(_ last: Double) throws -> LoadingProblem {
      let squares = (0..<3).map { LoadingConstraint($0, $0, context: nil, value: 1) }
      return try LoadingProblem(
        loadings: ["a", "b", "c"], scales: [1, 1, 1], contexts: 1,
        constraints: squares + [
          LoadingConstraint(0, 1, context: nil, value: 0.8), LoadingConstraint(1, 2, context: nil, value: 0.8),
          LoadingConstraint(0, 2, context: nil, value: last),
        ], gains: .independent(activeProbability: 0.5))
    }
    #expect(throws: LoadingError.self) { try problem(0.28).solve() }
    #expect(throws: LoadingError.self) { try problem(0.279).solve() }
    let inside = try problem(0.28 + 1e-6).solve()
    let determinant = 1 + 2 * 0.64 * (0.28 + 1e-6) - 2 * 0.64 - (0.28 + 1e-6) * (0.28 + 1e-6)
    #expect(abs(inside.relativeEntropy + log(determinant) / 2) < 1e-3)
    let near = try LoadingProblem(
      loadings: ["n", "m"], scales: [1, 1], contexts: 1,
      constraints: [
        LoadingConstraint(0, 0, context: nil, value: 1), LoadingConstraint(1, 1, context: nil, value: 1),
        LoadingConstraint(0, 1, context: nil, value: 1 - 1e-13),
      ], gains: .independent(activeProbability: 0.5))
    do {
      _ = try near.solve()
      Issue.record("solved")
    } catch let error as LoadingError {
      #expect(error.description.contains("at the edge"))
    }
    // A bound that is obeyed is no reason.
    let tiny = try LoadingProblem(
      loadings: ["n", "m"], scales: [1, 1], contexts: 1,
      constraints: [LoadingConstraint(0, 0, context: nil, value: 1e-300)], gains: .independent(activeProbability: 0.5))
    do { _ = try tiny.solve() } catch let error as LoadingError {
      #expect(!error.description.contains("no law"), "\(error)")
    }
  }

  @Test func hardProblemsAreSolved() throws {
    for (active, scale) in [(1e-6, 2.0), (0.999_999, 2), (0.5, 1e-3), (0.5, 1e3)] {
      var problem = try Self.theory(scale: scale)
      problem = try LoadingProblem(
        loadings: problem.loadings, scales: problem.scales, contexts: 2, constraints: problem.constraints,
        gains: .independent(activeProbability: active))
      let solution = try problem.solve()
      for constraint in problem.constraints {
        #expect(abs(solution.mean(constraint) - constraint.value) < 1e-8, "\(active), \(scale)")
      }
    }
  }

  /// Averages far below the product of their scales: to first order Λ = t/(P(g) σ_a²σ_b²), to all digits, whatever the scales.
  @Test(arguments: [1e3, 1e7, 1e10, 1e20]) func tinyAveragesAreMet(scale: Double) throws {
    let problem = try LoadingProblem(
      loadings: ["n", "m"], scales: [scale, scale], contexts: 2,
      constraints: [LoadingConstraint(0, 1, context: 0, value: 0.8), LoadingConstraint(0, 1, context: 1, value: -0.2)],
      gains: .independent(activeProbability: 0.5))
    let solution = try problem.solve()
    for constraint in problem.constraints {
      #expect(abs(solution.mean(constraint) - constraint.value) < 1e-8 * abs(constraint.value))
    }
    // ⟨g_0 g_0⟩ = 1/2, ⟨g_0 g_1⟩ = 1/4: the multipliers of the linear order.
    let unit = scale * scale * scale * scale
    let expected = [(0.8 * 0.5 + 0.2 * 0.25) / 0.1875, (-0.2 * 0.5 - 0.8 * 0.25) / 0.1875]
    for (multiplier, value) in zip(solution.multipliers, expected) {
      #expect(abs(multiplier * unit - value) < 20 / scale + 1e-8)
    }
  }

  /// A second moment far below the prior's is met too; beside large averages of the same loadings a tiny one is refused by name.
  @Test func tinySquaresAreMetAndHiddenAveragesAreRefused() throws {
    let square = try LoadingProblem(
      loadings: ["n"], scales: [1e10], contexts: 1, constraints: [LoadingConstraint(0, 0, context: nil, value: 2)],
      gains: .independent(activeProbability: 1))
    #expect(abs(try square.solve().mean(square.constraints[0]) - 2) < 1e-8)
    let hidden = try LoadingProblem(
      loadings: ["a", "b", "c"], scales: [1, 1, 1], contexts: 1,
      constraints: [
        LoadingConstraint(0, 1, context: nil, value: 0.6), LoadingConstraint(1, 2, context: nil, value: 0.6),
        LoadingConstraint(0, 2, context: nil, value: 1e-25),
      ], gains: .independent(activeProbability: 1))
    do {
      let solution = try hidden.solve()
      #expect(abs(solution.mean(hidden.constraints[2]) - 1e-25) < 1e-8 * 1e-25)
    } catch let error as LoadingError {
      guard case .tooSmall(_, 1e-25) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }
}
