// Tasks in time whose trials are drawn from a seed.

import JSON
import Networks
import Sampling

/// A built-in task in time: to add one, add a law of its trials and a type of this kind.
protocol GeneratedTrials: TaskKind {
  associatedtype Law: TrialLaw
  var settings: TrialSettings { get }
  /// How a trial is drawn.
  var law: Law { get }
}

extension GeneratedTrials {
  package var contexts: Int { law.contexts }
  package var features: Int { law.inputChannels }
  package var sizePath: JSONPath { ["task", "kind"] }
  package var isLinear: Bool { false }
  package static var isInTime: Bool { true }
  package var trialShape: TrialShape? { law.shape(settings.trials) }

  /// Trials that bind networks come from `task.seed`, and held-out ones from `evaluation.seed`, `evaluation.count` of them.
  package func trials(of experiment: Experiment) throws -> TrialTask? {
    let count = experiment.evaluation.count
    // Arrays grow into place, and a sampler has its own copy.
    try Memory.require(
      24 * (law.shape(settings.trials).numbers + law.shape(count).numbers), for: "the trials",
      advice: "say fewer or shorter trials")
    func stream(_ seed: UInt64, _ purpose: StreamPurpose) throws -> RandomStream {
      try RandomStream(StreamKey(seed: seed, chain: 0, purpose: purpose), generator: experiment.sampler.generator)
    }
    var training = try stream(settings.seed, .trials)
    var heldOut = try stream(experiment.evaluation.seed, .evaluation)
    return TrialTask(
      training: try law.draw(settings.trials, using: &training), heldOut: try law.draw(count, using: &heldOut))
  }

  package func learningTask() throws -> LearningTask { throw TrialSettings.noStimuli(Self.kind) }
}

/// What all built-in tasks in time say: how many trials bind networks, and their seed.
struct TrialSettings: Sendable, Equatable {
  /// The most steps of a trial.
  static let mostSteps = 100_000

  let trials: Int
  let seed: UInt64

  static let keys = [
    SpecKey("trials", .integer(1...10_000_000), .defaultsTo(64), "number of trials that bind networks"),
    SpecKey("seed", .integer(0...Int.max), .defaultsTo(1), "of these trials alone"),
  ]

  init(from reader: SpecReader) throws(SpecError) {
    trials = try reader.integer("trials")
    seed = UInt64(try reader.integer("seed"))
  }

  var members: [(String, JSONValue)] { [("trials", .integer(trials)), ("seed", .integer(Int(seed)))] }

  static func noStimuli(_ kind: String) -> UnsupportedExperiment {
    UnsupportedExperiment(
      "task.kind",
      "\"\(kind)\" consists of trials in time and not of single stimuli, so that there are none to be predicted or judged on; evaluate "
        + "judges networks by held-out trials")
  }
}

/// The periods of a task, neurogym's names and units.
struct PeriodKeys: Sendable {
  /// Name, default in ms, what it is, and whether it may have no step.
  let periods: [(name: String, standard: Double, meaning: String, mayBeEmpty: Bool)]
  let step: Double

  var keys: [SpecKey] {
    [SpecKey("dt", .number(.positive), .defaultsTo(.number(step)), "milliseconds per step")]
      + periods.map {
        SpecKey($0.name, .number(.zeroOrPositive), .defaultsTo(.number($0.standard)), "milliseconds: \($0.meaning)")
      }
  }

  /// - Throws: ``SpecError`` for a period that needs a step and has none, and for too many steps.
  func read(_ reader: SpecReader) throws(SpecError) -> TrialPeriods {
    let step = try reader.number("dt")
    var durations: [Double] = []
    var total = 0.0
    for period in periods {
      let duration = try reader.number(period.name)
      let steps = TrialPeriods.steps(duration, of: step)
      guard steps >= 1 || period.mayBeEmpty else {
        throw reader.error(
          at: period.name,
          "\(JSONValue.number(duration).text()) ms have no step of \(JSONValue.number(step).text()) ms (dt); allowed: at least one step"
        )
      }
      total += steps
      guard total <= Double(TrialSettings.mostSteps) else {
        throw reader.error(
          at: period.name,
          "a trial has more than \(TrialSettings.mostSteps) steps of \(JSONValue.number(step).text()) ms; allowed: so many. Say a larger dt"
        )
      }
      durations.append(duration)
    }
    return TrialPeriods(step: step, durations: durations)
  }

  func members(_ read: TrialPeriods) -> [(String, JSONValue)] {
    [("dt", .number(read.step))] + zip(periods, read.durations).map { ($0.name, .number($1)) }
  }
}

/// Which steps count in the loss.
enum TrialMask: String, SpecChoice {
  /// Those of the decision.
  case decision
  /// All: outputs of 0 are wanted before the decision.
  case all

  static let key = SpecKey(
    "mask", .choice(of: TrialMask.self), .defaultsTo("decision"),
    "the steps that count: those of the decision, or all, with outputs of 0 wanted before it as in neurogym")
}

extension SpecKey {
  static let trialNoise = SpecKey(
    "sigma", .number(.zeroOrPositive), .defaultsTo(1.0),
    "noise of the stimulus: sigma/sqrt(dt) per step and channel, as in neurogym")
  static let coherences = SpecKey(
    "cohs", .numbers(NumberRange(lower: 0, upper: 1000, includesLower: true), maximumCount: 100),
    .defaultsTo(.numbers([0, 6.4, 12.8, 25.6, 51.2])),
    "coherences in percent, of which one is drawn per trial")
  static let contextCoherences = SpecKey(
    "cohs", coherences.form, .defaultsTo(.numbers([5, 15, 50])),
    "coherences in percent, of which one is drawn per trial and stimulus")
}
