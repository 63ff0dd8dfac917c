// An axis: what it counts, from where to where, and where its ticks are.

import Sampling
import Storage

/// An axis of a panel.
struct Axis: Sendable {
  /// What is counted, with its unit: "draw", "lag (draws)", "share of neurons".
  let label: String
  let scale: Scale
  /// Ends that are given; the others are the data's, with a margin.
  let low: Double?
  let high: Double?

  /// How numbers become places.
  enum Scale: Sendable, Equatable {
    case linear
    /// Linear, with ticks at whole numbers only: of things that are counted.
    case whole
    case logarithmic
    /// Rows or columns with names, at 0, 1, 2 ...; on a y axis from the top.
    case names([String])
  }

  init(_ label: String, from low: Double? = nil, to high: Double? = nil, scale: Scale = .linear) {
    self.label = label
    self.scale = scale
    self.low = low
    self.high = high
  }

  /// An axis with a name a row or column.
  static func names(_ label: String, _ names: [String]) -> Axis {
    Axis(label, from: -0.6, to: Double(names.count) - 0.4, scale: .names(names))
  }

  /// From where to where, for data between these numbers.
  func range(of values: (low: Double, high: Double)?) -> (low: Double, high: Double) {
    var (first, last) = values ?? (scale == .logarithmic ? (1, 10) : (0, 1))
    if let low { first = low }
    if let high { last = high }
    if scale == .logarithmic {
      if first <= 0 { first = last > 0 ? last / 1000 : 1 }
      if last <= first { last = first * 10 }
      let margin = low == nil && high == nil ? pow(last / first, 0.05) : 1
      return (low == nil ? first / margin : first, high == nil ? last * margin : last)
    }
    // Constants, and numbers that differ in their last digits only, are drawn in the middle of a range that can be labelled.
    let size = max(abs(first), abs(last))
    if !(last - first > 1e-9 * size) || last - first < 1e-300 {
      let half = size > 0 ? 0.05 * size : 0.5
      let middle = (first + last) / 2
      if low == nil { first = middle - half }
      if high == nil { last = max(middle + half, first + half) }
      if !(last > first) { last = first + max(half, 1e-3) }
      return (first, last)
    }
    let margin = 0.04 * (last - first)
    return (low == nil ? first - margin : first, high == nil ? last + margin : last)
  }
}
