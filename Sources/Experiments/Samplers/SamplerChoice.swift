// Which sampler an experiment gets, and why.

import JSON
import Networks
import Storage

/// The sampler of a run: what was asked for, resolved to what is done.
package struct SamplerChoice: Sendable, Equatable {
  /// The kernel of the real coordinates, or exact draws; never `auto`.
  package typealias Kind = SamplerName

  /// Doublings of a NUTS trajectory at most.
  static let maximumTreeDepth = 10

  package let kind: Kind
  /// A sentence for people.
  package let reason: String

  package init(_ experiment: Experiment) {
    guard experiment.sampler.kind == .auto else {
      self.init(kind: experiment.sampler.kind, reason: "asked for")
      return
    }
    for name in SamplerName.preferred {
      guard let reason = name.row.autoReason(experiment) else { continue }
      self.init(kind: name, reason: reason)
      return
    }
    preconditionFailure("the last of the preferred samplers takes whatever the others leave")
  }

  /// The choice that a run was made with, from its `run.json`.
  ///
  /// - Throws: ``StorageError`` if it is not there.
  init(of run: RunDirectory) throws {
    guard let kind = run.record["sampler"]?["kind"]?.string.flatMap(Kind.init), kind != .auto,
      let reason = run.record["sampler"]?["reason"]?.string
    else { throw StorageError.damaged(path: run.file("run.json"), reason: "it names no sampler of this program") }
    self.init(kind: kind, reason: reason)
  }

  /// That of runs whose networks nobody drew.
  static let imported = SamplerChoice(kind: .exact, reason: "networks from elsewhere, which were not drawn")

  /// The choice as `run.json` holds it.
  var json: JSONValue { ["kind": .string(kind.rawValue), "reason": .string(reason)] }

  private init(kind: Kind, reason: String) {
    self.kind = kind
    self.reason = reason
  }
}
