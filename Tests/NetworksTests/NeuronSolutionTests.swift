// Solved laws of a neuron: multipliers against quadrature and closed forms, targets reproduced, populations consistent.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct NeuronSolutionTests {
  /// Settings that keep a solution within a second or two.
  static func solver(precision: Double = 0.02) -> ConstraintSolver {
    var solver = ConstraintSolver()
    solver.precision = precision
    return solver
  }

  /// The root of a rising function in a bracket, by bisection.
  static func root(_ range: ClosedRange<Double>, _ function: (Double) -> Double) -> Double {
    var (lower, upper) = (range.lowerBound, range.upperBound)
    for _ in 0..<60 {
      let middle = (lower + upper) / 2
      if function(middle) < 0 { lower = middle } else { upper = middle }
    }
    return (lower + upper) / 2
  }

  /// Averages over b ~ N(0, σ_b²) by the trapezoidal rule, which is exact to rounding for analytic functions.
  static func average(_ scale: Double, _ function: (Double) -> Double) -> Double {
    (-400...400).reduce(0.0) { sum, k in
      let z = 0.02 * Double(k)
      return sum + 0.02 * exp(-z * z / 2) / (2 * Double.pi).squareRoot() * function(scale * z)
    }
  }

  /// One context, one feature, small stimuli: with m integrated out, Z = ⟨(1 − (σ_w σ_m Λ g)²)^(−1/2)⟩ over b.
  ///
  /// Λ, KL, ⟨w²⟩ and P(active) within 4.5 of their own standard errors: false-alarm rate 7e-6 each, 1e-4 in all.
  @Test(arguments: [Activation.erf, .tanh, .softplus])
  func smallStimuliMatchQuadrature(activation: Activation) throws {
    let (outputScale, inputScale, contextScale, target) = (1.1, 0.9, 1.4, 0.3)
    let scale = outputScale * inputScale
    func weight(_ multiplier: Double, _ b: Double) -> Double { 1 - pow(scale * multiplier * activation.gain(b), 2) }
    func partition(_ multiplier: Double) -> Double {
      Self.average(contextScale) { pow(weight(multiplier, $0), -0.5) }
    }
    func readout(_ multiplier: Double) -> Double {
      Self.average(contextScale) {
        scale * scale * multiplier * pow(activation.gain($0), 2) * pow(weight(multiplier, $0), -1.5)
      } / partition(multiplier)
    }
    let multiplier = Self.root(0...(0.999 / scale / activation.largestGain)) { readout($0) - target }

    let response = NeuronResponse(activation, stimuli: .small, contexts: 1, features: 1)
    let family = try NeuronFamily(
      response, outputScale: outputScale, inputScale: inputScale, contextScale: contextScale)
    let solution = try family.solve(target: Matrix([[target]]), solver: Self.solver(), draws: 3000, seed: 91)
    let error = solution.multiplierErrors[0, 0]
    #expect(
      abs(solution.multipliers[0, 0] - multiplier) < 4.5 * error, "\(solution.multipliers) \(multiplier) \(error)")
    #expect(error < 0.03 * multiplier)
    #expect(abs(solution.readout[0, 0] - target) < 4.5 * solution.readoutErrors[0, 0])

    let entropy = try #require(solution.constraints.relativeEntropy)
    let exact = multiplier * target - log(partition(multiplier))
    #expect(abs(entropy.value - exact) < 4.5 * entropy.standardError, "\(entropy) \(exact)")
    #expect(entropy.standardError < 0.1 * exact)

    // The other averages belong to the solved multiplier, whose error they take over.
    func secondMoment(_ multiplier: Double) -> Double {
      outputScale * outputScale
        * Self.average(contextScale) { pow(weight(multiplier, $0), -1.5) } / partition(multiplier)
    }
    func active(_ multiplier: Double) -> Double {
      // The step of the indicator costs the rule its exactness: 1e-3 of the density.
      Self.average(contextScale) {
        activation.isActive(gain: activation.gain($0)) ? pow(weight(multiplier, $0), -0.5) : 0
      } / partition(multiplier)
    }
    let solved = solution.multipliers[0, 0]
    let output = solution.outputSecondMoment
    #expect(abs(output.mean - secondMoment(solved)) < 4.5 * output.standardError)
    let population = try #require(solution.populations)[1]
    #expect(population.pattern == [true])
    #expect(abs(population.weight.mean - active(solved)) < 4.5 * population.weight.standardError + 0.01)
    #expect(solution.activeFractions[1] == population.weight)
  }

  /// One context, one feature, Gaussian stimuli, erf: a sum over the plane of (m, b).
  @Test func gaussianStimuliMatchQuadrature() throws {
    let (covariance, target) = (1.3, 0.25)
    func averages(_ multiplier: Double) -> (partition: Double, readout: Double) {
      var result = (0.0, 0.0)
      for i in -160...160 {
        for j in -160...160 {
          let (m, b) = (0.05 * Double(i), 0.05 * Double(j))
          let gain = Activation.erf.gaussianGain(drive: b, variance: covariance * m * m).gain
          let h = gain * covariance * m
          let weight = exp(-(m * m + b * b) / 2 + pow(multiplier * h, 2) / 2) * 0.0025 / (2 * Double.pi)
          result.0 += weight
          result.1 += weight * multiplier * h * h
        }
      }
      return result
    }
    let multiplier = Self.root(0...3) {
      let (partition, readout) = averages($0)
      return readout / partition - target * covariance
    }
    let response = NeuronResponse(
      .erf, stimuli: .gaussian(covariance: Matrix([[covariance]])), contexts: 1, features: 1)
    let solution = try NeuronFamily(response)
      .solve(target: Matrix([[target]]), solver: Self.solver(), draws: 500, seed: 92)
    let error = solution.multiplierErrors[0, 0]
    #expect(
      abs(solution.multipliers[0, 0] - multiplier) < 4.5 * error, "\(solution.multipliers) \(multiplier) \(error)")
    #expect(error < 0.03 * multiplier)
    let entropy = try #require(solution.constraints.relativeEntropy)
    let exact = multiplier * target * covariance - log(averages(multiplier).partition)
    #expect(abs(entropy.value - exact) < 4.5 * entropy.standardError, "\(entropy) \(exact)")
  }

  /// Linear neurons in one context are gain-modulated linear ones with all gains one, which have a closed form in both
  /// conventions (THEORY section 2).
  @Test(arguments: WeightConvention.allCases) func linearNeuronsMatchTheClosedForm(convention: WeightConvention) throws
  {
    let target = [[0.5, -0.3]]
    let exact = try MaxEntropyProblem(
      task: LearningTask(target: target), activeProbability: 1, convention: convention, outputScale: 1.2,
      inputScale: 0.9
    ).solve()
    let response = NeuronResponse(
      .linear, stimuli: .gaussian(covariance: .identity(2)), contexts: 1, features: 2)
    let family = try NeuronFamily(
      response, convention: convention, outputScale: 1.2, inputScale: 0.9, contextScale: 1)
    let solution = try family.solve(target: Matrix(target), solver: Self.solver(), draws: 2000, seed: 93)
    for d in 0..<2 {
      let error = solution.multiplierErrors[0, d]
      #expect(abs(solution.multipliers[0, d] - exact.multipliers[0, d]) < 4.5 * error)
      #expect(error < 0.1 * abs(exact.multipliers[0, d]))
    }
    #expect(abs(solution.outputScale * solution.outputScale * exact.outputPrecision - 1) < 0.1)
    #expect(abs(solution.inputScale * solution.inputScale * exact.inputPrecision - 1) < 0.1)
    guard convention == .moment else {
      #expect(solution.outputScale == 1.2 && abs(solution.inputScale - 0.9) < 1e-15)
      return
    }
    let output = solution.outputSecondMoment
    let input = solution.inputSecondMoment
    #expect(abs(output.mean - 1.44) < 4.5 * output.standardError + 0.02 * 1.44)
    #expect(abs(input.mean - 2 * 0.81) < 4.5 * input.standardError + 0.02 * 2 * 0.81)
  }

  /// Two contexts, rectifiers on Gaussian stimuli: the task's readout is met, the populations add up, and their moments to
  /// the overall ones.
  @Test func rectifiersSolveInputSelection() throws {
    let response = NeuronResponse(
      .relu, stimuli: .gaussian(covariance: .identity(2)), contexts: 2, features: 2)
    let solution = try NeuronFamily(response, contextScale: 2)
      .solve(target: .identity(2), solver: Self.solver(precision: 0.05), draws: 2000, seed: 94)
    for c in 0..<2 {
      for d in 0..<2 {
        let residual = solution.readout[c, d] - (c == d ? 1 : 0)
        // The solver's own limit: four errors of both of its last rounds.
        #expect(abs(residual) < 6 * solution.readoutErrors[c, d])
        #expect(solution.readoutErrors[c, d] < 0.1)
      }
    }
    // The task is symmetric under exchanging contexts together with features.
    let multipliers = solution.multipliers
    let errors = solution.multiplierErrors
    #expect(abs(multipliers[0, 0] - multipliers[1, 1]) < 4.5 * (errors[0, 0] + errors[1, 1]))
    #expect(multipliers[0, 0] > 0 && multipliers[0, 1] < 0)
    let populations = try #require(solution.populations)
    #expect(populations.map(\.pattern) == [[false, false], [false, true], [true, false], [true, true]])
    #expect(abs(populations.reduce(0) { $0 + $1.weight.mean } - 1) < 1e-12)
    var output = 0.0
    var input = 0.0
    for population in populations {
      let moments = try #require(population.secondMoments)
      output += population.weight.mean * moments[0, 0]
      input += population.weight.mean * (moments[1, 1] + moments[2, 2])
    }
    #expect(abs(output - solution.outputSecondMoment.mean) < 1e-9)
    #expect(abs(input - solution.inputSecondMoment.mean) < 1e-9)
    // Neurons active in context 0 alone carry feature 0, and take back some of feature 1.
    let specialised = try #require(populations[2].secondMoments)
    #expect(specialised[0, 1] > 0.3 && specialised[0, 2] < 0)
  }

  /// A readout that bounded responses cannot have at the given second moment of w is refused.
  @Test func unreachableTargetsAreRefused() throws {
    let response = NeuronResponse(
      .erf, stimuli: .gaussian(covariance: .identity(1)), contexts: 1, features: 1)
    let family = try NeuronFamily(response, convention: .moment)
    // |h| ≤ √(2/π), so that ⟨w h⟩ ≤ √(2/π) < 1.
    #expect(throws: ConstraintError.self) {
      try family.solve(target: Matrix([[1]]), solver: Self.solver(precision: 0.05), draws: 500, seed: 95)
    }
  }
}
