// ensembles: neurons drawn one by one, networks bound softly, networks that solve the task exactly, side by side.

import JSON
import Networks
import Sampling

/// The three ensembles of a task at several widths, beside the law of a neuron that all of them tend to.
package struct EnsemblesStudy: Study {
  package static let name = "ensembles"
  package static let tables = ["ensembles.csv"]

  package let folder: StudyFolder
  /// The widths, ascending.
  let neurons: [Int]
  /// β of the Gibbs ensembles.
  let tightness: Double

  /// Neurons of a cloud at most: distances take all pairs.
  private static let mostNeurons = 10_000
  /// Networks at most over which the structure is averaged.
  private static let mostNetworks = 2000
  /// Networks of a cloud at least, so that they can be permuted.
  private static let leastNetworks = 20
  /// Networks that each chain keeps at least.
  private static let keptNetworks = 250

  package init(_ folder: StudyFolder) throws {
    self.folder = folder
    neurons = folder.numbers("neurons").map { Int($0) }
    tightness = folder.options["tightness"]?.realNumber ?? Self.usualTightness
    let experiment = folder.experiment
    guard let gains = experiment.closedFormGains else {
      throw StudyError(
        "network.kind: the three ensembles tend to one law of a neuron for gainModulatedLinear networks with binary or fixed gains; "
          + "found \(experiment.network.model.words)")
    }
    guard experiment.weights.convention == .prior else {
      throw StudyError(
        "weights.convention: gibbs and hard ensembles weigh a prior of given scales; say \"prior\"")
    }
    if !gains.areDrawn, neurons != [experiment.network.model.neurons] {
      throw StudyError(
        "network.gains: given gains belong to one number of neurons; say --neurons \(experiment.network.model.neurons)",
        .usage)
    }
    // What has no meaning is refused before anything is drawn.
    for width in neurons {
      for kind in EnsemblesReport.Kind.allCases { try ensemble(kind, width: width).requireExistence("N = \(width)") }
    }
  }

  package static let usualTightness = 1000.0

  package static func options(neurons: [Int], tightness: Double) -> JSONValue {
    ["neurons": .integers(neurons), "tightness": .number(tightness)]
  }

  package func answer(_ execution: Execution) throws -> EnsemblesReport {
    let parts: [EnsemblesPart] = try folder.parts(
      neurons.map { "N\($0)" }, execution, costs: neurons.map(Double.init)
    ) { index, execution in
      execution.say("N = \(neurons[index]): \(index + 1) of \(neurons.count) widths")
      return try measure(neurons[index], execution)
    }
    guard let limit = try ensemble(.product, width: neurons[0]).closedFormEnsemble()?.solve() else {
      preconditionFailure("the model has a closed form")
    }
    return EnsemblesReport(
      experiment: folder.experiment, tightness: tightness, limit: limit,
      points: zip(neurons, parts).flatMap { width, part in
        zip(EnsemblesReport.Kind.allCases, part.ensembles).map {
          EnsemblesReport.Point(neurons: width, kind: $0, drawn: $1)
        }
      })
  }

  /// The experiment with another ensemble and width.
  private func ensemble(_ kind: EnsemblesReport.Kind, width: Int) throws -> Experiment {
    let section: JSONValue =
      switch kind {
      case .product: ["kind": "product"]
      case .gibbs: ["kind": "gibbs", "tightness": .number(tightness)]
      case .hard: ["kind": "hard", "on": "outputs"]
      }
    let record = folder.experiment.record.json
    let kept = max(Self.keptNetworks, record["weights"]?.wholeNumber ?? Self.keptNetworks)
    let keys =
      width == folder.experiment.network.model.neurons ? [] : folder.experiment.network.model.keys(width: width)
    return try folder.experiment(
      with: (keys ?? []) + [
        (["ensemble"], section), (["sampler", "kind"], "auto"), (["record", "weights"], .integer(kept)),
      ])
  }

  /// The three ensembles at one width; clouds of neurons against those of the product ensemble, which has the limit's law at every width.
  private func measure(_ width: Int, _ execution: Execution) throws -> EnsemblesPart {
    var clouds: [NeuronCloud] = []
    var other: NeuronCloud?
    var ensembles: [EnsemblesPart.Drawn] = []
    let cloud = max(Self.leastNetworks, Self.mostNeurons / width)
    for kind in EnsemblesReport.Kind.allCases {
      let experiment = try ensemble(kind, width: width)
      let run = try folder.run("\(kind.rawValue)-N\(width)", experiment, execution)
      guard let networks = try run.neuronChunks(atMost: Self.mostNetworks), let gains = experiment.closedFormGains
      else {
        preconditionFailure("a closed form has neurons")
      }
      let size = min(cloud, networks.count / 2)
      clouds.append(try NeuronCloud(networks: networks.prefix(size).map(\.neuronCloud)))
      if kind == .product { other = try NeuronCloud(networks: networks.suffix(size).map(\.neuronCloud)) }
      var stream = try RandomStream(
        StreamKey(seed: experiment.sampler.seed, chain: width, purpose: .testing),
        generator: experiment.sampler.generator)
      let distance = try EnergyDistance.compare(
        clouds.last!, kind == .product ? other! : clouds[0], threads: execution.threads, using: &stream)
      let statistics = try PopulationStatistics(networks, task: try experiment.learningTask(), gains: gains)
      ensembles.append(
        EnsemblesPart.Drawn(
          point: try EnsemblePoint(run, threads: execution.threads),
          structure: statistics.meanStructure,
          distance: Estimate(value: distance.value, standardError: distance.standardError),
          pValue: distance.pValue))
    }
    return EnsemblesPart(ensembles: ensembles)
  }
}

/// The three ensembles at one width, as they are kept.
struct EnsemblesPart: StudyPartContent {
  /// One of them.
  struct Drawn: Sendable {
    let point: EnsemblePoint
    /// ⟨ρ⟩.
    let structure: Estimate
    /// The energy distance of its neurons from independent ones of the limit's law, and the p of their having one law.
    let distance: Estimate
    let pValue: Double
  }

  let ensembles: [Drawn]

  init(ensembles: [Drawn]) { self.ensembles = ensembles }

  var json: JSONValue {
    [
      "ensembles": .array(
        ensembles.map {
          [
            "point": $0.point.json, "structure": .estimate($0.structure), "distance": .estimate($0.distance),
            "pValue": .number($0.pValue),
          ]
        })
    ]
  }

  init(_ part: StudyPart) throws {
    ensembles = try part.list("ensembles").map { part in
      guard let point = part.part("point"), let structure = try part.estimate("structure"),
        let distance = try part.estimate("distance")
      else { throw part.malformed("an ensemble", "a point with structure and distance") }
      return Drawn(
        point: try EnsemblePoint(point), structure: structure, distance: distance,
        pValue: try part.numberOrNaN("pValue"))
    }
  }
}
