// What a sweep over sizes is asked to bring onto one curve, and what came of it.

import JSON
import Networks
import Sampling

/// A scaling collapse within a sweep.
package struct SweepCollapse: Sendable {
  /// What is asked.
  package struct Question: Sendable, Equatable {
    package let observable: String
    package let given: ScalingCollapse.Exponents

    package init(observable: String, given: ScalingCollapse.Exponents) {
      self.observable = observable
      self.given = given
    }

    /// The exponents by name, and where each is.
    private static let names: [(name: String, path: WritableKeyPath<ScalingCollapse.Exponents, Double?> & Sendable)] = [
      ("xc", \.centre), ("a", \.value), ("b", \.width),
    ]

    /// Reads `NAME` or `NAME:xc=0.5,a=0,b=0.5`.
    ///
    /// - Throws: ``UsageError``.
    package init(_ text: String) throws {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      var given = ScalingCollapse.Exponents()
      for item in parts.count > 1 ? parts[1].split(separator: ",", omittingEmptySubsequences: false) : [] {
        let sides = item.split(separator: "=", maxSplits: 1)
        guard sides.count == 2, let entry = Self.names.first(where: { $0.name == sides[0] }),
          let value = (try? JSONReader.read(String(sides[1])))?.realNumber
        else {
          throw UsageError(
            "--collapse: found \(JSONWriter.excerpt(String(item))); allowed: NAME:xc=X,a=A,b=B, those that are left out are fitted"
          )
        }
        given[keyPath: entry.path] = value
      }
      self.init(observable: String(parts[0]), given: given)
    }

    /// Reads what ``json`` wrote; nil for null.
    init?(_ json: JSONValue) {
      guard let observable = json["observable"]?.string else { return nil }
      var given = ScalingCollapse.Exponents()
      for (name, path) in Self.names { given[keyPath: path] = json[name]?.realNumber }
      self.init(observable: observable, given: given)
    }

    var json: JSONValue {
      .object(
        [("observable", .string(observable))] + Self.names.map { ($0.name, .number(given[keyPath: $0.path])) })
    }
  }

  package let observable: String
  /// nil where there is no overlap of curves; ``reason`` says so.
  package let found: ScalingCollapse?
  package let reason: String

  var json: JSONValue {
    [
      "observable": .string(observable),
      "xc": .estimate(found?.centre), "a": .estimate(found?.value), "b": .estimate(found?.width),
      "quality": .number(found?.quality), "compared": found.map { .integer($0.compared) } ?? .null,
      "reason": found == nil ? .string(reason) : .null,
    ]
  }
}
