// The closed-form theory against independently computed reference cases.

import Foundation
import Sampling
import Testing

@testable import Networks

/// One case of Reference/gain_modulated_linear.json.
struct ReferenceCase: Decodable {
  struct Spec: Decodable {
    struct Task: Decodable { let target: [[Double]] }
    struct Network: Decodable {
      struct Gains: Decodable { let activeProbability: Double }
      let neurons: Int
      let gains: Gains
    }
    struct Weights: Decodable {
      let convention: WeightConvention
      let output: Double
      let input: Double
    }
    struct Ensemble: Decodable {
      let kind: String
      let tightness: Double?
    }
    let task: Task
    let network: Network
    let weights: Weights
    let ensemble: Ensemble
  }
  struct Expected: Decodable {
    struct Precision: Decodable {
      let output: Double
      let input: Double
    }
    struct Population: Decodable {
      let pattern: [Int]
      let weight: Double
      let structure: Double
    }
    let multipliers: [[Double]]
    let precision: Precision
    let readout: [[Double]]
    let outputSecondMoment: Double
    let inputSecondMoment: Double
    let patternKL: Double
    let populations: [Population]
    let productLossTimesN: Double?
    let gibbsLossLeading: Double?
    let gibbsLossFirstCorrection: Double?
  }
  let spec: Spec
  let expected: Expected

  static func all() throws -> [ReferenceCase] {
    let folder = try #require(Bundle.module.url(forResource: "Reference", withExtension: nil))
    let data = try Data(contentsOf: folder.appending(path: "gain_modulated_linear.json"))
    return try JSONDecoder().decode([ReferenceCase].self, from: data)
  }

  func problem() throws -> MaxEntropyProblem {
    try MaxEntropyProblem(
      task: LearningTask(target: spec.task.target), activeProbability: spec.network.gains.activeProbability,
      convention: spec.weights.convention, outputScale: spec.weights.output, inputScale: spec.weights.input,
      ensemble: spec.ensemble.kind == "gibbs" ? .gibbs(tightness: #require(spec.ensemble.tightness)) : .product)
  }
}

/// Whether two numbers agree to a relative tolerance, absolute below one.
func agree(_ found: Double, _ expected: Double, _ tolerance: Double) -> Bool {
  abs(found - expected) <= tolerance * max(1, abs(expected))
}

func agree(_ found: [Double], _ expected: [Double], _ tolerance: Double) -> Bool {
  found.count == expected.count && zip(found, expected).allSatisfy { agree($0, $1, tolerance) }
}

@Suite struct MaximumEntropyReferenceTests {
  @Test(arguments: [PatternMethod.automatic, .enumeration]) func everyReferenceCase(method: PatternMethod) throws {
    let cases = try ReferenceCase.all()
    #expect(cases.count == 10)
    for item in cases {
      let solution = try item.problem().solve(method: method)
      let expected = item.expected
      #expect(solution.residual < 1e-10)
      #expect(agree(solution.multipliers.elements, expected.multipliers.flatMap { $0 }, 1e-8))
      #expect(agree(solution.readout.elements, expected.readout.flatMap { $0 }, 1e-8))
      #expect(agree(solution.outputPrecision, expected.precision.output, 1e-8))
      #expect(agree(solution.inputPrecision, expected.precision.input, 1e-8))
      #expect(agree(solution.outputSecondMoment, expected.outputSecondMoment, 1e-8))
      #expect(agree(solution.inputSecondMoment, expected.inputSecondMoment, 1e-8))
      #expect(abs(solution.patternKL - expected.patternKL) < 1e-8 * max(0.01, expected.patternKL))
      let populations = solution.populations
      #expect(populations.count == expected.populations.count)
      for (found, wanted) in zip(populations, expected.populations) {
        guard case .pattern(let pattern) = found.members else {
          Issue.record("expected one population a pattern")
          continue
        }
        #expect(pattern.bits == wanted.pattern)
        #expect(agree(found.weight, wanted.weight, 1e-8))
        #expect(agree(found.structure, wanted.structure, 1e-8))
      }
      if let loss = expected.productLossTimesN {
        #expect(try agree(#require(solution.productLossTimesN), loss, 1e-8))
      } else {
        #expect(solution.productLossTimesN == nil)
      }
      if let leading = expected.gibbsLossLeading, let first = expected.gibbsLossFirstCorrection {
        #expect(try abs(#require(solution.gibbsLossLeading) / leading - 1) < 1e-8)
        #expect(try abs(#require(solution.gibbsLossFirstCorrection) / first - 1) < 1e-4)
      } else {
        #expect(solution.gibbsLossLeading == nil)
      }
    }
  }

  /// THEORY section 3, every printed digit: the share c_1, <ρ> and KL for A = I_K at σ² = 0.1, 1, 20.
  @Test func findingsTable() throws {
    let table: [(Int, [Double], [Double], [Double])] = [
      (2, [0.7814, 0.7424, 0.6688], [0.8835, 0.5335, 0.0128], [0.1217, 0.0244, 0.0000]),
      (3, [0.0717, 0.2923, 0.3747], [0.8857, 0.6275, 0.0213], [0.1667, 0.0267, 0.0000]),
      (4, [0.0074, 0.0904, 0.1983], [0.8952, 0.6792, 0.0298], [0.1899, 0.0278, 0.0000]),
      (8, [0.0001, 0.0021, 0.0132], [0.9341, 0.7913, 0.0622], [0.1791, 0.0225, 0.0000]),
    ]
    for (contexts, share, structure, divergence) in table {
      for (index, variance) in [0.1, 1, 20].enumerated() {
        let scale = variance.squareRoot()
        let solution = try MaxEntropyProblem(
          task: .inputSelection(contexts: contexts), outputScale: scale, inputScale: scale
        ).solve()
        let half = 0.5e-4 + 1e-9
        #expect(try abs(#require(solution.readoutShare)[1] - share[index]) < half)
        #expect(abs(solution.meanStructure - structure[index]) < half)
        #expect(abs(solution.patternKL - divergence[index]) < half)
      }
    }
  }

  /// The atomic norms of THEORY section 2, each certified from both sides.
  @Test func atomicNormTable() throws {
    let table = [
      (2, 1.93185), (3, 2.59808), (4, 3.16228), (5, 3.72678), (6, 4.16333), (8, 5.00000), (16, 7.51665),
    ]
    for (contexts, value) in table {
      let norm = try AtomicNorm(of: .inputSelection(contexts: contexts))
      #expect(norm.lower <= norm.upper && norm.upper - norm.lower <= 1e-6 * norm.upper)
      #expect(norm.lower > value - 1.2e-5 && norm.upper < value + 1.2e-5, "\(contexts): \(norm)")
    }
    let exact = ((6.0).squareRoot() + (2.0).squareRoot()) / 2
    let two = try AtomicNorm(of: .inputSelection(contexts: 2))
    #expect(two.lower <= exact && exact <= two.upper)
  }

  /// A rotated identity is enumerated, and has the identity's norm; K = 8, 12 exercise the general search.
  @Test(arguments: [3, 8]) func atomicNormOfGeneralTarget(contexts: Int) throws {
    var rotated = Matrix.identity(contexts)
    // Reflection in a generic direction: leaves |Vᵀg| and hence the norm unchanged.
    let direction = (0..<contexts).map { sin(1 + Double($0)) }
    let length = direction.reduce(0) { $0 + $1 * $1 }
    for i in 0..<contexts {
      for j in 0..<contexts { rotated[i, j] -= 2 * direction[i] * direction[j] / length }
    }
    let general = try AtomicNorm(of: LearningTask(target: rotated))
    let symmetric = try AtomicNorm(of: .inputSelection(contexts: contexts))
    #expect(general.upper - general.lower <= 1e-6 * general.upper)
    #expect(general.lower <= symmetric.upper && symmetric.lower <= general.upper)
  }
}
