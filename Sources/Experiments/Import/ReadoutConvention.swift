// By what the output of networks from elsewhere is divided.

import Networks

/// How a network's output is made of its last layer's activities h, and how hidden layers are of the layer before.
package enum ReadoutConvention: String, Sendable, CaseIterable {
  /// Σ w h and Σ W h, as most libraries compute.
  case none
  /// (1/N) Σ w h, hidden layers divided by the root of the width before.
  case meanField
  /// (1/√N) Σ w h, hidden layers divided by the root of the width before.
  case standard

  /// What output weights are multiplied by so that a network that divides by `factor` answers the same.
  func outputFactor(neurons: Int, readoutFactor factor: Double) -> Double {
    switch self {
    case .none: 1 / factor
    case .meanField: 1 / Double(neurons) / factor
    case .standard: 1 / Double(neurons).squareRoot() / factor
    }
  }

  /// What weights between hidden layers are multiplied by, for layers that divide by the root of the width before.
  func hiddenFactor(previous: Int) -> Double { self == .none ? Double(previous).squareRoot() : 1 }
}
