// Residuals turned at random in the space that regressors leave them.

import Sampling

/// Scratch memory for statistics of residuals and of their rotations.
struct ResidualRotation {
  private let space: ColumnSpace
  private let responses: Int
  private let groups: ResidualGroups
  /// e', [response, neuron].
  private var rotated: [Double]
  /// Σ_d e_di², [neuron].
  private var squares: [Double]
  /// What groups add up, [group and one more].
  private var sums: [Double]

  /// The two statistics of residuals.
  struct Statistics {
    /// V.
    let inequality: Double
    /// Q = Σ e_i⁴/(Σ e_i²)².
    let concentration: Double
  }

  init(_ space: ColumnSpace, responses: Int, groups: ResidualGroups) {
    self.space = space
    self.responses = responses
    self.groups = groups
    rotated = [Double](repeating: 0, count: responses * space.neurons)
    squares = [Double](repeating: 0, count: space.neurons)
    sums = [Double](repeating: 0, count: groups.count + 1)
  }

  /// V and Q of residuals [response, neuron]. O(N).
  mutating func statistics(of residuals: [Double]) -> Statistics {
    rotated = residuals
    return measure()
  }

  /// V and Q of residuals in a random direction. O(N r) a response; allocates nothing.
  mutating func next(using stream: inout RandomStream) -> Statistics {
    var span = rotated.mutableSpan
    stream.fillStandardNormal(&span)
    // Exclusivity checking would not let them be reached through `self` while an array of it is changed.
    let (space, responses) = (space, responses)
    rotated.withUnsafeMutableBufferPointer { e in
      for d in 0..<responses { space.removeComponents(from: e.baseAddress! + d * space.neurons) }
    }
    return measure()
  }

  private mutating func measure() -> Statistics {
    let neurons = space.neurons
    var (total, fourth) = (0.0, 0.0)
    for i in 0..<neurons {
      var square = 0.0
      for d in 0..<responses { square += rotated[d * neurons + i] * rotated[d * neurons + i] }
      squares[i] = square
      total += square
      fourth += square * square
    }
    return Statistics(
      inequality: groups.inequality(of: squares, sums: &sums), concentration: fourth / (total * total))
  }
}
