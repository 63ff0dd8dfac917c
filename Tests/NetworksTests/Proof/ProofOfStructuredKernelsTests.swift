// The kernels that use a model's structure, on the Gibbs ensembles that they serve, by Geweke's joint test.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite("Proof: collapsed and neuron by neuron kernels") struct ProofOfStructuredKernelsTests {
  /// A test of one kernel on one ensemble.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let run: @Sendable (SequentialTest, inout RandomStream) throws -> KernelTestReport
    var testDescription: String { name }

    init<Ensemble: SampledEnsemble, Kernel: PointKernel>(
      _ name: String, _ ensemble: Ensemble, transitions: Int = 8,
      _ makeKernel: @escaping @Sendable (Ensemble.Density) throws -> Kernel
    ) where Kernel.Target == Ensemble.Density {
      self.name = name
      run = {
        try #require(try ensemble.testKernel(transitions: transitions, rule: $0, using: &$1, makeKernel: makeKernel))
      }
    }
  }

  static let correlated = Matrix([[1.5, 0.4], [0.4, 0.7]])
  /// One stimulus in two dimensions.
  static let singular = Matrix([[1.44, 0.6], [0.6, 0.25]])

  /// Eleven neurons in four populations of 4, 3, 2 and 2, out of order; the last two are silent.
  static let gains = Matrix([
    [1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1],
    [0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0],
  ])
  /// Gains that are no coins, every neuron its own population.
  static let graded = Matrix([[0.5, 1.5, 0, 1, 0.2], [1, -0.7, 1.2, 0, 0.4]])

  static func given(
    _ gains: Matrix, tightness: Double = 8, covariance: Matrix = .identity(2)
  ) -> GainModulatedLinearEnsemble {
    GainModulatedLinearEnsemble(
      task: try! LearningTask(target: [[1, 0.3], [0, 0.8]]), neurons: gains.columns,
      ensemble: .gibbs(tightness: tightness), convention: .prior, outputScale: 1.2, inputScale: 1.5,
      gains: .given(gains.transposed), stimulusCovariance: covariance)
  }

  static func drawn(tightness: Double = 8, covariance: Matrix = .identity(2)) -> GainModulatedLinearEnsemble {
    ProofOfNetworkDensitiesTests.ensemble(.gibbs(tightness: tightness), neurons: 7, covariance: covariance)
  }

  static func twoLayer(
    _ activation: Activation, drivenLayers: FeedforwardArchitecture.DrivenLayers = .first,
    scaling: FeedforwardArchitecture.ReadoutScaling = .meanField,
    stimuli: Int = 5
  ) -> FeedforwardEnsemble {
    let architecture = FeedforwardArchitecture(
      features: 2, contexts: 2, widths: [6], activation: activation, readoutScaling: scaling,
      drivenLayers: drivenLayers)
    let list = Matrix(
      (0..<stimuli).map { p -> [Double] in
        let first: Double = 0.4 * Double(p) - 0.7
        let second: Double = 1.1 - 0.5 * Double(p * p % 4)
        return [first, second]
      })
    return try! FeedforwardEnsemble(
      task: try! LearningTask(target: [[1, 0.3], [0, 0.8]]), architecture: architecture, stimuli: list,
      scales: WeightScales(output: 1.3, input: 0.8, context: 1.4), binding: .gibbs(tightness: 6))
  }

  /// Hidden layers, with more or fewer outputs than neurons of the last.
  static func deep(
    _ activation: Activation, widths: [Int] = [4, 5], drivenLayers: FeedforwardArchitecture.DrivenLayers = .first,
    scaling: FeedforwardArchitecture.ReadoutScaling = .meanField, stimuli: Int = 5
  ) -> FeedforwardEnsemble {
    let one = twoLayer(activation, drivenLayers: drivenLayers, scaling: scaling, stimuli: stimuli)
    return try! FeedforwardEnsemble(
      task: try! LearningTask(target: [[1, 0.3], [0, 0.8]]),
      architecture: FeedforwardArchitecture(
        features: 2, contexts: 2, widths: widths, activation: activation, readoutScaling: scaling,
        drivenLayers: drivenLayers), stimuli: one.density().stimuli,
      scales: WeightScales(output: 1.3, input: 0.8, context: 1.4, hidden: 0.9), binding: .gibbs(tightness: 6))
  }

  @Sendable static func collapsed(_ density: FeedforwardDensity) throws -> CollapsedHamiltonian<HiddenDensity> {
    try #require(CollapsedHamiltonian(density, stepSize: 0.35, length: .uniform(1...6)))
  }

  static let cases: [Case] = [
    Case("outputs integrated out, deep tanh", deep(.tanh)) { try collapsed($0) },
    Case(
      "outputs integrated out, fewer outputs than neurons", deep(.erf, widths: [3, 7], drivenLayers: .all, stimuli: 2)
    ) {
      try collapsed($0)
    },
    Case(
      "outputs integrated out, relu without drives, standard scaling",
      deep(.relu, drivenLayers: .none, scaling: .standard)
    ) {
      try collapsed($0)
    },
    Case("outputs integrated out, one layer of softplus", twoLayer(.softplus)) { try collapsed($0) },
    Case("outputs integrated out, one layer, fewer outputs than neurons", twoLayer(.tanh, stimuli: 2)) {
      try collapsed($0)
    },
    Case("collapsed, four populations", given(gains)) { PopulationGibbs($0)! },
    Case("collapsed, correlated stimuli", given(gains, covariance: correlated)) { PopulationGibbs($0)! },
    Case("collapsed, one stimulus", given(gains, covariance: singular)) { PopulationGibbs($0)! },
    Case("collapsed, every neuron its own population", given(graded)) { PopulationGibbs($0)! },
    Case("collapsed, the prior", given(gains, tightness: 0.01)) { PopulationGibbs($0)! },
    Case("neuron by neuron, given gains", given(gains)) { NeuronGibbs($0, stepSize: 0.6, sweeps: 2)! },
    Case("neuron by neuron, drawn gains", drawn()) { NeuronGibbs($0, stepSize: 0.7, sweeps: 2)! },
    Case("neuron by neuron, drawn gains, correlated stimuli", drawn(covariance: correlated)) {
      NeuronGibbs($0, stepSize: 1, sweeps: 1)!
    },
    Case("neuron by neuron, tanh", twoLayer(.tanh)) { NeuronGibbs($0, stepSize: 0.7, sweeps: 2)! },
    Case("neuron by neuron, tanh, eleven stimuli", twoLayer(.tanh, stimuli: 11)) {
      NeuronGibbs($0, stepSize: 0.7, sweeps: 2)!
    },
    Case("neuron by neuron, relu without drives", twoLayer(.relu, drivenLayers: .none)) {
      NeuronGibbs($0, stepSize: 0.7, sweeps: 2)!
    },
    Case("neuron by neuron, erf, standard scaling", twoLayer(.erf, scaling: .standard)) {
      NeuronGibbs($0, stepSize: 0.7, sweeps: 2)!
    },
  ]

  static let rule = SequentialTest(falseAlarmRate: 1e-5, sampleSize: 2000).shared(by: cases.count)

  @Test("every kernel is exact (false alarms below 1e-5 in all)", arguments: cases.indices)
  func isExact(number: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 611, chain: number, purpose: .testing))
    let report = try Self.cases[number].run(Self.rule, &stream)
    #expect(report.passed, "\(Self.cases[number].name): \(report)")
    let slowest = report.functions.map(\.changedFraction).min() ?? 0
    #expect(slowest > 0.15, "\(Self.cases[number].name) hardly moves: \(slowest)")
  }

  // MARK: Mutants

  /// Sweeps that believe in another density than they are held against.
  static func mistaken<Ensemble: SampledEnsemble>(
    _ name: String, _ ensemble: Ensemble, sweeps: Int = 2,
    _ change: @escaping @Sendable (inout NeuronSumTask) -> Void
  ) -> Case where Ensemble.Density: NeuronSumDensity {
    Case(name, ensemble) { density in
      NeuronGibbs(density, stepSize: 0.7, sweeps: sweeps) { change(&$0) }!
    }
  }

  static func mistakenTrajectories(
    _ name: String, _ ensemble: FeedforwardEnsemble, _ change: @escaping @Sendable (inout NeuronSumTask) -> Void
  ) -> Case {
    Case(name, ensemble) { density in
      CollapsedHamiltonian(density, stepSize: 0.35, length: .uniform(1...6)) { change(&$0) }!
    }
  }

  static let mutants: [Case] = [
    Case("one degree of freedom too many in every norm", given(gains)) {
      PopulationGibbs($0) { law in law.counts = law.counts.map { $0 + 1 } }!
    },
    Case("populations of another weight in the readout", given(gains)) {
      PopulationGibbs($0) { law in law.scale *= 1.3 }!
    },
    mistaken("another precision, drawn gains", drawn()) { $0.precision *= 1.3 },
    mistaken("another factor, tanh", twoLayer(.tanh)) { $0.factor *= 1.2 },
    mistaken("another task, tanh", twoLayer(.tanh)) { $0.wanted[0] += 0.6 },
    mistakenTrajectories("another precision without outputs", deep(.tanh)) { $0.precision *= 1.3 },
    mistakenTrajectories("another factor without outputs", twoLayer(.tanh, stimuli: 2)) { $0.factor *= 1.2 },
    mistakenTrajectories("another task without outputs", deep(.relu, stimuli: 2)) { $0.wanted[0] += 0.6 },
  ]

  @Test("mutants are rejected", arguments: mutants.indices)
  func isRejected(number: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 613, chain: number, purpose: .testing))
    let rule = SequentialTest(falseAlarmRate: 1e-5, sampleSize: 6000).shared(by: Self.mutants.count)
    let report = try Self.mutants[number].run(rule, &stream)
    #expect(!report.passed, "\(Self.mutants[number].name): \(report)")
  }

  // MARK: What a step reports, restarts, memory

  static func expectContract<Kernel: PointKernel>(
    _ kernel: Kernel, stream number: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) throws where Kernel.Target: NetworkDensity {
    var stream = try RandomStream(StreamKey(seed: 614, chain: number, purpose: .testing))
    let start = kernel.target.drawPrior(using: &stream)
    var state = try kernel.initialState(at: start)
    var workspace = kernel.target.makeWorkspace()
    for _ in 0..<40 {
      _ = kernel.step(&state, using: &stream)
      let logDensity = kernel.target.logDensity(at: state.position.span, using: &workspace)
      try #require(
        abs(state.logDensity - logDensity) <= 1e-11 * max(1, abs(logDensity)), "\(state.logDensity), \(logDensity)",
        sourceLocation: sourceLocation)
    }
    // A chain goes on from its position alone.
    var archive: [Double] = []
    state.save(to: &archive)
    let snapshot = stream.snapshot
    let later = (0..<5).map { _ in (kernel.step(&state, using: &stream), state.position).1 }
    var copy = try kernel.initialState(at: start)
    var rest = archive[...]
    try copy.restore(from: &rest)
    var again = try RandomStream(restoring: snapshot)
    #expect(
      (0..<5).map { _ in (kernel.step(&copy, using: &again), copy.position).1 } == later, "a restart differs",
      sourceLocation: sourceLocation)
    try #require(countsAllocations, "allocations are not counted on this platform")
    let count = allocations { for _ in 0..<200 { _ = kernel.step(&state, using: &stream) } }
    #expect(count == 0, "allocations in 200 steps", sourceLocation: sourceLocation)
  }

  @Test("log densities are the density's, restarts exact, steps free of allocations")
  func keepTheContract() throws {
    try Self.expectContract(#require(PopulationGibbs(Self.given(Self.gains).density())), stream: 0)
    try Self.expectContract(
      #require(PopulationGibbs(Self.given(Self.graded, covariance: Self.correlated).density())), stream: 1)
    try Self.expectContract(#require(NeuronGibbs(Self.drawn().density())), stream: 2)
    for (number, activation) in [Activation.tanh, .erf, .relu, .softplus, .linear].enumerated() {
      try Self.expectContract(#require(NeuronGibbs(Self.twoLayer(activation).density())), stream: 3 + number)
    }
    try Self.expectContract(#require(NeuronGibbs(Self.twoLayer(.tanh, drivenLayers: .none).density())), stream: 8)
    for (number, ensemble) in [
      Self.deep(.tanh), Self.deep(.relu, drivenLayers: .all, stimuli: 2), Self.twoLayer(.softplus),
      Self.twoLayer(.erf, drivenLayers: .none, stimuli: 2),
    ].enumerated() {
      try Self.expectContract(Self.collapsed(ensemble.density()), stream: 9 + number)
    }
  }

  @Test("what has no such law is refused")
  func areRefused() throws {
    #expect(try PopulationGibbs(Self.drawn().density()) == nil)
    let product = ProofOfNetworkDensitiesTests.ensemble(.product, neurons: 5)
    #expect(try PopulationGibbs(product.density()) == nil && NeuronGibbs(product.density()) == nil)
    let deep = FeedforwardArchitecture(
      features: 2, contexts: 2, widths: [3, 3], activation: .tanh, readoutScaling: .meanField, drivenLayers: .first)
    let density = FeedforwardDensity(
      architecture: deep, scales: WeightScales(), stimuli: Matrix([[1, 0]]),
      task: try LearningTask(target: [[1, 0], [0, 1]]), tightness: 1)
    #expect(NeuronGibbs(density) == nil)
  }

  @Test("averages are the exact integrals of one context (false alarm 1e-9)")
  func meetExactIntegrals() throws {
    // THEORY section 5: N = 10, D = 1, unit scales, A = 1, tightness 10.
    let ones = Matrix([[Double]](repeating: [1], count: 10))
    let ensemble = GainModulatedLinearEnsemble(
      task: try LearningTask(target: [[1]]), neurons: 10, ensemble: .gibbs(tightness: 10), convention: .prior,
      outputScale: 1, inputScale: 1, gains: .given(ones), stimulusCovariance: .identity(1))
    let kernel = try #require(PopulationGibbs(ensemble.density()))
    var stream = try RandomStream(StreamKey(seed: 615, chain: 0, purpose: .testing))
    var state = try kernel.initialState(at: kernel.target.drawPrior(using: &stream))
    var (readouts, losses) = (MeanOfBlocks(), MeanOfBlocks())
    for _ in 0..<200_000 {
      _ = kernel.step(&state, using: &stream)
      let x = state.position
      let readout = (0..<10).reduce(0) { $0 + x[$1] * x[10 + $1] } / 10
      readouts.add(readout)
      losses.add((readout - 1) * (readout - 1) / 2)
    }
    for (found, exact, power) in [(readouts, 0.933070, 1e-3), (losses, 0.00711008, 1e-4)] {
      #expect(abs(found.mean - exact) < 6.1 * found.standardError + 1e-6, "\(found.mean), not \(exact)")
      #expect(found.standardError < power)
    }
  }

  /// A mean with the standard error of means of a hundred consecutive numbers.
  struct MeanOfBlocks {
    private var blocks: [Double] = []
    private var sum = 0.0
    private var count = 0
    mutating func add(_ value: Double) {
      sum += value
      count += 1
      if count == 100 {
        blocks.append(sum / 100)
        (sum, count) = (0, 0)
      }
    }
    var mean: Double { blocks.reduce(0, +) / Double(blocks.count) }
    var standardError: Double {
      let mean = mean
      let n = Double(blocks.count)
      return (blocks.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n * (n - 1))).squareRoot()
    }
  }
}

@Suite("Proof: rejection of independent neurons") struct ProofOfRejectionTests {
  static let multipliers = Matrix([[1.1, -0.3], [0.2, 0.9]])
  static let correlated = Matrix([[1.5, 0.4], [0.4, 0.7]])

  static func gaussian(_ activation: Activation, _ multipliers: Matrix = multipliers) -> GaussianTwoLayerDensity {
    try! GaussianTwoLayerDensity(
      neurons: 2, activation: activation, potential: .multipliers(multipliers), stimulusCovariance: correlated,
      outputScale: 1.3, inputScale: 0.9, contextScale: 1.4)
  }

  static func small(_ activation: Activation, _ factor: Double = 0.6) -> ContinuousGainDensity {
    ContinuousGainDensity(
      neurons: 2, activation: activation, potential: .multipliers(factor * multipliers), outputScale: 1.1,
      inputScale: 0.9, contextScale: 1.4)
  }

  /// The largest |mean|/standard error of x_j g(x_j) + … over functions whose means are zero by parts: E[∂_j f + f ∂_j ln p] = 0
  /// for f = x_j, x_j³, sin x_j and x_j |x|², with j the coordinates of the first neuron.
  static func largestDeviation<Density: NetworkDensity>(
    _ kernel: NeuronRejection<Density>, draws: Int, stream number: Int
  ) throws -> Double {
    let density = kernel.target
    var stream = try RandomStream(StreamKey(seed: 621, chain: number, purpose: .testing))
    var state = try kernel.initialState(at: density.drawPrior(using: &stream))
    var workspace = density.makeWorkspace()
    var gradient = [Double](repeating: 0, count: density.dimension)
    let coordinates = Array(stride(from: 0, to: density.dimension, by: 2))
    var sums = [Double](repeating: 0, count: 4 * coordinates.count)
    var squares = sums
    for _ in 0..<draws {
      _ = kernel.step(&state, using: &stream)
      let x = state.position
      var span = gradient.mutableSpan
      _ = density.logDensity(at: x.span, gradient: &span, using: &workspace)
      let total = coordinates.reduce(0) { $0 + x[$1] * x[$1] }
      for (k, j) in coordinates.enumerated() {
        let (value, slope) = (x[j], gradient[j])
        let square: Double = value * value
        let cube: Double = 3 * square + value * square * slope
        let wave: Double = cos(value) + sin(value) * slope
        let mixed: Double = total + 2 * square + value * total * slope
        let functions: [Double] = [1 + value * slope, cube, wave, mixed]
        for (f, function) in functions.enumerated() {
          sums[4 * k + f] += function
          squares[4 * k + f] += function * function
        }
      }
    }
    let n = Double(draws)
    return zip(sums, squares).reduce(0) { largest, next in
      let mean = next.0 / n
      return max(largest, abs(mean) / ((next.1 / n - mean * mean) / n).squareRoot())
    }
  }

  @Test("draws obey integration by parts (false alarms below 1e-6 in all)")
  func areExact() throws {
    for (number, activation) in [Activation.tanh, .erf].enumerated() {
      let kernel = try #require(Self.gaussian(activation).exactKernel())
      #expect(try Self.largestDeviation(kernel, draws: 60_000, stream: number) < 5.8)
    }
    for (number, activation) in [Activation.tanh, .erf, .softplus].enumerated() {
      let kernel = try #require(Self.small(activation).exactKernel())
      #expect(try Self.largestDeviation(kernel, draws: 60_000, stream: 10 + number) < 5.8)
    }
  }

  @Test("a bound that is too small is noticed")
  func needTheirBounds() throws {
    var law = try #require(Self.gaussian(.tanh).rejectionLaw)
    law.bound *= 0.1
    let kernel = try #require(NeuronRejection(Self.gaussian(.tanh), law: law))
    #expect(try Self.largestDeviation(kernel, draws: 60_000, stream: 20) > 8)
    law = try #require(Self.small(.tanh).rejectionLaw)
    law.bound *= 0.1
    let other = try #require(NeuronRejection(Self.small(.tanh), law: law))
    #expect(try Self.largestDeviation(other, draws: 60_000, stream: 21) > 8)
  }

  @Test("the bound holds far out and is nearly reached")
  func isABound() throws {
    var stream = try RandomStream(StreamKey(seed: 622, chain: 0, purpose: .testing))
    for activation in [Activation.tanh, .erf] {
      let law = try #require(Self.gaussian(activation).rejectionLaw)
      var largest = 0.0
      for trial in 0..<20_000 {
        let scale = exp(4 * stream.uniform())
        let m = [scale * stream.standardNormal(), scale * stream.standardNormal()]
        let b = (0..<2).map { _ in trial % 2 == 0 ? 0 : scale * stream.standardNormal() }
        let pulled = law.pulled(m, b, 1)
        largest = max(largest, 1.3 * 1.3 * pulled * pulled / 2)
      }
      #expect(largest <= law.bound && largest > 0.95 * law.bound, "\(largest) of \(law.bound)")
    }
  }

  @Test("what cannot be drawn so is refused")
  func areRefused() throws {
    #expect(Self.gaussian(.softplus).exactKernel() == nil)
    #expect(Self.gaussian(.tanh, 6 * Self.multipliers).exactKernel() == nil)
    #expect(Self.small(.tanh, 1).exactKernel() == nil)
  }
}
