// What theory says of an ensemble, as far as it can be computed.

/// Predictions, and which could not be computed: none of these hides the others.
public struct Theory: Sendable {
  /// What the draws are held against.
  public private(set) var predictions: [Prediction] = []
  /// What is left out, and why: a sentence each.
  public private(set) var leftOut: [String] = []

  /// No predictions yet.
  public init() {}

  /// Adds predictions, or why they are left out.
  public mutating func add(_ what: String, _ make: () throws -> [Prediction]) {
    do { predictions += try make() } catch { leftOut.append("\(what): \(error)") }
  }
}

/// Why a prediction is left out, where nothing else says so.
package struct NotComputed: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
