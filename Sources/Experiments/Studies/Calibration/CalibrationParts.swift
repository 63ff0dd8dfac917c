// What is kept of a calibration: how many transitions a draw takes, and the ranks of some replicas.

import JSON
import Networks
import Sampling

/// Transitions per draw, as pilots found them.
package struct CalibrationPilots: StudyPartContent {
  /// Chains of pilots.
  static let chains = 4
  /// Draws of each.
  static let draws = 1000
  /// More would take longer than whoever asked expects; what it means is told.
  static let mostThin = 1000

  /// Transitions per draw: twice the longest autocorrelation time.
  package let thin: Int
  /// The longest autocorrelation time of any quantity, the pilots' mean, in transitions.
  package let autocorrelationTime: Double
  /// The quantity that has it.
  package let slowest: String

  /// - Parameter pilots: [pilot][quantity][draw].
  init(_ pilots: [[[Double]]], quantities: [String]) {
    var worst = (time: 1.0, name: quantities[0])
    for (k, name) in quantities.enumerated() {
      let times = pilots.compactMap { pilot -> Double? in
        let values = pilot[k]
        guard values.contains(where: { $0 != values[0] }) else { return nil }
        let effective = Diagnostics.essBulk([values])
        return effective > 0 ? Double(values.count) / effective : Double(values.count)
      }
      let time = times.isEmpty ? 0 : times.reduce(0, +) / Double(times.count)
      if time > worst.time { worst = (time, name) }
    }
    autocorrelationTime = worst.time
    slowest = worst.name
    thin = min(Self.mostThin, Int((2 * worst.time).rounded(.up)))
  }

  package init(_ part: StudyPart) throws {
    thin = try part.integer("thin")
    autocorrelationTime = try part.number("autocorrelationTime")
    slowest = try part.text("slowest")
    guard (1...Self.mostThin).contains(thin) else { throw part.malformed("thin", "1 ... \(Self.mostThin)") }
  }

  package var json: JSONValue {
    [
      "thin": .integer(thin), "autocorrelationTime": .number(autocorrelationTime), "slowest": .string(slowest),
    ]
  }
}

/// The replicas of a part.
struct CalibrationReplicas: StudyPartContent {
  let replicas: [CalibrationReplica]

  init(_ replicas: [CalibrationReplica]) { self.replicas = replicas }

  init(_ part: StudyPart) throws {
    replicas = try part.list("replicas").map { replica in
      let ranks = try replica.numbers("ranks")
      guard ranks.allSatisfy({ $0 >= 0 && $0 == $0.rounded() && $0 < 1e9 }) else {
        throw replica.malformed("ranks", "a list of whole numbers")
      }
      return CalibrationReplica(ranks: ranks.map { Int($0) }, correlations: try replica.numbers("correlations"))
    }
  }

  var json: JSONValue {
    [
      "replicas": .array(
        replicas.map { ["ranks": .integers($0.ranks), "correlations": .numbers($0.correlations)] })
    ]
  }
}
