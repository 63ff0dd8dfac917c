// The peers' targets (Benchmarks/peers): log density, gradient and readout at θ_j = sin j, against their own numbers.

import Foundation
import Networks
import Sampling
import Testing

@Suite struct PeerReferenceTests {
  private struct Reference: Decodable {
    let logp: Double
    let norm: Double
    let head: [Double]
    let tail: [Double]
    let readout: [[Double]]

    enum CodingKeys: String, CodingKey {
      case logp
      case norm = "grad_norm"
      case head = "grad_head"
      case tail = "grad_tail"
      case readout = "R"
    }
  }

  private struct File: Decodable { let targets: [String: Reference] }

  private static let data = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Benchmarks/peers/data")

  private static func reference(_ name: String) throws -> Reference {
    let file = try Data(contentsOf: data.appendingPathComponent("reference.json"))
    return try #require(try JSONDecoder().decode(File.self, from: file).targets[name])
  }

  private static func table(_ name: String) throws -> Matrix {
    let text = try String(contentsOf: data.appendingPathComponent(name), encoding: .utf8)
    return Matrix(
      try text.split(separator: "\n").map { line in
        try line.split(separator: ",").map { try #require(Double($0.trimmingCharacters(in: .whitespaces))) }
      })
  }

  /// Compares at θ_j = sin j, j = 1 …, where the peers' blocks are [neuron, entry] and ours [entry, neuron].
  private func compare<Density: DifferentiableLogDensity>(
    _ name: String, _ density: Density, neurons: Int, widths: [Int], readout: (Span<Double>) -> Matrix
  ) throws {
    let reference = try Self.reference(name)
    // Where the peers' coordinate j lies in our position.
    var places: [Int] = []
    var offset = 0
    for width in widths {
      for i in 0..<neurons { for k in 0..<width { places.append(offset + k * neurons + i) } }
      offset += neurons * width
    }
    var position = [Double](repeating: 0, count: density.dimension)
    try #require(places.count == position.count)
    for (j, place) in places.enumerated() { position[place] = sin(Double(j + 1)) }
    var gradient = position
    var workspace = density.makeWorkspace()
    var span = gradient.mutableSpan
    let value = density.logDensity(at: position.span, gradient: &span, using: &workspace)
    let sorted = places.map { gradient[$0] }
    let norm = sorted.reduce(0) { $0 + $1 * $1 }.squareRoot()
    func isClose(_ a: Double, _ b: Double, scale: Double = 0) -> Bool { abs(a - b) <= 1e-10 * max(abs(b), scale) }
    #expect(isClose(value, reference.logp))
    #expect(isClose(norm, reference.norm))
    for (a, b) in zip(sorted, reference.head) { #expect(isClose(a, b, scale: norm)) }
    for (a, b) in zip(sorted.suffix(3), reference.tail) { #expect(isClose(a, b, scale: norm)) }
    let found = readout(position.span)
    for (a, b) in zip(found.elements, reference.readout.joined()) { #expect(isClose(a, b, scale: 1e-3)) }
  }

  @Test(arguments: [(100, 2), (1000, 4)]) func linearNetworks(neurons: Int, contexts: Int) throws {
    let gains = try Self.table("gains_N\(neurons).csv").transposed
    let density = GainModulatedLinearDensity(
      neurons: neurons,
      potential: .loss(
        tightness: 20, target: .identity(contexts), stimulusCovariance: .identity(contexts)),
      outputPrecision: 1, inputPrecision: 1, gains: .fixed(gains))
    try compare("glm-\(neurons)", density, neurons: neurons, widths: [1, contexts]) { x in
      let n = neurons
      var readout = Matrix(rows: contexts, columns: contexts)
      for c in 0..<contexts {
        for d in 0..<contexts {
          for i in 0..<n { readout[c, d] += gains[c, i] * x[i] * x[n * (1 + d) + i] / Double(n) }
        }
      }
      return readout
    }
  }

  @Test func twoLayerNetwork() throws {
    let stimuli = try Self.table("stimuli_two-layer.csv")
    let density = FeedforwardDensity(
      architecture: .twoLayer(features: 2, contexts: 2, neurons: 100, activation: .tanh),
      scales: WeightScales(context: 1.5), stimuli: stimuli,
      potential: .loss(tightness: 50, wantedOutputs: stimuli.transposed))
    try compare("two-layer-100", density, neurons: 100, widths: [1, 2, 2]) { density.readout(at: $0) }
  }

  @Test func singleNeuron() throws {
    let density = try GaussianTwoLayerDensity(
      neurons: 1, activation: .erf, potential: .multipliers(Matrix([[0.5, -0.1], [-0.1, 0.5]])),
      stimulusCovariance: .identity(2), outputScale: 1, inputScale: 1, contextScale: 1)
    try compare("single", density, neurons: 1, widths: [1, 2, 2]) { x in
      let shrinkage = 1 / (1 + 2 * (x[1] * x[1] + x[2] * x[2]))
      var readout = Matrix(rows: 2, columns: 2)
      for c in 0..<2 {
        let gain = 2 * (shrinkage / Double.pi).squareRoot() * exp(-x[3 + c] * x[3 + c] * shrinkage)
        for d in 0..<2 { readout[c, d] = x[0] * gain * x[1 + d] }
      }
      return readout
    }
  }
}
