// Is a gradient the derivative of its log density? Central differences, block by block.

/// The largest error of a gradient in every parameter block.
public struct GradientReport: Sendable, Equatable {
  /// One parameter block.
  public struct Block: Sendable, Equatable {
    /// The block's name.
    public let name: String
    /// The coordinates checked at each position.
    public let coordinates: Int
    /// The largest relative error.
    public let error: Double
    /// Where it is, e.g. `input_weights[1,17]`.
    public let worstCoordinate: String
    /// The gradient there.
    public let gradient: Double
    /// The central difference there.
    public let difference: Double
  }

  /// The largest relative error that passes.
  public let tolerance: Double
  /// The number of positions.
  public let positions: Int
  /// The real blocks.
  public let blocks: [Block]

  /// Whether no error exceeds the tolerance.
  public var passed: Bool { blocks.allSatisfy { $0.error <= tolerance } }
}

/// Compares a gradient with central differences of the log density.
///
/// The difference is (8 [f(x+h) − f(x−h)] − [f(x+2h) − f(x−2h)])/12h with h = 10⁻⁴ times the larger of |x_j| and the block's
/// root mean square; its error is O(h⁴). Errors are relative to the larger of |∂_j| and the root mean square of the block's
/// gradient. Where an error exceeds the tolerance steps 32 times smaller and 32 times larger have a say too: a kink of the density
/// between the points rarely spoils the smaller one as well, nor the rounding of large densities the larger one.
public struct GradientTest: Sendable, Equatable {
  /// The largest relative error that passes.
  public var tolerance: Double
  /// Coordinates checked of each block, evenly spread, at most.
  public var coordinatesPerBlock: Int

  /// A test at a relative tolerance.
  public init(tolerance: Double = 1e-6, coordinatesPerBlock: Int = 200) {
    self.tolerance = tolerance
    self.coordinatesPerBlock = coordinatesPerBlock
  }

  /// Tests a target at several positions. O(coordinates × positions) evaluations.
  public func run<Target: DifferentiableLogDensity>(_ target: Target, at positions: [[Double]]) -> GradientReport {
    var workspace = target.makeWorkspace()
    let units = target.units
    let gradients = positions.map { position in
      var gradient = [Double](repeating: .nan, count: target.layout.realCount)
      var span = gradient.mutableSpan
      _ = target.logDensity(at: position.span, gradient: &span, using: &workspace)
      return gradient
    }
    let blocks = target.layout.blocks.filter { $0.kind == .real && $0.count > 0 }.map { block in
      let stride = max(1, (block.count + coordinatesPerBlock - 1) / max(1, coordinatesPerBlock))
      let coordinates = Array(Swift.stride(from: block.range.lowerBound, to: block.range.upperBound, by: stride))
      var worst = (error: -1.0, coordinate: block.offset, gradient: 0.0, difference: 0.0)
      for (position, gradient) in zip(positions, gradients) {
        let scale = rootMeanSquare(position[block.range])
        let slope = rootMeanSquare(gradient[block.range])
        for j in coordinates {
          let step = 1e-4 * max(abs(position[j]), scale, 1e-12 * (units?[j] ?? 1))
          var found = (error: Double.infinity, difference: Double.nan)
          for factor in [1, 1.0 / 32, 32] where found.error > tolerance {
            let difference = centralDifference(target, at: position, along: j, step: factor * step, using: &workspace)
            let size = max(abs(gradient[j]), abs(difference), slope, .leastNormalMagnitude)
            let error = abs(gradient[j] - difference) / size
            if error.isFinite, error < found.error { found = (error, difference) }
          }
          if found.error > worst.error { worst = (found.error, j, gradient[j], found.difference) }
        }
      }
      return GradientReport.Block(
        name: block.name, coordinates: coordinates.count, error: worst.error,
        worstCoordinate: target.layout.name(ofCoordinate: worst.coordinate), gradient: worst.gradient,
        difference: worst.difference)
    }
    return GradientReport(tolerance: tolerance, positions: positions.count, blocks: blocks)
  }

  private func centralDifference<Target: LogDensity>(
    _ target: Target, at position: [Double], along j: Int, step: Double, using workspace: inout Target.Workspace
  ) -> Double {
    var moved = position
    let values = [1.0, -1, 2, -2].map { multiple in
      moved[j] = position[j] + multiple * step
      return target.logDensity(at: moved.span, using: &workspace)
    }
    return (8 * (values[0] - values[1]) - (values[2] - values[3])) / (12 * step)
  }

  private func rootMeanSquare(_ values: ArraySlice<Double>) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
  }
}
