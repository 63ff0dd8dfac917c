// Networks as clouds of neurons: one point a neuron, whatever the model.

import Sampling

/// Neurons as points, in groups that are independent of each other.
///
/// Neurons of one network depend on each other wherever the network was trained or drawn whole, so that resampling and
/// permuting must take networks, not neurons. Independent neurons are groups of one.
public struct NeuronCloud: Sendable {
  /// The points, [neuron, coordinate].
  public let points: Matrix
  /// Where each group's neurons are; the groups lie one after the other.
  public let groups: [Range<Int>]

  /// The neurons of networks, each [neuron, coordinate].
  ///
  /// - Throws: `StatisticsError` for no neurons, a network without neurons, different dimensions, or numbers that are not
  ///   finite.
  public init(networks: [Matrix]) throws {
    guard !networks.isEmpty, networks.allSatisfy({ $0.rows > 0 && $0.columns > 0 }) else {
      throw StatisticsError.invalidCount(what: "networks with neurons", found: 0, allowed: "at least 1, none empty")
    }
    guard networks.allSatisfy({ $0.columns == networks[0].columns }) else {
      throw StatisticsError.degenerate("the networks' neurons have different numbers of coordinates")
    }
    try self.init(Matrix.pooling(networks), sizes: networks.map(\.rows))
  }

  /// Independent neurons, [neuron, coordinate].
  ///
  /// - Throws: as ``init(networks:)``.
  public init(independent neurons: Matrix) throws {
    guard neurons.rows > 0, neurons.columns > 0 else {
      throw StatisticsError.invalidCount(what: "neurons", found: 0, allowed: "at least 1")
    }
    try self.init(neurons, sizes: [Int](repeating: 1, count: neurons.rows))
  }

  private init(_ points: Matrix, sizes: [Int]) throws {
    if let bad = points.elements.firstIndex(where: { !$0.isFinite }) {
      throw StatisticsError.invalidValue(
        what: "coordinate \(bad % points.columns) of neuron \(bad / points.columns)", found: points.elements[bad],
        allowed: "a finite number")
    }
    self.points = points
    var start = 0
    groups = sizes.map { size in
      defer { start += size }
      return start..<start + size
    }
  }
}

extension ParameterLayout {
  /// The neurons of a network as points, [neuron, coordinate]: the named blocks' entries, in order, for every neuron.
  ///
  /// Every named block must have the neurons as its last axis, as `output_weight` [neuron], `input_weights`
  /// [feature, neuron], `context_drive` and `gain` [context, neuron] have.
  ///
  /// - Throws: `StatisticsError` if there is no block of a name, or blocks have different numbers of neurons.
  public func neuronCloud(at position: [Double], blocks names: [String]) throws -> Matrix {
    var columns: [[Double]] = []
    var neurons: Int?
    for name in names {
      guard let block = self[name], let count = block.shape.last else {
        throw StatisticsError.degenerate(
          "the network has no weights called \(name); it has \(blocks.map(\.name).joined(separator: ", "))")
      }
      if let neurons, neurons != count {
        throw StatisticsError.invalidCount(
          what: "neurons of the block \(name)", found: count, allowed: "\(neurons), as of the block \(names[0])")
      }
      neurons = count
      for start in stride(from: block.offset, to: block.range.upperBound, by: count) {
        columns.append(Array(position[start..<start + count]))
      }
    }
    return Matrix(columns).transposed
  }
}

extension Matrix {
  /// Clouds one after the other. - Precondition: one number of columns.
  static func pooling(_ clouds: [Matrix]) -> Matrix {
    let columns = clouds.first?.columns ?? 0
    precondition(clouds.allSatisfy { $0.columns == columns }, "clouds of different dimensions cannot be pooled")
    return Matrix(rows: clouds.reduce(0) { $0 + $1.rows }, columns: columns, elements: clouds.flatMap(\.elements))
  }
}

extension RandomStream {
  /// A seed for streams of work that is done in parallel.
  mutating func childSeed() -> UInt64 { UInt64(integer(below: 1 << 30)) << 30 | UInt64(integer(below: 1 << 30)) }
}
