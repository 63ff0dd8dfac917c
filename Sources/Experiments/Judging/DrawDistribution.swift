// How an observable's draws are spread, and the exact law of those that have one.

import Networks
import Sampling
import Storage

/// A histogram of draws: of a few values a share each, of others a density.
package struct DrawDistribution: Sendable {
  /// The middles of bins, or the values.
  package let places: [Double]
  /// Densities, or shares of draws.
  package let heights: [Double]
  package let width: Double
  /// Whether each place is one value, and its height a share.
  package let isDiscrete: Bool
  /// Draws beyond the bins, which hold 99.8 % of the draws at least.
  package let outside: Int

  /// Values of an observable that is shown value by value, at most.
  private static let mostValues = 40

  /// nil for draws that do not vary, or are not finite.
  package init?(_ draws: [Double]) {
    guard draws.count > 1, draws.allSatisfy(\.isFinite) else { return nil }
    let sorted = draws.sorted()
    let (first, last) = (sorted[0], sorted[sorted.count - 1])
    guard last - first > 1e-12 * max(abs(first), abs(last)) else { return nil }
    var values: [(value: Double, count: Int)] = []
    for draw in sorted {
      if let known = values.last, draw - known.value <= 1e-9 * (last - first) {
        values[values.count - 1].count += 1
      } else {
        guard values.count <= Self.mostValues else { break }
        values.append((draw, 1))
      }
    }
    if values.count <= Self.mostValues, draws.count >= 4 * values.count {
      places = values.map(\.value)
      heights = values.map { Double($0.count) / Double(draws.count) }
      width = 0.8 * (zip(places.dropFirst(), places).map { $0 - $1 }.min() ?? 1)
      isDiscrete = true
      outside = 0
      return
    }
    func quantile(_ share: Double) -> Double { sorted[Int((share * Double(sorted.count - 1)).rounded())] }
    let (low, high) = (quantile(0.001), quantile(0.999))
    guard high > low else { return nil }
    // Freedman and Diaconis' width, in bounds that can be drawn.
    let wanted = 2 * (quantile(0.75) - quantile(0.25)) / pow(Double(draws.count), 1 / 3)
    let bins = wanted > 0 ? min(max(Int(min((high - low) / wanted, 1e6).rounded(.up)), 8), 50) : 20
    let step = (high - low) / Double(bins)
    var counts = [Int](repeating: 0, count: bins)
    for draw in draws where draw >= low && draw <= high { counts[min(bins - 1, Int((draw - low) / step))] += 1 }
    width = step
    places = (0..<bins).map { low + (Double($0) + 0.5) * step }
    heights = counts.map { Double($0) / Double(draws.count) / step }
    isDiscrete = false
    outside = draws.count - counts.reduce(0, +)
  }
}

extension DrawDistribution {
  /// The heights of other draws over the same places, such as of a chain among all.
  package func heights(of draws: [Double]) -> [Double] {
    var counts = [Double](repeating: 0, count: places.count)
    for draw in draws {
      // The nearest place: values are told apart, and bins are equally wide.
      var (low, high) = (0, places.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if draw > (places[middle] + places[middle + 1]) / 2 { low = middle + 1 } else { high = middle }
      }
      if isDiscrete || abs(draw - places[low]) <= width / 2 * (1 + 1e-9) { counts[low] += 1 }
    }
    return counts.map { $0 / Double(draws.count) / (isDiscrete ? 1 : width) }
  }
}

/// The exact law of one observable.
package struct ObservableLaw: Sendable {
  /// Where the density is given.
  package let places: [Double]
  /// The density there, of draws that are not exactly zero.
  package let density: [Double]
  /// The probability of exactly zero.
  package let atom: Double
}

extension LoadedRun {
  /// The exact law of an entry of the readout, where neurons are independent and alike; nil for all else.
  package func law(of name: String, from low: Double, to high: Double) throws -> ObservableLaw? {
    guard experiment.ensemble == .product, !directory.isImported, name.hasPrefix("readout["), name.hasSuffix("]"),
      experiment.task.contexts <= 8
    else { return nil }
    let indices = name.dropFirst(8).dropLast().split(separator: ",").compactMap { Int($0) }
    guard indices.count == 2, case .independent? = experiment.closedFormGains, let law = try ensemble.neuronLaw(),
      let exact = try ReadoutLaw(law, context: indices[0], feature: indices[1], neurons: ensemble.neurons)
    else { return nil }
    let places = (0...60).map { low + (high - low) * Double($0) / 60 }
    return ObservableLaw(
      places: places, density: try places.map { try exact.density($0).value }, atom: exact.atomProbability)
  }

  /// The energies of trajectories with fresh momenta, [chain][draw]; nil for kernels without.
  package func energies() throws -> [[Double]]? {
    guard !directory.isImported, let kind = SamplerChoice.Kind(rawValue: sampler.kind),
      kind.row.trajectories == .ofFreshMomenta
    else { return nil }
    let reader = RunReader(directory)
    guard try reader.schema()?.statistics.contains("energy") == true else { return nil }
    let energies = try reader.statistics(["energy"])[0].map { chain in chain.filter(\.isFinite) }
    return energies.allSatisfy { $0.count > 1 } ? energies : nil
  }

  /// The draws of warm-up of a scalar, [chain][draw].
  package func warmup(_ name: String) throws -> [[Double]] { try RunReader(directory).observables([name], .warmup)[0] }
}
