// What is kept of one regime of a comparison: networks of every origin, how far they are apart, and gradient flow.

import JSON
import Networks
import Sampling

/// Networks of one origin, in figures.
package struct ComparedSet: Sendable {
  /// Populations of gain-modulated linear networks whose gains are given, or 0 and 1.
  package struct Populations: Sendable {
    package let patternKL: Estimate
    package let patternKLBias: Double
    package let meanStructure: Estimate
    /// c_k; empty if the target is zero.
    package let readoutShare: [Estimate]
    package let patternShare: [Estimate]
    /// P(g) <w m_d>_g of every population and feature.
    package let readout: [Double]
  }

  /// Their key: `trained`, `matched`, …
  package let name: String
  package let title: String
  let networks: Int
  package let loss: Estimate?
  package let signAccuracy: Estimate?
  package let participationRatio: Double
  package let outputSecondMoment: Double
  package let inputSecondMoment: Double
  package let populations: Populations?
  package let recurrent: Recurrent?
  /// ePAIRS of their neurons; nil where it could not be computed.
  package let pairs: (effect: Double, pValue: Double)?

  /// The set as parts and outputs hold it, ePAIRS left out: these stand together.
  var json: JSONValue {
    var members: [(String, JSONValue)] = [
      ("title", .string(title)), ("networks", .integer(networks)), ("loss", .estimate(loss)),
      ("signAccuracy", .estimate(signAccuracy)), ("participationRatio", .number(participationRatio)),
      ("outputSecondMoment", .number(outputSecondMoment)), ("inputSecondMoment", .number(inputSecondMoment)),
    ]
    if let populations {
      members += [
        ("patternKL", .estimate(populations.patternKL)), ("patternKLBias", .number(populations.patternKLBias)),
        ("meanStructure", .estimate(populations.meanStructure)),
        ("readoutShare", .array(populations.readoutShare.map { .estimate($0) })),
        ("patternShare", .array(populations.patternShare.map { .estimate($0) })),
        ("populationReadout", .numbers(populations.readout)),
      ]
    }
    if let recurrent { members += recurrent.members }
    return .object(members)
  }
}

extension ComparedSet {
  /// What results hold of compared sets: `sets`, `distances` and `pairs` (ePAIRS), each by the sets' names.
  static func members(_ sets: [ComparedSet], _ distances: [CloudDistances]) -> [(String, JSONValue)] {
    [
      ("sets", .object(sets.map { ($0.name, $0.json) })),
      ("distances", .object(distances.map { ($0.name, $0.json) })),
      (
        "pairs",
        .object(
          sets.map { set in
            (set.name, set.pairs.map { ["effect": .number($0.effect), "pValue": .number($0.pValue)] } ?? .null)
          })
      ),
    ]
  }

  /// Reads what ``json`` wrote.
  init(_ name: String, _ part: StudyPart, pairs: StudyPart?) throws {
    self.name = name
    title = try part.text("title")
    networks = try part.integer("networks")
    loss = try part.estimate("loss")
    signAccuracy = try part.estimate("signAccuracy")
    participationRatio = try part.numberOrNaN("participationRatio")
    outputSecondMoment = try part.numberOrNaN("outputSecondMoment")
    inputSecondMoment = try part.numberOrNaN("inputSecondMoment")
    populations = try part.part("patternKL") == nil ? nil : Populations(part)
    recurrent = try part.has("trialsFrom") ? Recurrent(part) : nil
    self.pairs = try pairs.map { (try $0.numberOrNaN("effect"), try $0.numberOrNaN("pValue")) }
  }
}

extension ComparedSet.Populations {
  fileprivate init(_ part: StudyPart) throws {
    func estimate(_ key: String) throws -> Estimate {
      guard let estimate = try part.estimate(key) else { throw part.malformed(key, "an estimate") }
      return estimate
    }
    patternKL = try estimate("patternKL")
    patternKLBias = try part.numberOrNaN("patternKLBias")
    meanStructure = try estimate("meanStructure")
    readoutShare = try part.list("readoutShare").map { try $0.estimate() }
    patternShare = try part.list("patternShare").map { try $0.estimate() }
    readout = try part.numbersOrNaN("populationReadout")
  }
}

/// How far the trained networks' neurons are from those of another set.
package struct CloudDistances: Sendable {
  /// One distance, with what whole networks say of it.
  package struct Distance: Sendable {
    package let value: Double
    package let standardError: Double?
    package let nullMean: Double
    package let pValue: Double

    package var estimate: Estimate { Estimate(value: value, standardError: standardError) }

    var json: JSONValue {
      [
        "value": .number(value), "standardError": .number(standardError), "nullMean": .number(nullMean),
        "pValue": .number(pValue),
      ]
    }
  }

  /// The other set's key.
  package let name: String
  package let energy: Distance
  package let slicedWasserstein: Distance
  /// Of the populations' readouts; nil without populations.
  package let populationCorrelation: Double?
  /// Whether there are populations to correlate, even if no number came of it.
  let hasPopulations: Bool
  /// Of pairs of a trained and another recurrent network; nil for other networks.
  package let overlap: RecurrentOverlaps?

  var json: JSONValue {
    var members: [(String, JSONValue)] = [("energy", energy.json), ("slicedWasserstein", slicedWasserstein.json)]
    if hasPopulations { members.append(("populationCorrelation", .number(populationCorrelation))) }
    if let overlap { members.append(("overlap", overlap.json)) }
    return .object(members)
  }
}

extension CloudDistances.Distance {
  init(_ distance: CloudDistance) {
    self.init(
      value: distance.value, standardError: distance.standardError, nullMean: distance.nullMean, pValue: distance.pValue
    )
  }

  fileprivate init(_ part: StudyPart?, _ whole: StudyPart, _ key: String) throws {
    guard let part else { throw whole.malformed(key, "a distance") }
    let error = try part.numberOrNaN("standardError")
    self.init(
      value: try part.numberOrNaN("value"), standardError: error.isNaN ? nil : error,
      nullMean: try part.numberOrNaN("nullMean"), pValue: try part.numberOrNaN("pValue"))
  }
}

extension CloudDistances {
  /// Reads what ``json`` wrote.
  init(_ name: String, _ part: StudyPart) throws {
    self.name = name
    energy = try Distance(part.part("energy"), part, "energy")
    slicedWasserstein = try Distance(part.part("slicedWasserstein"), part, "slicedWasserstein")
    hasPopulations = part.has("populationCorrelation")
    populationCorrelation = hasPopulations ? try part.numberOrNil("populationCorrelation") : nil
    overlap = try part.part("overlap").map { try RecurrentOverlaps($0) }
  }
}

/// Gradient flow of infinitely wide networks against the laws of maximum entropy (THEORY section 7).
package struct ComparedFlow: Sendable {
  package let correlationMatched: Double
  package let correlationInitial: Double
  package let meanStructure: Double
  package let meanStructureMatched: Double
  package let meanStructureInitial: Double
  /// c_k; nil if the target is zero.
  let readoutShare: [Double]?
  let readoutShareMatched: [Double]?

  var json: JSONValue {
    [
      "correlationMatched": .number(correlationMatched), "correlationInitial": .number(correlationInitial),
      "meanStructure": .number(meanStructure), "meanStructureMatched": .number(meanStructureMatched),
      "meanStructureInitial": .number(meanStructureInitial),
      "readoutShare": readoutShare.map { .numbers($0) } ?? .null,
      "readoutShareMatched": readoutShareMatched.map { .numbers($0) } ?? .null,
    ]
  }
}

extension ComparedFlow {
  /// Reads what ``json`` wrote.
  init(_ part: StudyPart) throws {
    correlationMatched = try part.numberOrNaN("correlationMatched")
    correlationInitial = try part.numberOrNaN("correlationInitial")
    meanStructure = try part.numberOrNaN("meanStructure")
    meanStructureMatched = try part.numberOrNaN("meanStructureMatched")
    meanStructureInitial = try part.numberOrNaN("meanStructureInitial")
    readoutShare = part.part("readoutShare") == nil ? nil : try part.numbersOrNaN("readoutShare")
    readoutShareMatched = part.part("readoutShareMatched") == nil ? nil : try part.numbersOrNaN("readoutShareMatched")
  }
}

/// One regime, as it is kept.
struct ComparedRegime: StudyPartContent {
  let diagnosis: RunDiagnosis?
  let flow: ComparedFlow?
  /// What could not be computed, and why.
  let notes: [String]
  /// The trained networks first.
  let sets: [ComparedSet]
  let distances: [CloudDistances]

  var json: JSONValue { .object([("diagnosis", diagnosis?.json ?? .null)] + figures) }

  /// What the study's results show of it besides the diagnosis.
  var figures: [(String, JSONValue)] {
    [
      ("flow", flow?.json ?? .null), ("notes", .array(notes.map { .string($0) })),
    ] + ComparedSet.members(sets, distances)
  }
}

extension ComparedRegime {
  init(_ part: StudyPart) throws {
    diagnosis = try part.part("diagnosis").map { try RunDiagnosis($0) }
    flow = try part.part("flow").map { try ComparedFlow($0) }
    notes = try part.list("notes").map { try $0.text() }
    let pairs = part.part("pairs")
    sets = try part.object("sets").map { try ComparedSet($0.name, $0.part, pairs: pairs?.part($0.name)) }
    distances = try part.object("distances").map { try CloudDistances($0.name, $0.part) }
  }
}
