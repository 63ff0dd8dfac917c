// Neurons with continuous gains sorted into populations: by which of their gains are active.

import Sampling

/// The fractions of neurons by gain pattern and by number of active contexts, a context counting as active where the gain
/// φ'(b_ic) is more than half of the largest.
struct ThresholdedPatterns: Sendable {
  let activation: Activation
  let contexts: Int
  /// Whether fractions are sums of 1/N, and not counts over N, which have other last bits: recorded runs are repeated bit for bit.
  var addsShares = false

  var keepsPatterns: Bool { contexts <= GainPattern.maximumRecordedContexts }

  /// The number of fractions.
  var count: Int { (keepsPatterns ? 1 << contexts : 0) + contexts + 1 }

  /// `population_fraction` [pattern] (K ≤ 6, ascending binary with context 0 leading) and `active_fraction`
  /// [active contexts].
  var variables: [ObservableVariable] {
    let active = ObservableVariable("active_fraction", axes: [.init("active_contexts", contexts + 1)])
    guard keepsPatterns else { return [active] }
    return [ObservableVariable("population_fraction", axes: [.init("pattern", 1 << contexts)]), active]
  }

  /// The pattern of one neuron with drives `stride` apart, and its number of active contexts.
  @inline(__always)
  func pattern(_ drives: UnsafePointer<Double>, stride: Int) -> (pattern: Int, active: Int) {
    var pattern = 0
    var active = 0
    for c in 0..<contexts {
      let bit = activation.isActive(gain: activation.gain(drives[c * stride])) ? 1 : 0
      // Beyond the number of contexts whose patterns are kept, the bits would overflow.
      pattern = keepsPatterns ? pattern << 1 | bit : 0
      active += bit
    }
    return (pattern, active)
  }

  /// Writes the fractions for drives b [context, neuron] from index `first` on. O(N K).
  func write(_ drives: UnsafePointer<Double>, neurons: Int, to values: inout MutableSpan<Double>, from first: Int) {
    for k in first..<first + count { values[k] = 0 }
    let actives = first + count - (contexts + 1)
    let share = addsShares ? 1 / Double(neurons) : 1
    for i in 0..<neurons {
      let (pattern, active) = pattern(drives + i, stride: neurons)
      if keepsPatterns { values[first + pattern] += share }
      values[actives + active] += share
    }
    guard !addsShares else { return }
    for k in first..<first + count { values[k] /= Double(neurons) }
  }
}

extension Observable {
  /// `population_fraction` and `active_fraction` of networks with context drives [context, neuron] at an offset of the position.
  static func populations(_ patterns: ThresholdedPatterns, neurons: Int, drivesAt offset: Int) -> Observable {
    Observable(patterns.variables) { position, _, values, first in
      position.withUnsafeBufferPointer {
        patterns.write($0.baseAddress! + offset, neurons: neurons, to: &values, from: first)
      }
    }
  }
}
