// Output weights drawn given activities: right also where prior and task are of very different sizes.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct OutputMarginalTests {
  static let features: [Double] = [
    0.9, -0.2, 0.4, -0.5, 0.7, 0.1, 0.3, 0.8, -0.6, -0.1, -0.9, 0.2, 0.6, 0.5, 0.5, -0.8, 0.3, 0.9,
  ]

  /// Of six rows and three weights under a prior that is wide against the task, |Y − f H w|² is what no weights remove plus χ²₃/κ: with draws of
  /// the prior that have to cancel it would be that of their rounding, 10¹²·10⁻¹⁶ times κ and more. False alarms 1e-5.
  @Test(arguments: [(1e3, 5.0), (1e12, 5), (1e30, 5), (1e3, 1e16), (1, 1e16)])
  func widePriorsCostNoDigits(spread: Double, precision: Double) throws {
    let (rows, neurons, factor) = (6, 3, 0.5)
    // Of a network's outputs, so that nothing is left that no weights remove.
    let wanted = (0..<rows).map { s in
      factor * (0..<neurons).reduce(0) { $0 + Self.features[s * neurons + $1] * Double($1 + 1) }
    }
    let marginal = OutputMarginal(
      NeuronSumTask(wanted: wanted, precision: precision, factor: factor), neurons: neurons, spread: spread)
    var memory = [Double](repeating: 0, count: marginal.memoryCount)
    var noise = [Double](repeating: 0, count: rows + neurons)
    var weights = [Double](repeating: 0, count: neurons)
    var stream = try RandomStream(StreamKey(seed: 91, chain: 0, purpose: .testing))
    let draws = 600
    var sum = 0.0
    Self.features.withUnsafeBufferPointer { elements in
      let h = ReadoutFeatures(elements.baseAddress!, rows: rows, neurons: neurons, order: .byRow)
      _ = memory.withUnsafeMutableBufferPointer { marginal.value(h, $0.baseAddress!) }
      for _ in 0..<draws {
        for i in noise.indices { noise[i] = stream.standardNormal() }
        sum -=
          2
          * noise.withUnsafeMutableBufferPointer { noise in
            weights.withUnsafeMutableBufferPointer { weights in
              memory.withUnsafeMutableBufferPointer {
                marginal.draw(h, noise: noise.baseAddress!, into: weights.baseAddress!, $0.baseAddress!)
              }
            }
          }
      }
    }
    let mean = sum / Double(draws)
    #expect(abs(mean - 3) < 4.5 * (6 / Double(draws)).squareRoot(), "\(mean)")
  }
}
