// Which neurons of which networks a statistic looks at, where it cannot look at all: every neuron weighs the same.

import Sampling

/// Pairs of a network and one of its neurons, chosen so that a neuron's place in its network makes no difference.
///
/// All pairs where they are few enough. Else each neuron as often as any other, in different networks chosen at random; where there
/// is room for fewer than one network's neurons, that many of them at random, each in a network of its own choice.
/// Neurons of given gains come in any order, periodic ones too: a stride over them would see some populations and miss others.
public struct NeuronSelection: Sendable, Equatable {
  /// The chosen neurons of each network, ascending.
  public let neurons: [[Int]]

  /// The number of pairs.
  public var count: Int { neurons.reduce(0) { $0 + $1.count } }

  /// Of so many networks of `width` neurons each, at most `count` pairs. O(networks + width + count log count).
  ///
  /// - Precondition: at least one network, neuron and pair.
  public init(networks: Int, width: Int, atMost count: Int, using stream: inout RandomStream) {
    precondition(networks > 0 && width > 0 && count > 0, "nothing to choose from")
    guard networks > count / width else {
      neurons = [[Int]](repeating: Array(0..<width), count: networks)
      return
    }
    var chosen = [[Int]](repeating: [], count: networks)
    let rounds = count / width
    let order = Self.shuffled(networks, first: networks, using: &stream)
    if rounds > 0 {
      for neuron in 0..<width {
        let start = stream.integer(below: networks)
        for round in 0..<rounds { chosen[order[(start + round) % networks]].append(neuron) }
      }
    } else {
      for neuron in Self.shuffled(width, first: count, using: &stream) {
        chosen[stream.integer(below: networks)].append(neuron)
      }
    }
    neurons = chosen.map { $0.sorted() }
  }

  /// The first `count` of 0 ..< `total` in random order.
  private static func shuffled(_ total: Int, first count: Int, using stream: inout RandomStream) -> [Int] {
    var order = Array(0..<total)
    for i in 0..<count { order.swapAt(i, i + stream.integer(below: total - i)) }
    return Array(order.prefix(count))
  }

  /// The chosen neurons' rows, [pair, coordinate]. - Precondition: a cloud [neuron, coordinate] for each network.
  public func rows(of clouds: [Matrix]) -> Matrix {
    precondition(clouds.count == neurons.count, "the selection is of \(neurons.count) networks")
    let columns = clouds[0].columns
    var elements: [Double] = []
    elements.reserveCapacity(count * columns)
    for (cloud, chosen) in zip(clouds, neurons) { for i in chosen { elements += cloud.row(i) } }
    return Matrix(rows: elements.count / max(1, columns), columns: columns, elements: elements)
  }
}
