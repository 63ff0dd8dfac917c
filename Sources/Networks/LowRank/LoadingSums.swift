// Sums over the neurons of a network with several loadings, from which its observables follow.

import Sampling

/// Overlaps, second moments and populations of a network, neurons taken in chunks. O(J + L) array operations a chunk.
struct LoadingSums: Sendable {
  let constraints: [LoadingConstraint]
  let loadings: Int
  /// Populations, θ_0 in the place of w; nothing where gains are given.
  private(set) var populations: NeuronSums
  private(set) var neurons = 0
  /// Σ_i g_ic θ_ia θ_ib [constraint].
  private(set) var products: [Double]
  /// Σ_i θ_ia² [loading].
  private(set) var squares: [Double]

  init(_ problem: LoadingProblem, counting: NeuronSums.Counting) {
    constraints = problem.constraints
    loadings = problem.loadings.count
    populations = NeuronSums(
      contexts: problem.contexts, features: loadings - 1, counting: problem.gains.areDrawn ? counting : .nothing)
    products = [Double](repeating: 0, count: problem.constraints.count)
    squares = [Double](repeating: 0, count: loadings)
  }

  mutating func reset() {
    neurons = 0
    populations.reset()
    for j in products.indices { products[j] = 0 }
    for a in squares.indices { squares[a] = 0 }
  }

  /// Adds `n` neurons: loadings [loading, neuron], gains [context, neuron].
  mutating func add(_ theta: UnsafePointer<Double>, _ gain: UnsafePointer<Double>, count n: Int) {
    neurons += n
    for (j, constraint) in constraints.enumerated() {
      let (a, b) = (theta + constraint.first * n, theta + constraint.second * n)
      products[j] +=
        constraint.context.map { sumOfProducts(a, gain + $0 * n, b, n) } ?? dotProduct(a, b, n)
    }
    for a in squares.indices { squares[a] += sumOfSquares(theta + a * n, n) }
    if populations.counting != .nothing { populations.addPopulations(theta, theta + n, gain, count: n) }
  }

  /// −½ Σ θ_a²/σ_a² + Σ_j Λ_j g_c θ_a θ_b + ln(π/(1−π)) Σ g of the network.
  func logDensity(_ multipliers: [Double], _ scales: [Double], gainLogOdds: Double) -> Double {
    var value = 0.0
    for a in squares.indices { value -= squares[a] / (scales[a] * scales[a]) / 2 }
    for j in products.indices { value += multipliers[j] * products[j] }
    return value + gainLogOdds * populations.activeGains
  }
}

/// A network of which the sums over neurons are known.
protocol LoadingView: NetworkView {
  var sums: LoadingSums { get }
}

extension Observable where View: LoadingView {
  /// `lp`; `overlap` [constraint], (1/N) Σ_i g_ic θ_ia θ_ib in the order of the spec; `loading_second_moment` [loading]; where gains are drawn
  /// `population_fraction` [pattern] (K ≤ 6) and `active_fraction` [active contexts].
  static func ofLoadings(_ problem: LoadingProblem) -> [Observable] {
    let overlaps = ObservableVariable("overlap", axes: [.init("constraint", problem.constraints.count)])
    let squares = ObservableVariable("loading_second_moment", axes: [.init("loading", problem.loadings.count)])
    var list: [Observable] = [logDensity]
    if !problem.constraints.isEmpty {
      list.append(
        Observable([overlaps]) { _, view, values, first in
          let n = Double(view.sums.neurons)
          for j in view.sums.products.indices { values[first + j] = view.sums.products[j] / n }
        })
    }
    list.append(
      Observable([squares]) { _, view, values, first in
        let n = Double(view.sums.neurons)
        for a in view.sums.squares.indices { values[first + a] = view.sums.squares[a] / n }
      })
    guard problem.gains.areDrawn else { return list }
    let contexts = problem.contexts
    let active = ObservableVariable("active_fraction", axes: [.init("active_contexts", contexts + 1)])
    let patterns = contexts <= GainPattern.maximumRecordedContexts ? 1 << contexts : 0
    let variables =
      patterns > 0 ? [ObservableVariable("population_fraction", axes: [.init("pattern", patterns)]), active] : [active]
    list.append(
      Observable(variables) { _, view, values, first in
        let n = Double(view.sums.neurons)
        for k in 0..<patterns { values[first + k] = view.sums.populations.patternCounts[k] / n }
        for k in 0...contexts { values[first + patterns + k] = view.sums.populations.activeCounts[k] / n }
      })
    return list
  }
}

/// A network that is drawn neuron by neuron, and never at a position.
struct DrawnLoadingView: LoadingView {
  var logDensity = 0.0
  var sums: LoadingSums

  mutating func look(at position: Span<Double>) {}
}

/// A network at a position that a kernel moves.
public struct LoadingPositionView: LoadingView {
  public var logDensity = 0.0
  var sums: LoadingSums
  let density: LoadingDensity

  public mutating func look(at position: Span<Double>) {
    sums.reset()
    sums.add(position, of: density)
  }
}

extension LoadingSums {
  /// Adds the whole network at a position.
  mutating func add(_ position: Span<Double>, of density: LoadingDensity) {
    position.withUnsafeBufferPointer { x in
      density.withGains(at: x) { add(x.baseAddress!, $0, count: density.neurons) }
    }
  }
}
