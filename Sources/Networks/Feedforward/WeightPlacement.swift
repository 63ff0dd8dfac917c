// Where the weights of a network whose position does not hold them in order, or not all of them, come from.

import Sampling

/// Makes all weights of a network, in the order of ``FeedforwardArchitecture/weightLayout``, from a position.
///
/// A position has normal weights first and signs after them, and has no output weights where these are given. Costs a copy of all
/// weights, O(weights); allocates nothing.
struct WeightPlacement: Sendable {
  /// A block that is in both.
  private struct Part: Sendable {
    let position, whole, count: Int
    let isReal: Bool
  }

  private let parts: [Part]
  /// w where it is given: the first of all weights.
  private let readout: [Double]
  /// All weights.
  let count: Int

  /// Nil where a position is just all weights in order.
  init?(_ architecture: FeedforwardArchitecture) {
    guard !architecture.isPlain else { return nil }
    let (own, whole) = (architecture.layout, architecture.weightLayout)
    parts = own.blocks.map { block in
      Part(
        position: block.offset, whole: whole[block.name]!.offset, count: block.count, isReal: block.kind == .real)
    }
    readout = architecture.fixedReadout ?? []
    count = whole.dimension
  }

  /// Where a coordinate of a position is among all weights.
  @inline(__always)
  func index(of coordinate: Int) -> Int {
    for part in parts where coordinate < part.position + part.count { return part.whole + coordinate - part.position }
    preconditionFailure("a position has no coordinate \(coordinate)")
  }

  /// Writes all weights.
  func write(_ position: UnsafePointer<Double>, to whole: UnsafeMutablePointer<Double>) {
    for i in 0..<readout.count { whole[i] = readout[i] }
    for part in parts { (whole + part.whole).update(from: position + part.position, count: part.count) }
  }

  /// Adds what a gradient over all weights has of a position's real ones.
  func add(_ whole: UnsafePointer<Double>, to gradient: UnsafeMutablePointer<Double>) {
    for part in parts where part.isReal {
      for j in 0..<part.count { gradient[part.position + j] += whole[part.whole + j] }
    }
  }
}
