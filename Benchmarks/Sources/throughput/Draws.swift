// Normal numbers, and the weights of networks drawn exactly.

import Foundation
import Networks
import Sampling

/// One core at work.
enum Draws {
  static func lines() throws -> [String] {
    var stream = try RandomStream(StreamKey(seed: 1, chain: 0, purpose: .testing), generator: RandomStream.vectorGenerator)
    var numbers = [Double](repeating: 0, count: 1_000_000)
    let normals = rate {
      var span = numbers.mutableSpan
      stream.fillStandardNormal(&span)
    }
    let neurons = 10_000
    let problem = try MaxEntropyProblem(task: .inputSelection(contexts: 2), activeProbability: 0.5)
    let law = NeuronLaw(try problem.solve())
    var networks = ProductSource(
      law, neurons: neurons, stimulusCovariance: .identity(2), chain: 0,
      stream: try RandomStream(StreamKey(seed: 1, chain: 0, purpose: .exactDraws), generator: RandomStream.vectorGenerator))
    let sourced = try rate {
      var sink = MemorySink(networks.schema, draws: 1)
      try networks.next(into: &sink)
    }
    var chunk = law.makeChunk(neurons: 1024)
    let drawn = rate { law.draw(into: &chunk, using: &stream) }
    return [
      line("normals", perSecond: normals * 1e6),
      line("product weights", target: "K = D = 2", perSecond: drawn * Double(chunk.neurons * 3)),
      line("product weights", target: "K = D = 2, with observables", perSecond: sourced * Double(neurons * 3)),
    ]
  }
}
