// The kernels that make neurons of random numbers, against plain loops, bit for bit, with every instruction set.

import CKernels
import Sampling
import Testing

@testable import Numerics

@Suite struct NeuronDrawKernelsTests {
  private static let contexts = 3
  private static let features = 2

  private static func numbers(_ count: Int) throws -> [Double] {
    var stream = try RandomStream(StreamKey(seed: 20_260_101, chain: 740, purpose: .testing))
    return (0..<count).map { _ in stream.uniform() }
  }

  private static var kernels: [UnsafePointer<ck_kernels>] {
    (0..<ck_kernels_count()).compactMap { ck_kernels_at($0) }
  }

  @Test(arguments: [1, 7, 8, 29]) func subsetsHaveTheirSizes(neurons: Int) throws {
    let contexts = Self.contexts
    let chances = try Self.numbers(contexts * neurons)
    let active = (0..<neurons).map { Double($0 % (contexts + 1)) }
    for kernels in Self.kernels {
      var g = [Double](repeating: .nan, count: contexts * neurons)
      kernels.pointee.subsets(active, chances, &g, contexts, neurons)
      for i in 0..<neurons {
        var left = active[i]
        for c in 0..<contexts {
          let chosen = chances[c * neurons + i] * Double(contexts - c) < left ? 1.0 : 0.0
          #expect(g[c * neurons + i] == chosen)
          left -= chosen
        }
        #expect(left == 0)
      }
    }
  }

  @Test(arguments: [1, 7, 8, 29]) func tiltsAreWhatLoopsGive(neurons: Int) throws {
    let (contexts, features) = (Self.contexts, Self.features)
    let (w, g) = (try Self.numbers(neurons), try Self.numbers(contexts * neurons))
    let pulls = try Self.numbers(contexts * features)
    for kernels in Self.kernels {
      for d in 0..<features {
        var row = w.map { 1 - $0 }
        pulls.withUnsafeBufferPointer {
          kernels.pointee.tilt(w, g, $0.baseAddress! + d, features, 0.5, &row, contexts, neurons)
        }
        for i in 0..<neurons {
          var tilted = 0.5 * (1 - w[i])
          for c in 0..<contexts { tilted.addProduct(pulls[c * features + d] * g[c * neurons + i], w[i]) }
          #expect(row[i] == tilted)
        }
      }
    }
  }
}
