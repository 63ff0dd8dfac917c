// How a session of sampling ended, as machines read it.

import JSON
import Storage

/// The outcome of a session of sampling.
package struct SampleReport: Sendable {
  package let result: SessionResult

  package init(result: SessionResult) {
    self.result = result
  }

  package var json: JSONValue {
    [
      "run": .string(result.path), "sampler": .string(result.choice.kind.rawValue),
      "reason": .string(result.choice.reason), "biased": .bool(result.choice.kind.row.isBiased),
      "complete": .bool(result.isComplete), "seconds": .number(result.seconds),
      "chains": .array(
        result.outcomes.map {
          ["chain": .integer($0.chain), "warmup": .integer($0.warmupDraws), "draws": .integer($0.draws)]
        }),
    ]
  }
}
