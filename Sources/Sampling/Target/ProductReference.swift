// A reference distribution of independent coordinates: Gaussians and biased coins.

/// Independent coordinates: x_j ~ N(m_j, s_j²) for the real ones, + or − its magnitude with probability ½ for a sign, and 1 with a fixed
/// probability for the binary ones.
///
/// Normalised, so that it serves for evidence estimates: the hot end of a temperature ladder, or a proposal.
public struct ProductReference: DifferentiableLogDensity, FlippableLogDensity, DrawableLogDensity {
  public let layout: ParameterLayout
  private let means: [Double]
  private let scales: [Double]
  private let activeProbability: Double
  private let logNormalizer: Double
  /// Of the first coordinates that flip, the magnitudes of those that are signs.
  private let magnitudes: [Double]

  /// - Parameters:
  ///   - means: m_j for the real coordinates; nil for zeros.
  ///   - scales: s_j for the real coordinates.
  ///   - activeProbability: of the binary coordinates.
  /// - Precondition: as many means and scales as real coordinates, positive scales, a probability inside (0, 1).
  public init(layout: ParameterLayout, means: [Double]? = nil, scales: [Double], activeProbability: Double = 0.5) {
    precondition(scales.count == layout.realCount && scales.allSatisfy { $0 > 0 && $0.isFinite })
    precondition(means.map { $0.count == layout.realCount } ?? true)
    precondition(activeProbability > 0 && activeProbability < 1)
    self.layout = layout
    let signs = layout.blocks.filter { $0.kind == .sign }
    magnitudes = signs.flatMap { [Double](repeating: $0.magnitude, count: $0.count) }
    self.means = means ?? [Double](repeating: 0, count: scales.count)
    self.scales = scales
    self.activeProbability = activeProbability
    logNormalizer = scales.reduce(-Double(magnitudes.count) * log(2)) { $0 - log($1) - 0.5 * log(2 * .pi) }
  }

  /// The scales.
  public var units: [Double]? { scales }

  public func logDensity(at position: Span<Double>, using workspace: inout Void) -> Double {
    var sum = logNormalizer
    for j in 0..<scales.count {
      let z = (position[j] - means[j]) / scales[j]
      sum -= 0.5 * z * z
    }
    var active = 0
    let binary = layout.binaryRange.dropFirst(magnitudes.count)
    for j in binary where position[j] == 1 { active += 1 }
    return sum + Double(active) * log(activeProbability) + Double(binary.count - active) * log1p(-activeProbability)
  }

  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void
  ) -> Double {
    for j in 0..<scales.count { gradient[j] = (means[j] - position[j]) / (scales[j] * scales[j]) }
    return logDensity(at: position, using: &workspace)
  }

  public func beginFlips(at position: Span<Double>, using workspace: inout Void) {}
  public func didFlip(_ coordinate: Int, at position: Span<Double>, using workspace: inout Void) {}

  public func flipped(_ coordinate: Int, at position: Span<Double>) -> Double {
    coordinate - scales.count < magnitudes.count ? -position[coordinate] : 1 - position[coordinate]
  }

  public func logDensityChange(
    flipping coordinate: Int, at position: Span<Double>, using workspace: inout Void
  ) -> Double {
    if coordinate - scales.count < magnitudes.count { return 0 }
    let logOdds = log(activeProbability) - log1p(-activeProbability)
    return position[coordinate] == 1 ? -logOdds : logOdds
  }

  public func draw(
    into position: inout MutableSpan<Double>, workspace: inout Void, using stream: inout RandomStream
  ) {
    for j in 0..<scales.count { position[j] = means[j] + scales[j] * stream.standardNormal() }
    for (k, j) in layout.binaryRange.enumerated() {
      if k < magnitudes.count {
        position[j] = stream.bernoulli(0.5) ? magnitudes[k] : -magnitudes[k]
      } else {
        position[j] = stream.bernoulli(activeProbability) ? 1 : 0
      }
    }
  }
}
