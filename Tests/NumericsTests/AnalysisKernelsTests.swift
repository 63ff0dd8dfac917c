// The kernels that analyses of draws spend their time on: definitions, and the same bits on every instruction set.

import CKernels
import Numerics
import Sampling
import Testing

@Suite struct AnalysisKernelsTests {
  private static func numbers(_ count: Int, seed: UInt64) throws -> [Double] {
    var stream = try RandomStream(StreamKey(seed: seed, chain: 0, purpose: .testing))
    return (0..<count).map { _ in stream.standardNormal() }
  }

  private static var sets: [ck_kernels] {
    (0..<Int(ck_kernels_count())).compactMap { ck_kernels_at(Int32($0))?.pointee }
  }

  /// Lengths with and without whole lanes, lags up to and beyond the end.
  @Test(arguments: [1, 4, 11, 12, 19, 64, 517], [0, 1, 4, 8, 60, 600])
  func lagProducts(count: Int, lag: Int) throws {
    let x = try Self.numbers(count, seed: 5)
    let results = Self.sets.map { kernels in
      var products = [1.0, 2, 3, 4]
      kernels.lag_products(x, count, lag, &products)
      return products
    }
    for k in 0..<4 {
      let expected = (0..<max(0, count - lag - k)).reduce(Double(k + 1)) { $0 + x[$1] * x[$1 + lag + k] }
      #expect(abs(results[0][k] - expected) < 1e-12)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test(arguments: [1, 7, 8, 9, 100], [1, 2, 5])
  func rightSigns(count: Int, features: Int) throws {
    let stimuli = try Self.numbers(features * count, seed: 6).map { ($0 * 2).rounded() / 2 }
    let readout = try Self.numbers(features, seed: 7).map { ($0 * 2).rounded() }
    let wanted = try Self.numbers(count, seed: 8).map { abs($0) < 0.3 ? 0 : $0 > 0 ? 1 : -1.0 }
    var expected = 0
    for p in 0..<count {
      let output = (0..<features).reduce(0.0) { $0 + readout[$1] * stimuli[$1 * count + p] }
      expected += output == 0 || wanted[p] == 0 ? 1 : (output > 0) == (wanted[p] > 0) ? 2 : 0
    }
    for kernels in Self.sets {
      #expect(kernels.right_signs(readout, stimuli, wanted, features, count) == expected)
    }
  }

  /// With the processor's instructions, where it has them, and without.
  @Test func sha256WithAndWithoutInstructions() {
    let blocks = (0..<64 * 37).map { UInt8(truncatingIfNeeded: $0 &* 137 ^ $0 >> 5) }
    var own = (0..<8).map { UInt32($0) &* 0x9e37_79b9 }
    var portable = own
    ck_sha256(&own, blocks, 37)
    ck_sha256_portable(&portable, blocks, 37)
    #expect(own == portable)
  }
}
