// "sampler": how draws are made, and how many.

import JSON
import Sampling

/// The metrics that a spec can name.
package enum MetricName: String, SpecChoice {
  case prior, diagonal, lowRank, dense, identity
}

/// The sampler of an experiment.
package struct SamplerSection: Sendable, Equatable {
  let kind: SamplerName
  package let chains: ChainNumbers
  /// Warm-up transitions of a chain, not recorded with its draws.
  let warmup: Int
  /// Recorded draws of a chain.
  let draws: Int
  /// Transitions a draw.
  package let thin: Int
  package let seed: UInt64
  /// GSL's name of the random number generator.
  package let generator: String
  /// nil: found in warm-up.
  let stepSize: Double?
  /// nil: as many as the trajectory takes.
  let leapfrogSteps: Int?
  /// The longest time of a trajectory, in units of the metric; nil: the sampler's own.
  let trajectory: Double?
  /// The acceptance rate that warm-up aims at; nil: the sampler's own.
  let targetAcceptance: Double?
  let metric: MetricName
  /// Where chains start.
  package let start: ChainStarts

  static let schema = SpecSection(
    path: "sampler",
    common: [
      SpecKey("kind", .choice(of: SamplerName.self), .defaultsTo("auto"), "how draws are made"),
      SpecKey(
        "chains", .chains(maximum: StreamKey.maximumChains), .defaultsTo(4), "independent chains, or their numbers"),
      SpecKey("warmup", .integer(0...1_000_000_000), .defaultsTo(500), "warm-up transitions per chain"),
      SpecKey("draws", .integer(1...1_000_000_000), .defaultsTo(1000), "recorded draws per chain"),
      SpecKey("thin", .integer(1...1_000_000), .defaultsTo(1), "transitions per draw"),
      SpecKey("seed", .integer(0...Int.max), .defaultsTo(1), "master seed of all random streams of the chains"),
      SpecKey(
        "generator", .choice(RandomStream.generatorNames), .defaultsTo(.string(RandomStream.vectorGenerator)),
        "GSL's name of the random number generator"),
      SpecKey(
        "stepSize", .orNull(.number(.positive)), .defaultsTo(.null),
        "in units of the prior (metric identity: of the weights); null: found in warm-up"),
      SpecKey(
        "leapfrogSteps", .orNull(.integer(1...1_000_000)), .defaultsTo(.null),
        "steps of every trajectory; null: as many as its time takes"),
      SpecKey(
        "trajectory", .orNull(.number(.times)), .defaultsTo(.null),
        "longest time of a trajectory in units of the metric, each between half of it and all; null: the sampler's own"),
      SpecKey(
        "targetAcceptance", .orNull(.number(.rates)), .defaultsTo(.null),
        "acceptance rate that warm-up aims at; null: the sampler's own"),
      SpecKey(
        "metric", .choice(of: MetricName.self), .defaultsTo("prior"),
        "inverse metric: the prior's variances; or estimates from warm-up: variances, these and a few directions, covariances; or ones"
      ),
      SpecKey(
        "start", .starts, .defaultsTo("prior"),
        "where chains start: draws of the prior, the task's teacher, networks of a file or run; of a list chains take the entries in turn"
      ),
    ])

  init(from reader: SpecReader) throws(SpecError) {
    kind = try reader.choice("kind")
    chains = try reader.chains("chains")
    warmup = try reader.integer("warmup")
    draws = try reader.integer("draws")
    thin = try reader.integer("thin")
    seed = UInt64(try reader.integer("seed"))
    generator = try reader.choice("generator")
    stepSize = try reader.numberOrNull("stepSize")
    leapfrogSteps = try reader.integerOrNull("leapfrogSteps")
    trajectory = try reader.numberOrNull("trajectory")
    targetAcceptance = try reader.numberOrNull("targetAcceptance")
    metric = try reader.choice("metric")
    start = try ChainStarts(from: reader)
  }

  /// The warm-up of a kernel with something to tune.
  func adaptation<Kernel: TunableKernel>(transitions: Int? = nil) -> WindowedAdaptation<Kernel> {
    let transitions = transitions ?? warmup
    let estimated = InverseMetric.Kind(metric)
    return WindowedAdaptation(
      estimated == .identity ? .stepSizeOnly(transitions: transitions) : .windows(transitions: transitions),
      metric: estimated, targetAcceptanceRate: targetAcceptance)
  }

  var json: JSONValue {
    // Left out where it is the default, so that runs made before there was the key are the same.
    let starts: [(String, JSONValue)] = start == .prior ? [] : [("start", start.json)]
    guard case .object(let members) = jsonWithoutStart.content else { preconditionFailure("a section is an object") }
    return .object(members.map { ($0.key, $0.value) } + starts)
  }

  private var jsonWithoutStart: JSONValue {
    [
      "kind": .string(kind.rawValue), "chains": chains.json, "warmup": .integer(warmup), "draws": .integer(draws),
      "thin": .integer(thin), "seed": .integer(Int(seed)), "generator": .string(generator),
      "stepSize": .number(stepSize), "leapfrogSteps": leapfrogSteps.map { .integer($0) } ?? .null,
      "trajectory": .number(trajectory), "targetAcceptance": .number(targetAcceptance),
      "metric": .string(metric.rawValue),
    ]
  }
}

extension InverseMetric.Kind {
  init(_ name: MetricName) {
    switch name {
    case .prior, .identity: self = .identity
    case .diagonal: self = .diagonal
    case .dense: self = .dense
    case .lowRank: self = .lowRank
    }
  }
}
