// One test of maximum entropy as a study keeps it.

import JSON
import Networks

/// One test over all networks, in numbers.
package struct TrainedTest: Sendable {
  package let name: String
  package let statistic: Double?
  package let degreesOfFreedom: [Int]
  package let pValue: Double?
  /// By Holm, over the tests that could be done.
  package let adjustedPValue: Double?
  package let testableNetworks: Int
  /// Of Q: the mean of N Q.
  package let kurtosis: Double?
  /// Why it could not be done.
  package let reason: String?

  /// What the test asks, for people.
  package var question: String {
    switch name {
    case "F": "w: one rule for all populations"
    case "V": "w: noise of one size in all populations"
    case "Q": "w: no weights that are too large"
    case "mirrorF": "m: one rule for all populations"
    case "mirrorV": "m: noise of one size in all populations"
    case "mirrorQ": "m: no weights that are too large"
    default: "numbers of neurons by gain pattern"
    }
  }

  init(_ test: MaximumEntropyReport.Test) {
    name = test.name.rawValue
    statistic = test.outcome.statistic
    degreesOfFreedom = test.outcome.degreesOfFreedom
    pValue = test.outcome.pValue
    adjustedPValue = test.adjustedPValue
    testableNetworks = test.testableNetworks
    kurtosis = test.meanKurtosis
    reason = test.outcome.reason
  }

  init(_ test: PatternCountTest) {
    name = "patterns"
    statistic = test.outcome.statistic
    degreesOfFreedom = test.outcome.degreesOfFreedom
    pValue = test.outcome.pValue
    adjustedPValue = nil
    testableNetworks = test.testableNetworks
    kurtosis = nil
    reason = test.outcome.reason
  }

  init(_ part: StudyPart) throws {
    name = try part.text("name")
    statistic = try part.numberOrNil("statistic")
    degreesOfFreedom = try part.numbers("degreesOfFreedom").map { Int($0) }
    pValue = try part.numberOrNil("pValue")
    adjustedPValue = try part.numberOrNil("adjustedPValue")
    testableNetworks = try part.integer("testableNetworks")
    kurtosis = try part.numberOrNil("kurtosis")
    reason = part.json["reason"]?.string
  }

  var json: JSONValue {
    [
      "name": .string(name), "statistic": .number(statistic), "degreesOfFreedom": .integers(degreesOfFreedom),
      "pValue": .number(pValue), "adjustedPValue": .number(adjustedPValue),
      "testableNetworks": .integer(testableNetworks), "kurtosis": .number(kurtosis),
      "reason": reason.map { .string($0) } ?? .null,
    ]
  }
}
