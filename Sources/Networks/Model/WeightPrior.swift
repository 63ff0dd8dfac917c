// The prior of a network's weights: its blocks, their scales, and all that follows from these for every model.

import Sampling

/// ln p_0(θ) = −½ Σ_B |θ_B|²/s_B² over the blocks B of a network's real weights, with one standard deviation each; weights that are signs are
/// + or − their scale with equal probability, which adds a constant.
///
/// The blocks lie one after the other from the start of a position, in the order in which they are given, signs last. Constants are omitted.
/// Evaluating it, with or without gradient, costs O(weights) and allocates nothing.
public struct WeightPrior: Sendable {
  /// What the weights of a block are.
  public enum Kind: String, Sendable, CaseIterable {
    /// Normal numbers.
    case gaussian
    /// + or − one number, with equal probability.
    case sign
  }

  /// Weights that share a standard deviation.
  public struct Block: Sendable, Equatable {
    /// The name, as it stands in files.
    public let name: String
    /// The length of each axis; the last varies fastest.
    public let shape: [Int]
    /// s.
    public let scale: Double
    /// 1/s².
    public let precision: Double
    /// Normal numbers, or signs.
    public let kind: Kind
    /// The number of weights.
    var count: Int { shape.reduce(1, *) }

    /// Weights of a standard deviation. - Precondition: a positive one.
    public init(_ name: String, shape: [Int], scale: Double, kind: Kind = .gaussian) {
      precondition(scale > 0, "weight scales are positive")
      self.kind = kind
      self.name = name
      self.shape = shape
      self.scale = scale
      precision = 1 / (scale * scale)
    }

    /// Weights of an inverse variance. - Precondition: a positive one.
    public init(_ name: String, shape: [Int], precision: Double) {
      precondition(precision > 0, "inverse variances are positive")
      kind = .gaussian
      self.name = name
      self.shape = shape
      self.precision = precision
      scale = 1 / precision.squareRoot()
    }
  }

  /// In which order a square is divided by its variance and halved.
  ///
  /// The results differ in their last bits, and a recorded run is to be repeated bit for bit: a model keeps what it began with.
  public enum Rounding: Sendable {
    /// ½ (1/s²) · |θ|², block by block.
    case byPrecision
    /// |θ|²/s², all blocks added up, then halved.
    case byVariance
  }

  /// The blocks, in the order of a position.
  public let blocks: [Block]
  /// The same as parts of a position.
  public let layout: ParameterLayout
  /// The identities of the blocks.
  public let identities: WeightIdentities

  /// What a loop over weights needs of a block.
  private struct Part: Sendable {
    let offset, count: Int
    let precision, variance: Double
  }

  private let parts: [Part]
  private let valueRounding, slopeRounding: Rounding

  /// The prior of blocks, with the rounding of its value and of its gradient.
  public init(_ blocks: [Block], value: Rounding = .byPrecision, slopes: Rounding = .byPrecision) {
    self.blocks = blocks
    var layout = ParameterLayout()
    for block in blocks {
      switch block.kind {
      case .gaussian: layout.append(block.name, shape: block.shape)
      case .sign: layout.append(block.name, shape: block.shape, kind: .sign, magnitude: block.scale)
      }
    }
    self.layout = layout
    identities = WeightIdentities(layout)
    parts = zip(layout.blocks, blocks).filter { $1.kind == .gaussian }.map {
      Part(offset: $0.offset, count: $0.count, precision: $1.precision, variance: $1.scale * $1.scale)
    }
    valueRounding = value
    slopeRounding = slopes
  }

  /// ln p_0 at a position.
  @inline(__always)
  func logDensity(_ x: UnsafePointer<Double>) -> Double {
    var value = 0.0
    switch valueRounding {
    case .byPrecision:
      for part in parts { value -= part.precision / 2 * sumOfSquares(x + part.offset, part.count) }
      return value
    case .byVariance:
      for part in parts { value += sumOfSquares(x + part.offset, part.count) / part.variance }
      return -0.5 * value
    }
  }

  /// Writes ∂ln p_0/∂θ over the blocks with these numbers, and nothing elsewhere.
  @inline(__always)
  func writeGradient(
    _ x: UnsafePointer<Double>, to gradient: UnsafeMutablePointer<Double>, ofBlocks numbers: Range<Int>
  ) {
    for number in numbers {
      let part = parts[number]
      let range = part.offset..<part.offset + part.count
      switch slopeRounding {
      case .byPrecision: for j in range { gradient[j] = -part.precision * x[j] }
      case .byVariance: for j in range { gradient[j] = -x[j] / part.variance }
      }
    }
  }

  /// Writes ∂ln p_0/∂θ over all blocks.
  @inline(__always)
  func writeGradient(_ x: UnsafePointer<Double>, to gradient: UnsafeMutablePointer<Double>) {
    writeGradient(x, to: gradient, ofBlocks: 0..<parts.count)
  }

  /// The standard deviation of every weight that is no sign.
  public var scales: [Double] {
    var scales: [Double] = []
    scales.reserveCapacity(layout.realCount)
    for (part, block) in zip(parts, blocks) { scales += repeatElement(block.scale, count: part.count) }
    return scales
  }

  /// A draw of all weights.
  public func draw(using stream: inout RandomStream) -> [Double] {
    var position = scales.map { $0 * stream.standardNormal() }
    for block in blocks where block.kind == .sign {
      for _ in 0..<block.count { position.append(stream.bernoulli(0.5) ? block.scale : -block.scale) }
    }
    return position
  }
}
