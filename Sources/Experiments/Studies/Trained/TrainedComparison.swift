// What is found of networks from elsewhere, as it is kept.

import JSON
import Networks
import Sampling

/// The tightness at which the experiment's Gibbs ensemble has the networks' mean loss.
package struct MatchedTightness: Sendable {
  package let value: Double
  /// nil for the limit of small losses.
  package let standardError: Double?
}

/// How alike networks are, neurons matched: means over pairs.
package struct NetworkOverlaps: Sendable {
  /// A mean over pairs with the pairs' standard deviation.
  package struct Summary: Sendable {
    package let mean: Double
    package let sd: Double

    fileprivate var json: JSONValue { ["mean": .number(mean), "sd": .number(sd)] }
  }

  package let pairs: Int
  package let overlap: Summary
  package let unmatchedOverlap: Summary
  /// Root of the mean squared distance of a neuron from its partner, coordinates in units of their root mean squares in the first set.
  package let distance: Summary

  var json: JSONValue {
    [
      "pairs": .integer(pairs), "overlap": overlap.json, "unmatchedOverlap": unmatchedOverlap.json,
      "distance": distance.json,
    ]
  }

  init(_ found: MatchedDistances) {
    func summary(_ value: MatchedDistances.Summary) -> Summary { Summary(mean: value.mean, sd: value.sd) }
    pairs = found.pairs
    overlap = summary(found.overlap)
    unmatchedOverlap = summary(found.unmatchedOverlap)
    distance = summary(found.distance)
  }

  init(_ part: StudyPart) throws {
    func summary(_ key: String) throws -> Summary {
      guard let value = part.part(key) else { throw part.malformed(key, "an object") }
      return Summary(mean: try value.numberOrNaN("mean"), sd: try value.numberOrNaN("sd"))
    }
    pairs = try part.integer("pairs")
    overlap = try summary("overlap")
    unmatchedOverlap = try summary("unmatchedOverlap")
    distance = try summary("distance")
  }
}

/// Neurons that are active in the same contexts, by thresholded mean slopes: of nonlinear networks, whose gains are not given.
package struct DerivedPopulation: Sendable {
  /// A digit per context.
  package let pattern: String
  package let share: Estimate
  /// The share among the experiment's ensemble; nil without one.
  package let predicted: Estimate?

  var json: JSONValue {
    ["pattern": .string(pattern), "share": .estimate(share), "predicted": .estimate(predicted)]
  }

  init(pattern: String, share: Estimate, predicted: Estimate?) {
    self.pattern = pattern
    self.share = share
    self.predicted = predicted
  }

  init(_ part: StudyPart) throws {
    pattern = try part.text("pattern")
    guard let share = try part.estimate("share") else { throw part.malformed("share", "an estimate") }
    self.share = share
    predicted = try part.estimate("predicted")
  }
}

/// Networks from elsewhere against maximum entropy.
package struct TrainedComparison: StudyPartContent {
  package let networks: Int
  package let available: Int
  package let neurons: Int
  /// The exact tests, then the approximate one of patterns, if there is any.
  package let tests: [TrainedTest]
  package let combinedPValue: Double?
  package let rotations: Int
  /// Of linear networks with few gain vectors.
  package let populations: [MatchedPopulation]
  /// Of nonlinear networks.
  package let derivedPopulations: [DerivedPopulation]
  /// On the task's own stimuli.
  package let trainingLoss: Estimate?
  package let tightness: MatchedTightness?
  /// The networks first, then drawn ones.
  package let sets: [ComparedSet]
  package let distances: [CloudDistances]
  /// Between pairs of a set, by its name, and between the first set and another, by `trained-` and its name.
  package let overlaps: [(name: String, value: NetworkOverlaps)]
  /// Of the run that was drawn for comparison.
  package let diagnosis: RunDiagnosis?
  /// What could not be computed, and why.
  package let notes: [String]

  /// The set that theory's predictions are taken from.
  package var ensemble: ComparedSet? { sets.first { $0.name == "ensemble" } }

  package var json: JSONValue { .object([("diagnosis", diagnosis?.json ?? .null)] + figures) }

  /// What the results show besides the diagnosis.
  var figures: [(String, JSONValue)] {
    [
      ("networks", .integer(networks)), ("available", .integer(available)), ("neurons", .integer(neurons)),
      ("tests", .array(tests.map(\.json))), ("combinedPValue", .number(combinedPValue)),
      ("rotations", .integer(rotations)), ("maximumEntropy", maximumEntropy),
      ("derivedPopulations", .array(derivedPopulations.map(\.json))), ("trainingLoss", .estimate(trainingLoss)),
      (
        "tightness",
        tightness.map { ["value": .number($0.value), "standardError": .number($0.standardError)] } ?? .null
      ),
    ] + ComparedSet.members(sets, distances) + [
      ("overlaps", .object(overlaps.map { ($0.name, $0.value.json) })),
      ("notes", .array(notes.map { .string($0) })),
    ]
  }

  /// Moments as observed and as the experiment's ensemble has them at this width, and the populations of the matched law.
  private var maximumEntropy: JSONValue {
    func pair(_ value: (ComparedSet) -> Double) -> JSONValue {
      ["observed": .number(value(sets[0])), "predicted": .number(ensemble.map(value))]
    }
    return [
      "outputSecondMoment": pair(\.outputSecondMoment), "inputSecondMoment": pair(\.inputSecondMoment),
      "populations": .array(populations.map(\.json)),
    ]
  }
}

extension TrainedComparison {
  package init(_ part: StudyPart) throws {
    networks = try part.integer("networks")
    available = try part.integer("available")
    neurons = try part.integer("neurons")
    tests = try part.list("tests").map { try TrainedTest($0) }
    combinedPValue = try part.numberOrNil("combinedPValue")
    rotations = try part.integer("rotations")
    populations = try part.part("maximumEntropy")?.list("populations").map { try MatchedPopulation($0) } ?? []
    derivedPopulations = try part.list("derivedPopulations").map { try DerivedPopulation($0) }
    trainingLoss = try part.estimate("trainingLoss")
    tightness = try part.part("tightness").map {
      MatchedTightness(value: try $0.number("value"), standardError: try $0.numberOrNil("standardError"))
    }
    let pairs = part.part("pairs")
    sets = try part.object("sets").map { try ComparedSet($0.name, $0.part, pairs: pairs?.part($0.name)) }
    guard !sets.isEmpty else { throw part.malformed("sets", "an object with the networks first") }
    distances = try part.object("distances").map { try CloudDistances($0.name, $0.part) }
    overlaps = try part.object("overlaps").map { ($0.name, try NetworkOverlaps($0.part)) }
    diagnosis = try part.part("diagnosis").map { try RunDiagnosis($0) }
    notes = try part.list("notes").map { try $0.text() }
  }
}
