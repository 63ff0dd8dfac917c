// Wide networks with one hidden layer: averages over single neurons against exact linear networks, numbers found independently, and sampling
// from the prior.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct WideNetworkTests {
  static let scales = WeightScales(output: 1.3, input: 0.7, context: 0.9)

  static func network(
    _ activation: Activation, neurons: Int, features: Int, contexts: Int,
    scaling: FeedforwardArchitecture.ReadoutScaling = .meanField,
    drives: FeedforwardArchitecture.DrivenLayers = .first
  ) -> FeedforwardArchitecture {
    FeedforwardArchitecture(
      features: features, contexts: contexts, widths: [neurons], activation: activation, readoutScaling: scaling,
      drivenLayers: drives)
  }

  static func expansion(
    _ activation: Activation, target: [[Double]], stimuli: Matrix, tightness: Double,
    scaling: FeedforwardArchitecture.ReadoutScaling = .meanField,
    drives: FeedforwardArchitecture.DrivenLayers = .first, scales: WeightScales = WeightScales()
  ) throws -> WideNetworkExpansion {
    try #require(
      try WideNetworkExpansion(
        network(
          activation, neurons: 10, features: stimuli.columns, contexts: target.count, scaling: scaling, drives: drives),
        scales: scales, task: LearningTask(target: target), stimuli: stimuli, tightness: tightness))
  }

  static func row(_ name: String, of expansion: WideNetworkExpansion) throws -> WideNetworkExpansion.Row {
    try #require(expansion.rows.first { $0.name == name })
  }

  /// THEORY section 10, found by an independent program: tanh, stimuli −0.8 and 1.2, y* = x, one context.
  @Test(arguments: [
    (10.0, 10, 0.019213, 0.027928, -13.2310 as Double?), (40, 40, 0.001467, 0.002071, nil),
  ])
  func meanFieldTanh(tightness: Double, neurons: Int, leading: Double, loss: Double, logEvidence: Double?) throws {
    let wide = try Self.expansion(
      .tanh, target: [[1]], stimuli: Matrix([[-0.8], [1.2]]), tightness: tightness)
    let row = try Self.row("loss", of: wide)
    #expect(abs(row.expansion.leading - leading) < 1e-6 + 4 * row.leadingError, "\(row)")
    #expect(abs(row.value(neurons: neurons).value - loss) < 1e-6 + 4 * row.value(neurons: neurons).error, "\(row)")
    #expect(row.value(neurons: neurons).error < 2e-3 * loss, "\(row)")
    if let logEvidence {
      let found = wide.logEvidence(neurons: neurons)
      #expect(abs(found.value - logEvidence) < 1e-4 + 4 * found.error, "\(found)")
    }
  }

  /// c1 of ln Z and of the loss for tanh in standard scaling, same stimuli, β = 5, by the trapezoid rule in another program; the first is
  /// THEORY section 10's −0.1028.
  @Test(arguments: [
    (FeedforwardArchitecture.DrivenLayers.first, -0.1027657, 0.0301058),
    (.none, -0.1452780, 0.0297218),
  ])
  func standardTanh(drives: FeedforwardArchitecture.DrivenLayers, evidence: Double, loss: Double) throws {
    let wide = try Self.expansion(
      .tanh, target: [[1]], stimuli: Matrix([[-0.8], [1.2]]), tightness: 5, scaling: .standard, drives: drives)
    let found = try #require(wide.logEvidenceCorrection)
    #expect(abs(found.value - evidence) < 1e-7 + 6 * found.error, "\(found)")
    #expect(found.error < 1e-4)
    let row = try Self.row("loss", of: wide)
    #expect(abs(row.expansion.firstCorrection! - loss) < 1e-7 + 6 * row.correctionError!, "\(row)")
  }

  static let linearShapes: [(contexts: Int, drives: FeedforwardArchitecture.DrivenLayers)] =
    (1...3).flatMap { [($0, .first), ($0, .none)] }

  /// Linear networks are exact at every width: what is left of the expansion falls as the next power of 1/N.
  @Test(arguments: linearShapes, [0.4, 20])
  func linearMeanField(shape: (contexts: Int, drives: FeedforwardArchitecture.DrivenLayers), tightness: Double) throws {
    let (contexts, drives) = shape
    let stimuli = Matrix([[1, 0.3], [-0.4, 0.9], [0.2, -1.1]])
    let target = Array([[0.8, -0.5], [0.2, 0.3], [-0.6, 0.1]].prefix(contexts))
    let wide = try Self.expansion(
      .linear, target: target, stimuli: stimuli, tightness: tightness, drives: drives, scales: Self.scales)
    func exact(_ neurons: Int) throws -> DeepLinearPosterior {
      try #require(
        try DeepLinearPosterior(
          Self.network(.linear, neurons: neurons, features: 2, contexts: contexts, drives: drives), scales: Self.scales,
          task: LearningTask(target: target), stimuli: stimuli, tightness: tightness))
    }
    let (narrow, broad) = (try exact(1000), try exact(4000))
    // Richardson's extrapolation of the exact averages leaves O(1/N²) of the limit and of c1.
    func check(_ name: String, _ quantity: (DeepLinearPosterior) -> Double) throws {
      let row = try Self.row(name, of: wide)
      let (a, b) = (quantity(narrow), quantity(broad))
      let c1 = (a - b) / (1.0 / 1000 - 1.0 / 4000)
      let limit = b - c1 / 4000
      #expect(
        abs(row.expansion.leading - limit) < 1e-4 * abs(limit) + 5 * row.leadingError, "\(name): \(row), \(limit)")
      if let found = row.expansion.firstCorrection {
        #expect(abs(found - c1) < 0.02 * abs(c1) + 5 * row.correctionError!, "\(name): \(row), \(c1)")
      }
      #expect(row.leadingError < 0.02 * abs(limit), "\(name): \(row)")
    }
    try check("loss") { $0.posterior.loss }
    try check("output_second_moment") { $0.outputSecondMoment }
    try check("input_second_moment") { $0.inputSecondMoment }
    for c in 0..<contexts { try check("readout[\(c),1]") { $0.posterior.readout[c, 1] } }
    for (neurons, posterior) in [(1000, narrow), (4000, broad)] {
      let found = wide.logEvidence(neurons: neurons)
      let rest = posterior.posterior.logEvidence - found.value
      #expect(abs(rest) < 20 / Double(neurons) + 5 * found.error, "\(neurons): \(rest) \(found)")
    }
    // The mutant without the fluctuations' derivative along the multipliers is seen.
    let loss = try Self.row("loss", of: wide)
    #expect(loss.expansion.firstCorrection! > 5 * loss.correctionError!, "\(loss)")
  }

  /// The same for the Gaussian process: n (ln Z_n − ln Z_GP) → c1, n (⟨L⟩ − L_GP) → its c1.
  @Test(arguments: linearShapes, [0.4, 20])
  func linearStandard(shape: (contexts: Int, drives: FeedforwardArchitecture.DrivenLayers), tightness: Double) throws {
    let (contexts, drives) = shape
    let stimuli = Matrix([[1, 0.3], [-0.4, 0.9], [0.2, -1.1]])
    let target = Array([[0.8, -0.5], [0.2, 0.3], [-0.6, 0.1]].prefix(contexts))
    let wide = try Self.expansion(
      .linear, target: target, stimuli: stimuli, tightness: tightness, scaling: .standard, drives: drives,
      scales: Self.scales)
    func exact(_ neurons: Int) throws -> DeepLinearPosterior {
      try #require(
        try DeepLinearPosterior(
          Self.network(
            .linear, neurons: neurons, features: 2, contexts: contexts, scaling: .standard, drives: drives),
          scales: Self.scales, task: LearningTask(target: target), stimuli: stimuli, tightness: tightness))
    }
    let (narrow, broad) = (try exact(1000), try exact(4000))
    func check(_ what: String, _ row: WideNetworkExpansion.Row, _ quantity: (DeepLinearPosterior) -> Double) {
      let (a, b) = (quantity(narrow), quantity(broad))
      let c1 = (a - b) / (1.0 / 1000 - 1.0 / 4000)
      #expect(abs(row.expansion.leading - (b - c1 / 4000)) < 1e-5 * max(abs(b), abs(c1)), "\(what): \(row)")
      if let found = row.expansion.firstCorrection {
        #expect(abs(found - c1) < 0.02 * abs(c1) + 5 * row.correctionError!, "\(what): \(row), \(c1)")
      }
    }
    check("loss", try Self.row("loss", of: wide)) { $0.posterior.loss }
    check("w^2", try Self.row("output_second_moment", of: wide)) { $0.outputSecondMoment }
    check("readout", try Self.row("readout[0,1]", of: wide)) { $0.posterior.readout[0, 1] }
    let found = try #require(wide.logEvidenceCorrection)
    let evidence = (narrow.posterior.logEvidence - broad.posterior.logEvidence) / (1.0 / 1000 - 1.0 / 4000)
    #expect(abs(found.value - evidence) < 0.02 * abs(evidence) + 5 * found.error, "\(found) \(evidence)")
    #expect(found.error < 0.1 * max(0.1, abs(found.value)))
  }

  /// Every activation against networks drawn weight by weight from the prior and weighted: the expansion is nearer than its limit, and as near
  /// as the next power of 1/N lets it be. 5.5 standard errors of 10⁵ networks: false alarms below 10⁻⁶ each.
  @Test(
    arguments: [Activation.tanh, .relu, .erf, .softplus, .gelu],
    [FeedforwardArchitecture.ReadoutScaling.meanField, .standard])
  func priorSimulation(activation: Activation, scaling: FeedforwardArchitecture.ReadoutScaling) throws {
    let stimuli = Matrix([[0.9, 0.2], [-0.5, 0.8]])
    let target = [[0.5, -0.3], [0.1, 0.4]]
    let neurons = 12
    let tightness = scaling == .meanField ? 0.6 : 1.5
    let network = Self.network(activation, neurons: neurons, features: 2, contexts: 2, scaling: scaling)
    let wide = try Self.expansion(
      activation, target: target, stimuli: stimuli, tightness: tightness, scaling: scaling, scales: Self.scales)
    let simulation = PriorNetworks(architecture: network, scales: Self.scales, stimuli: stimuli)
    let wanted = (Matrix(target) * stimuli.transposed).elements
    let loss = try Self.row("loss", of: wide)
    let square = try Self.row("output_second_moment", of: wide)
    var partition = SampleMean()
    var losses = SampleMean()
    var squares = SampleMean()
    var stream = try RandomStream(StreamKey(seed: 72, chain: 0, purpose: .testing))
    for _ in 0..<100_000 {
      let (y, w) = simulation.draw(contexts: 2, using: &stream)
      let own = zip(y, wanted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 4
      let weight = exp(-tightness * network.taskFactor * own)
      partition.add(weight)
      losses.add(weight * (own - loss.value(neurons: neurons).value))
      squares.add(weight * (w - square.value(neurons: neurons).value))
    }
    func check(_ row: WideNetworkExpansion.Row, _ deviation: SampleMean) {
      let gap = deviation.mean / partition.mean
      let error = 5.5 * deviation.standardError / partition.mean + 5 * row.value(neurons: neurons).error
      let correction = abs(row.expansion.firstCorrection ?? 0) / Double(neurons)
      #expect(abs(gap) < 0.3 * correction + error, "\(row): \(gap), allowed \(0.3 * correction) + \(error)")
    }
    check(loss, losses)
    check(square, squares)
    let evidence = wide.logEvidence(neurons: neurons)
    let drawn = log(partition.mean)
    let error = 5.5 * partition.standardError / partition.mean + 5 * evidence.error
    #expect(abs(drawn - evidence.value) < 0.05 + error, "\(drawn) \(evidence)")
  }

  /// −d ln Z/dβ = N ⟨L⟩ power by power.
  @Test(arguments: [FeedforwardArchitecture.ReadoutScaling.meanField, .standard], [0.5, 8])
  func evidenceSlope(scaling: FeedforwardArchitecture.ReadoutScaling, tightness: Double) throws {
    let stimuli = Matrix([[0.9, 0.2], [-0.5, 0.8], [1.1, 1.3]])
    func at(_ tightness: Double) throws -> WideNetworkExpansion {
      try Self.expansion(
        .softplus, target: [[0.5, -0.3], [0.1, 0.4]], stimuli: stimuli, tightness: tightness, scaling: scaling)
    }
    let h = 1e-2 * tightness
    let (below, middle, above) = (try at(tightness - h), try at(tightness), try at(tightness + h))
    let loss = try Self.row("loss", of: middle)
    func slope(_ quantity: (WideNetworkExpansion) -> QuadratureValue) -> Double {
      (quantity(below).value - quantity(above).value) / (2 * h)
    }
    if scaling == .meanField {
      #expect(abs(slope(\.logEvidencePerNeuron) - loss.expansion.leading) < 0.01 * loss.expansion.leading)
      #expect(abs(slope(\.logEvidenceConstant) / loss.expansion.firstCorrection! - 1) < 0.05, "\(loss)")
    } else {
      #expect(abs(slope(\.logEvidenceConstant) / loss.expansion.leading - 1) < 1e-3)
      #expect(abs(slope { $0.logEvidenceCorrection! } / loss.expansion.firstCorrection! - 1) < 0.01, "\(loss)")
    }
  }

  /// Tiny and huge tightness, one neuron, unequal scales, idle features: finite numbers, or a reason.
  @Test(arguments: [Activation.tanh, .relu], [FeedforwardArchitecture.ReadoutScaling.meanField, .standard])
  func extremes(activation: Activation, scaling: FeedforwardArchitecture.ReadoutScaling) throws {
    let stimuli = Matrix([[1, 0.3, 0, 0], [-0.4, 0.9, 0, 0]])
    for (tightness, scales) in [
      (1e-9, WeightScales()), (1e9, WeightScales()), (3, WeightScales(output: 1e-3, input: 50, context: 1e-2)),
      (1, WeightScales(output: 20, input: 1e-4, context: 3)),
    ] {
      let ensemble = try FeedforwardEnsemble(
        task: LearningTask(target: [[1, 0, 2, 0], [0, 1, 0, 0]]),
        architecture: Self.network(activation, neurons: 1, features: 4, contexts: 2, scaling: scaling),
        stimuli: stimuli, scales: scales, binding: .gibbs(tightness: tightness))
      let theory = ensemble.theory()
      let rows = theory.predictions.filter { $0.status != .exact }
      #expect(!rows.isEmpty || !theory.leftOut.isEmpty, "\(tightness)")
      for row in rows { #expect(row.expected.isFinite && row.expectedError.isFinite, "\(tightness): \(row)") }
      for row in rows where !row.name.hasPrefix("readout") { #expect(row.expected >= 0, "\(tightness): \(row)") }
      if tightness < 1 {
        let square = try #require(rows.first { $0.name == "input_second_moment" })
        #expect(abs(square.expected - 4) < 1e-2)
      }
    }
  }

  /// More outputs than can be averaged over are left out in a sentence, at once.
  @Test func tooManyOutputs() throws {
    var stream = try RandomStream(StreamKey(seed: 73, chain: 0, purpose: .testing))
    let stimuli = try GaussianStimuli.draw(150, covariance: .identity(2), using: &stream)
    for scaling in FeedforwardArchitecture.ReadoutScaling.allCases {
      let theory = try FeedforwardEnsemble(
        task: LearningTask.inputSelection(contexts: 2),
        architecture: Self.network(.tanh, neurons: 5, features: 2, contexts: 2, scaling: scaling), stimuli: stimuli,
        scales: WeightScales(), binding: .gibbs(tightness: 1)
      ).theory()
      #expect(theory.leftOut.contains { $0.contains("300 outputs") }, "\(theory.leftOut)")
    }
  }

  /// How strongly multipliers pull far out: in closed form for linear neurons, by a search of all directions for rectifiers in the plane.
  @Test func pulls() throws {
    let stimuli = Matrix([[1, 0.3], [-0.4, 0.9], [0.2, -1.1]])
    let multipliers = [0.7, -0.4, 0.3]
    for activation in [Activation.linear, .relu, .softplus] {
      let network = Self.network(activation, neurons: 4, features: 2, contexts: 1, drives: .none)
      let inputs = try NeuronInputs(network, scales: Self.scales, stimuli: stimuli)
      let draws = try EvenNeurons(inputs, NeuronProposal(inputs), parts: 1, each: 1024, seed: 1)
      var largest = 0.0
      for k in 0..<20000 {
        let angle = Double(k) * Double.pi / 10000
        var sum = 0.0
        for p in 0..<3 {
          let input = Self.scales.input * (stimuli[p, 0] * cos(angle) + stimuli[p, 1] * sin(angle))
          sum += multipliers[p] * (activation.isLinear ? input : max(0, input))
        }
        largest = max(largest, pow(Self.scales.output * sum, 2))
      }
      let found = inputs.largestPull(multipliers, from: draws)
      #expect(abs(found - largest) < 1e-6 * largest, "\(activation): \(found), \(largest)")
    }
  }

  /// One gelu neuron under a very tight task: no loss is negative, and ln Z, of an average below 1, is not positive.
  @Test func whatContradictsItselfIsNotTold() throws {
    let stimuli = Matrix([[1, 0.3], [-0.4, 0.9], [0.2, -1.1], [0.7, 0.8]])
    let wide = try Self.expansion(
      .gelu, target: [[1, 0], [0, 1]], stimuli: stimuli, tightness: 1000, scaling: .standard, drives: .first,
      scales: WeightScales(output: 0.5, input: 4, context: 0.3))
    let reason = try #require(wide.contradiction(neurons: 1))
    #expect(reason.contains("would be"))
    let rows = Prediction.wide(wide, neurons: 1)
    #expect(rows.allSatisfy { $0.status == .asymptotic(order: "O(1/width)") }, "the limits alone: \(rows)")
    #expect(try rows.first { $0.name == "loss" }?.expected == Self.row("loss", of: wide).expansion.leading)
    #expect(wide.contradiction(neurons: 100_000) == nil)
    #expect(Prediction.wide(wide, neurons: 100_000).contains { $0.status == .asymptotic(order: "O(1/width^2)") })
  }

  /// Shifted Sobol points: inside the cube, each coordinate even, and sharper than random points of the same number.
  @Test func quasiRandomPoints() throws {
    let (count, dimension) = (4096, 6)
    var stream = try RandomStream(StreamKey(seed: 74, chain: 0, purpose: .testing))
    var errors: [Double] = []
    for _ in 0..<8 {
      let points = try QuasiRandom.points(count: count, shift: (0..<dimension).map { _ in stream.uniform() })
      #expect(points.count == count * dimension && points.allSatisfy { $0 > 0 && $0 < 1 })
      for d in 0..<dimension {
        var bins = [Int](repeating: 0, count: 64)
        for p in 0..<count { bins[Int(points[p * dimension + d] * 64)] += 1 }
        #expect(bins.allSatisfy { abs($0 - 64) <= 1 }, "\(d): \(bins)")
      }
      let mean = (0..<count).reduce(0.0) { sum, p in
        sum + (0..<dimension).reduce(1.0) { $0 * (points[p * dimension + $1] + 0.5) } / Double(count)
      }
      errors.append(mean - 1)
    }
    // Random points: the product's standard deviation is √((13/12)⁶ − 1) = 0.785, over √4096 0.0123.
    let rms = (errors.reduce(0) { $0 + $1 * $1 } / 8).squareRoot()
    #expect(rms < 0.0123 / 6, "at least six times sharper: \(errors)")
  }
}
