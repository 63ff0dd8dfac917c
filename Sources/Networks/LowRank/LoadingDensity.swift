// The log density of a whole network of neurons with several loadings.

import Sampling

/// ln p(θ, g) = Σ_i [−½ Σ_a θ_ia²/σ_a² + ln(π/(1−π)) Σ_c g_ic + t Σ_j Λ_j g_ic θ_ia θ_ib], neurons independent.
///
/// Position: a block `loading_NAME` [neuron] per loading and, where gains are drawn, `gain` [context, neuron] (binary). Constants are
/// omitted. One evaluation, with or without gradient, costs O(N (L + J)); a flip O(J).
public struct LoadingDensity: Sendable {
  /// N.
  public let neurons: Int
  public let weightPrior: WeightPrior
  public let layout: ParameterLayout
  /// t, in 0 ... 1.
  public private(set) var inverseTemperature = 1.0

  let solution: LoadingSolution
  let gainLogOdds: Double
  /// g [context, neuron], where they are given.
  private let given: [Double]?
  private let contexts: Int
  private let terms: [(constraint: LoadingConstraint, multiplier: Double)]

  /// The density of a solution's law.
  ///
  /// - Throws: ``MaxEntropyError`` if gains are given for another number of neurons.
  init(_ solution: LoadingSolution, neurons: Int) throws {
    self.solution = solution
    self.neurons = neurons
    let problem = solution.problem
    contexts = problem.contexts
    weightPrior = WeightPrior(
      zip(problem.loadings, problem.scales).map { .init("loading_\($0)", shape: [neurons], scale: $1) })
    terms = zip(problem.constraints, solution.multipliers).filter { $0.1 != 0 }.map { ($0, $1) }
    var layout = weightPrior.layout
    switch problem.gains {
    case .independent(let active) where active < 1:
      gainLogOdds = log(active / (1 - active))
      given = nil
      layout.append("gain", shape: [contexts, neurons], kind: .binary)
    case .independent:
      gainLogOdds = 0
      given = [Double](repeating: 1, count: contexts * neurons)
    case .given(let matrix):
      try problem.gains.validate(contexts: contexts, neurons: neurons)
      gainLogOdds = 0
      given = matrix.transposed.elements
    }
    self.layout = layout
  }

  private var realCount: Int { neurons * weightPrior.blocks.count }

  /// Calls `body` with the gains as [context, neuron].
  @inline(__always)
  func withGains<Result>(
    at position: UnsafeBufferPointer<Double>, _ body: (UnsafePointer<Double>) -> Result
  ) -> Result {
    guard let given else { return body(position.baseAddress! + realCount) }
    return given.withUnsafeBufferPointer { body($0.baseAddress!) }
  }

  /// Σ_j Λ_j Σ_i g_ic θ_ia θ_ib.
  private func taskTerm(_ x: UnsafePointer<Double>, _ g: UnsafePointer<Double>) -> Double {
    let n = neurons
    var value = 0.0
    for term in terms {
      let (a, b) = (x + term.constraint.first * n, x + term.constraint.second * n)
      value +=
        term.multiplier
        * (term.constraint.context.map { sumOfProducts(a, g + $0 * n, b, n) } ?? dotProduct(a, b, n))
    }
    return value
  }

  private func coins(_ g: UnsafePointer<Double>) -> Double {
    guard gainLogOdds != 0 else { return 0 }
    var active = 0.0
    for k in 0..<contexts * neurons { active += g[k] }
    return gainLogOdds * active
  }
}

extension LoadingDensity: DifferentiableLogDensity {
  /// Nothing: whatever is needed is computed from the position.
  public struct Workspace: Sendable {}

  public func makeWorkspace() -> Workspace { Workspace() }

  public func logDensity(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    position.withUnsafeBufferPointer { x in
      withGains(at: x) { g in
        weightPrior.logDensity(x.baseAddress!) + coins(g) + inverseTemperature * taskTerm(x.baseAddress!, g)
      }
    }
  }

  /// ∂/∂θ_ia = −θ_ia/σ_a² + t Σ_j Λ_j g_ic (θ_ib [a = a_j] + θ_ia [a = b_j]).
  public func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Workspace
  ) -> Double {
    let n = neurons
    position.withUnsafeBufferPointer { buffer in
      withGains(at: buffer) { g in
        let x = buffer.baseAddress!
        gradient.withUnsafeMutableBufferPointer { gradient in
          for (a, block) in weightPrior.blocks.enumerated() {
            for i in 0..<n { gradient[a * n + i] = -block.precision * x[a * n + i] }
          }
          for term in terms {
            let strength = inverseTemperature * term.multiplier
            let (a, b) = (term.constraint.first * n, term.constraint.second * n)
            let gain = term.constraint.context.map { g + $0 * n }
            for i in 0..<n {
              let own = strength * (gain?[i] ?? 1)
              gradient[a + i] += own * x[b + i]
              gradient[b + i] += own * x[a + i]
            }
          }
        }
      }
    }
    return logDensity(at: position, using: &workspace)
  }
}

extension LoadingDensity: FlippableLogDensity {
  public func logDensityChange(
    flipping coordinate: Int, at position: Span<Double>, using workspace: inout Workspace
  ) -> Double {
    let (context, neuron) = (coordinate - realCount).quotientAndRemainder(dividingBy: neurons)
    var gained = gainLogOdds
    for term in terms where term.constraint.context == context {
      gained +=
        inverseTemperature * term.multiplier * position[term.constraint.first * neurons + neuron]
        * position[term.constraint.second * neurons + neuron]
    }
    return position[coordinate] == 0 ? gained : -gained
  }
}

extension LoadingDensity: GaussianPriorLogDensity {
  public func logLikelihood(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    position.withUnsafeBufferPointer { x in
      withGains(at: x) { coins($0) + inverseTemperature * taskTerm(x.baseAddress!, $0) }
    }
  }
}

extension LoadingDensity: TemperableLogDensity {
  public func tempered(to inverseTemperature: Double) -> Self {
    precondition(inverseTemperature >= 0 && inverseTemperature <= 1, "an inverse temperature is in 0 ... 1")
    var copy = self
    copy.inverseTemperature = inverseTemperature
    return copy
  }

  public func temperatureSlope(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    position.withUnsafeBufferPointer { x in withGains(at: x) { taskTerm(x.baseAddress!, $0) } }
  }
}

extension LoadingDensity: NetworkDensity {
  public var taskFactor: Double { Double(neurons) }

  /// Loadings from their Gaussians, gains from their coins.
  public func drawPrior(using stream: inout RandomStream) -> [Double] {
    var position = weightPrior.draw(using: &stream)
    if case .independent(let active) = solution.problem.gains {
      for _ in layout.binaryRange { position.append(stream.bernoulli(active) ? 1 : 0) }
    }
    return position
  }

  /// Nil: what binds loadings is linear in their overlaps, and no likelihood of data.
  public func withTask(drawnGiven position: Span<Double>, using stream: inout RandomStream) -> Self? { nil }
}
