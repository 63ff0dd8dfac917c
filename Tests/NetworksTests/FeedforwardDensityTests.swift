// The feedforward density: value, gradient, outputs and heating against definitions, and against published numbers.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

/// A small network of any kind with random weights, stimuli and task.
struct FeedforwardCase: Sendable, CustomTestStringConvertible {
  let architecture: FeedforwardArchitecture
  let density: FeedforwardDensity
  let task: LearningTask
  let position: [Double]

  var testDescription: String {
    "\(architecture.activation), \(architecture.widths), K = \(architecture.contexts), "
      + "\(architecture.drivenLayers), \(architecture.readoutScaling)"
  }

  /// - Parameter isLinear: whether the density is bound to its task by multipliers.
  init(_ architecture: FeedforwardArchitecture, isLinear: Bool, stimuli count: Int = 7, seed: UInt64 = 21) throws {
    var stream = try RandomStream(StreamKey(seed: seed, chain: 0, purpose: .testing))
    func normals(_ rows: Int, _ columns: Int) -> Matrix {
      Matrix(
        rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in stream.standardNormal() })
    }
    self.architecture = architecture
    task = try LearningTask(target: normals(architecture.contexts, architecture.features))
    let stimuli = normals(count, architecture.features)
    let potential: FeedforwardPotential =
      isLinear
      ? .multipliers(normals(architecture.contexts, architecture.features))
      : .loss(tightness: 7, task: task, stimuli: stimuli)
    density = FeedforwardDensity(
      architecture: architecture, scales: WeightScales(output: 1.2, input: 0.8, context: 1.5, hidden: 0.9),
      stimuli: stimuli, potential: potential)
    position = density.drawPrior(using: &stream)
  }

  /// Every activation, depth, place of context drives, scaling and number of contexts; widths below, at and above the
  /// eight lanes of the products.
  static let architectures: [FeedforwardArchitecture] = {
    var list: [FeedforwardArchitecture] = []
    for activation in Activation.allCases.filter(\.hasBoundedGains) {
      for (contexts, widths) in [(1, [19]), (2, [5, 9]), (3, [8, 11, 6]), (3, [19])] {
        for drives in FeedforwardArchitecture.DrivenLayers.allCases {
          for scaling in FeedforwardArchitecture.ReadoutScaling.allCases {
            list.append(
              FeedforwardArchitecture(
                features: contexts + 1, contexts: contexts, widths: widths, activation: activation,
                readoutScaling: scaling, drivenLayers: drives))
          }
        }
      }
    }
    // Powers of powers in deep networks leave no digits to compare.
    for activation in [Activation.quadratic, .hermite2, .hermite3] {
      list.append(.twoLayer(features: 3, contexts: 2, neurons: 5, activation: activation))
    }
    return list
  }()

  /// The output of the network written out neuron by neuron, as in THEORY section 6; weights by name.
  func naiveOutput(context: Int, stimulus: [Double]) -> Double {
    func weight(_ block: String, _ row: Int, _ column: Int) -> Double {
      let block = density.layout[block]!
      return position[block.offset + row * block.shape.last! + column]
    }
    var previous = stimulus
    for (layer, width) in architecture.widths.enumerated() {
      let name = layer == 0 ? "input_weights" : "hidden_weights_\(layer + 1)"
      let drive = layer == 0 ? "context_drive" : "context_drive_\(layer + 1)"
      let scale = layer == 0 ? 1 : 1 / Double(previous.count).squareRoot()
      previous = (0..<width).map { i in
        var input = 0.0
        for (j, value) in previous.enumerated() { input += weight(name, j, i) * value * scale }
        if density.layout[drive] != nil { input += weight(drive, context, i) }
        return architecture.activation.value(input)
      }
    }
    var sum = 0.0
    for (i, value) in previous.enumerated() { sum += weight("output_weight", 0, i) * value }
    let n = Double(previous.count)
    return architecture.readoutScaling == .meanField ? sum / n : sum / n.squareRoot()
  }

  var naiveOutputs: Matrix {
    Matrix(
      (0..<architecture.contexts).map { c in
        density.stimuli.rowArrays.map { naiveOutput(context: c, stimulus: $0) }
      })
  }

  /// ln p and the potential V, written out.
  var naiveLogDensity: (value: Double, potential: Double) {
    var prior = 0.0
    for block in density.layout.blocks {
      let scale =
        switch block.name {
        case "output_weight": 1.2
        case "input_weights": 0.8
        case let name where name.hasPrefix("context_drive"): 1.5
        default: 0.9
        }
      for j in block.range { prior -= position[j] * position[j] / (scale * scale) / 2 }
    }
    let outputs = naiveOutputs
    let count = Double(density.stimuli.rows)
    var potential = 0.0
    switch density.potential {
    case .constraint, .readoutConstraint: break
    case .loss(let tightness, _):
      let error = outputs - task.target * density.stimuli.transposed
      potential = tightness / (2 * count) * error.squaredNorm
    case .multipliers(let multipliers):
      let readout = (1 / count) * (outputs * density.stimuli)
      potential = -zip(multipliers.elements, readout.elements).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let n = architecture.readoutScaling == .meanField ? Double(architecture.widths.last!) : 1
    return (prior - n * potential, potential)
  }
}

@Suite struct FeedforwardDensityTests {
  @Test(arguments: FeedforwardCase.architectures, [false, true])
  func valueOutputsAndReadoutAreTheDefinition(architecture: FeedforwardArchitecture, isLinear: Bool) throws {
    let network = try FeedforwardCase(architecture, isLinear: isLinear)
    let density = network.density
    var workspace = density.makeWorkspace()
    let expected = network.naiveLogDensity.value
    let value = density.logDensity(at: network.position.span, using: &workspace)
    #expect(abs(value - expected) < 1e-12 * max(10, abs(expected)))
    let outputs = density.outputs(at: network.position.span, stimuli: density.stimuli)
    #expect((outputs - network.naiveOutputs).squaredNorm.squareRoot() < 1e-12 * max(1, outputs.squaredNorm))
    let readout = (1 / 7.0) * (network.naiveOutputs * density.stimuli)
    #expect((density.readout(at: network.position.span) - readout).squaredNorm.squareRoot() < 1e-12)
  }

  @Test(arguments: FeedforwardCase.architectures, [false, true])
  func gradientMatchesCentralDifferences(architecture: FeedforwardArchitecture, isLinear: Bool) throws {
    let network = try FeedforwardCase(architecture, isLinear: isLinear)
    let other = try FeedforwardCase(architecture, isLinear: isLinear, seed: 22)
    let report = GradientTest(tolerance: 1e-6).run(network.density, at: [network.position, other.position])
    #expect(report.passed, "\(network.testDescription): \(report.blocks)")
  }

  @Test func heldOutStimuliAreAnsweredLikeGivenOnes() throws {
    let architecture = FeedforwardCase.architectures[8]
    let network = try FeedforwardCase(architecture, isLinear: false)
    let heldOut = Matrix(
      rows: 1, columns: architecture.features, elements: [0.3, -1.2, 0.7].prefix(architecture.features).map { $0 })
    let outputs = network.density.outputs(at: network.position.span, stimuli: heldOut)
    for c in 0..<architecture.contexts {
      #expect(abs(outputs[c, 0] - network.naiveOutput(context: c, stimulus: heldOut.row(0))) < 1e-13)
    }
  }

  @Test(arguments: [false, true]) func temperedDensityIsThePriorAndItsSlope(isLinear: Bool) throws {
    let network = try FeedforwardCase(FeedforwardCase.architectures[30], isLinear: isLinear)
    let full = network.density
    let x = network.position
    var workspace = full.makeWorkspace()
    let prior = full.tempered(to: 0).logDensity(at: x.span, using: &workspace)
    var gaussian = 0.0
    for (value, scale) in zip(x, full.priorScales) { gaussian -= value * value / (scale * scale) / 2 }
    #expect(abs(prior - gaussian) < 1e-11)
    let slope = full.temperatureSlope(at: x.span, using: &workspace)
    #expect(abs(slope + full.taskFactor * network.naiveLogDensity.potential) < 1e-11 * max(1, abs(slope)))
    for t in [0.25, 1] {
      let heated = full.tempered(to: t)
      #expect(abs(heated.logDensity(at: x.span, using: &workspace) - (prior + t * slope)) < 1e-10)
      #expect(abs(heated.logLikelihood(at: x.span, using: &workspace) - t * slope) < 1e-10)
      #expect(GradientTest(tolerance: 1e-6).run(heated, at: [x]).passed)
    }
  }

  @Test func tightnessZeroIsThePrior() throws {
    let network = try FeedforwardCase(FeedforwardCase.architectures[6], isLinear: false)
    let free = FeedforwardDensity(
      architecture: network.architecture, scales: network.density.scales, stimuli: network.density.stimuli,
      task: network.task, tightness: 0)
    var workspace = free.makeWorkspace()
    var gradient = [Double](repeating: .nan, count: free.dimension)
    var span = gradient.mutableSpan
    _ = free.logDensity(at: network.position.span, gradient: &span, using: &workspace)
    for (j, scale) in free.priorScales.enumerated() {
      #expect(abs(gradient[j] + network.position[j] / (scale * scale)) < 1e-14 * max(1, abs(gradient[j])))
    }
  }

  /// The mean and the variance of 4000 redrawn outputs, each within 5 standard errors (false-alarm rate 1.2e-6 in all).
  @Test func redrawnTaskHasTheLikelihoodsLaw() throws {
    let network = try FeedforwardCase(FeedforwardCase.architectures[6], isLinear: false)
    let density = network.density.tempered(to: 0.5)
    var stream = try RandomStream(StreamKey(seed: 23, chain: 0, purpose: .testing))
    let outputs = network.naiveOutputs
    let variance = 7 / (0.5 * 7 * density.taskFactor)
    var mean = 0.0
    var square = 0.0
    let draws = 4000
    for _ in 0..<draws {
      let drawn = try #require(density.withTask(drawnGiven: network.position.span, using: &stream))
      guard case .loss(7, let wanted) = drawn.potential else {
        Issue.record("the redrawn density has another potential")
        return
      }
      for (value, center) in zip(wanted.elements, outputs.elements) {
        mean += value - center
        square += (value - center) * (value - center)
      }
    }
    let count = Double(draws * outputs.elements.count)
    #expect(abs(mean / count) < 5 * (variance / count).squareRoot())
    #expect(abs(square / count - variance) < 5 * variance * (2 / count).squareRoot())
    let linear = try FeedforwardCase(FeedforwardCase.architectures[6], isLinear: true)
    #expect(linear.density.withTask(drawnGiven: linear.position.span, using: &stream) == nil)
  }

  /// A linear network's response is W_c x + o_c; its expected loss is ½ Σ_c [(W_c − A_c)ᵀ S (W_c − A_c) + o_c²].
  @Test(arguments: [
    Matrix([[1, 0.3, 0], [0.3, 2, 0.1], [0, 0.1, 0.5]]), Matrix([[1, 1, 0], [1, 1, 0], [0, 0, 2]]),
  ])
  func sigmaPointsGiveTheGaussianLossOfALinearNetwork(covariance: Matrix) throws {
    let stimuli = try GaussianStimuli.sigmaPoints(covariance: covariance)
    #expect(stimuli.rows == 6)
    #expect((GaussianStimuli.secondMoment(of: stimuli) - covariance).squaredNorm < 1e-26)
    for d in 0..<3 { #expect(stimuli.rowArrays.reduce(0) { $0 + $1[d] } == 0) }

    let architecture = FeedforwardArchitecture(
      features: 3, contexts: 2, widths: [6, 5], activation: .linear, drivenLayers: .all)
    let network = try FeedforwardCase(architecture, isLinear: false)
    let density = FeedforwardDensity(
      architecture: architecture, scales: network.density.scales, stimuli: stimuli, task: network.task, tightness: 3)
    var workspace = density.makeWorkspace()
    var loss = 0.0
    for c in 0..<2 {
      let offset = network.naiveOutput(context: c, stimulus: [0, 0, 0])
      let error = (0..<3).map { d in
        let unit = (0..<3).map { $0 == d ? 1.0 : 0.0 }
        return network.naiveOutput(context: c, stimulus: unit) - offset - network.task.target[c, d]
      }
      loss += (zip(error, covariance * error).reduce(0) { $0 + $1.0 * $1.1 } + offset * offset) / 2
    }
    let slope = density.temperatureSlope(at: network.position.span, using: &workspace)
    #expect(abs(slope + 3 * 5 * loss) < 1e-11 * abs(slope))
  }

  @Test func evaluationsAllocateNothing() throws {
    try #require(countsAllocations, "allocations are not counted on this platform")
    for architecture in [FeedforwardCase.architectures[1], FeedforwardCase.architectures[15]] {
      let network = try FeedforwardCase(architecture, isLinear: false)
      let x = network.position
      var workspace = network.density.makeWorkspace()
      var gradient = [Double](repeating: 0, count: x.count)
      var sum = 0.0
      let count = allocations {
        for _ in 0..<100 {
          var span = gradient.mutableSpan
          sum += network.density.logDensity(at: x.span, gradient: &span, using: &workspace)
          sum += network.density.logLikelihood(at: x.span, using: &workspace)
        }
      }
      #expect(sum.isFinite)
      #expect(count == 0)
    }
  }
}

/// A two-layer density evaluated by four independent programs that agree to 1e-12.
struct TwoLayerReference: Decodable {
  let dim: Int
  let logp: Double
  let gradNorm: Double
  let gradHead: [Double]
  let gradTail: [Double]
  let readout: [[Double]]
  let meanW2: Double
  let meanM2: Double

  static let neurons = 100
  let density: FeedforwardDensity
  let position: [Double]

  enum CodingKeys: String, CodingKey {
    case dim, logp
    case readout = "R"
    case gradNorm = "grad_norm"
    case gradHead = "grad_head"
    case gradTail = "grad_tail"
    case meanW2 = "mean_w2"
    case meanM2 = "mean_m2"
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    dim = try values.decode(Int.self, forKey: .dim)
    logp = try values.decode(Double.self, forKey: .logp)
    gradNorm = try values.decode(Double.self, forKey: .gradNorm)
    gradHead = try values.decode([Double].self, forKey: .gradHead)
    gradTail = try values.decode([Double].self, forKey: .gradTail)
    readout = try values.decode([[Double]].self, forKey: .readout)
    meanW2 = try values.decode(Double.self, forKey: .meanW2)
    meanM2 = try values.decode(Double.self, forKey: .meanM2)

    let folder = try #require(Bundle.module.url(forResource: "Reference", withExtension: nil))
    let text = try String(contentsOf: folder.appending(path: "stimuli_two_layer.csv"), encoding: .utf8)
    let stimuli = Matrix(text.split(separator: "\n").map { $0.split(separator: ",").map { Double($0)! } })
    density = FeedforwardDensity(
      architecture: .twoLayer(features: 2, contexts: 2, neurons: Self.neurons, activation: .tanh),
      scales: WeightScales(context: 1.5), stimuli: stimuli, task: try .inputSelection(contexts: 2), tightness: 50)
    position = (0..<dim).map { sin(Double(Self.theirIndex(of: $0) + 1)) }
  }

  /// Where the reference keeps a coordinate: its blocks are transposed.
  static func theirIndex(of coordinate: Int) -> Int {
    guard coordinate >= neurons else { return coordinate }
    let (block, rest) = (coordinate - neurons).quotientAndRemainder(dividingBy: 2 * neurons)
    let (row, neuron) = rest.quotientAndRemainder(dividingBy: neurons)
    return neurons + block * 2 * neurons + 2 * neuron + row
  }

  static func load() throws -> TwoLayerReference {
    let folder = try #require(Bundle.module.url(forResource: "Reference", withExtension: nil))
    let data = try Data(contentsOf: folder.appending(path: "two_layer.json"))
    return try JSONDecoder().decode(TwoLayerReference.self, from: data)
  }
}

@Suite struct FeedforwardReferenceTests {
  @Test func twoLayerTanhAgreesWithOtherPrograms() throws {
    let reference = try TwoLayerReference.load()
    let density = reference.density
    #expect(density.dimension == reference.dim)
    var workspace = density.makeWorkspace()
    var gradient = [Double](repeating: .nan, count: reference.dim)
    var span = gradient.mutableSpan
    let value = density.logDensity(at: reference.position.span, gradient: &span, using: &workspace)
    #expect(abs(value - reference.logp) < 1e-10 * abs(reference.logp))
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(norm - reference.gradNorm) < 1e-10 * reference.gradNorm)

    var theirs = gradient
    for j in 0..<reference.dim { theirs[TwoLayerReference.theirIndex(of: j)] = gradient[j] }
    let known = theirs.prefix(5) + theirs.suffix(3)
    for (value, expected) in zip(known, reference.gradHead + reference.gradTail) {
      #expect(abs(value - expected) < 1e-10 * abs(expected))
    }
    let readout = density.readout(at: reference.position.span)
    let expected = Matrix(reference.readout)
    #expect((readout - expected).squaredNorm.squareRoot() < 1e-10 * expected.squaredNorm.squareRoot())

    let seen = FeedforwardObservables(density: density, task: try .inputSelection(contexts: 2))
    var observed = [Double](repeating: .nan, count: seen.variables.reduce(0) { $0 + $1.count })
    var out = observed.mutableSpan
    var scratch = seen.makeWorkspace()
    seen.evaluate(at: reference.position.span, logDensity: value, into: &out, using: &scratch)
    #expect(abs(observed[6] - reference.meanW2) < 1e-10 * reference.meanW2)
    #expect(abs(observed[7] - reference.meanM2) < 1e-10 * reference.meanM2)
  }
}
