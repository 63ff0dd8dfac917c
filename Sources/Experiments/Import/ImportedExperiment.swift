// The experiment that imported networks are of: one that the user names, or one made from their shapes.

import JSON
import Networks
import Sampling

/// An experiment for networks from elsewhere, and the networks as its positions.
///
/// Its ensemble is the prior with the networks' own scales (Gibbs at tightness 0): nothing is claimed of where they come from.
struct ImportedExperiment {
  let experiment: Experiment
  let positions: [[Double]]
  let layout: ParameterLayout
  let notes: [String]

  /// Losses of nonlinear networks on Gaussian stimuli that no formula gives are means over so many.
  private static let stimuli = 256

  /// - Throws: ``SpecError``, ``UsageError``: networks that the experiment does not have.
  init(
    _ networks: [NetworkParts], _ options: ImportOptions, chains: Int, draws: Int, name: String, source: String
  ) throws {
    var notes: [String] = []
    var overrides = SpecOverrides()
    func set(_ path: JSONPath, _ value: JSONValue) { overrides.set(path, to: value, by: "import") }
    set(["ensemble"], ["kind": "gibbs", "tightness": .integer(0)])
    // The spec's may be second moments, which this ensemble does not have; the networks' own come last.
    set(["weights"], [:])
    set(["sampler"], ["chains": .integer(chains), "draws": .integer(draws), "warmup": .integer(0)])
    set(["record"], ["weights": "all"])
    let gains = try ImportedGains(networks)
    let read: (SpecOverrides) throws -> Experiment
    if let spec = options.spec {
      guard options.activation == nil else {
        throw UsageError("--activation: the experiment of --spec says it; allowed: one of the two")
      }
      let asked = try Experiment.read(path: spec)
      if let name = options.name { set(["name"], .string(name)) }
      let width = networks[0][.output]!.elements.count
      if asked.hiddenNeurons != width, let keys = asked.network.model.keys(width: width) {
        for (path, value) in keys { set(JSONPath(path.map { .key($0) }), value) }
        notes.append("\(spec) says \(asked.hiddenNeurons) neurons; the networks have \(width)")
      }
      if case .gaussian(let covariance) = asked.stimuli,
        asked.network.model.withoutGaussianLoss(in: asked) != nil
          || !asked.respondsLinearly && asked.ensemble == .product
      {
        guard covariance == nil else {
          throw SpecError(
            file: spec, place: .file, keyPath: "stimuli",
            message:
              "the loss of such networks on Gaussian stimuli with a covariance has no formula; allowed: a list of stimuli"
          )
        }
        set(["stimuli"], ["kind": "sampled", "count": .integer(Self.stimuli)])
        notes.append("losses are means over \(Self.stimuli) Gaussian stimuli")
      }
      read = { try Experiment.read(path: spec, overrides: $0) }
    } else {
      let tree = try SpecFromShapes.tree(networks[0], gains, options, name: name)
      notes.append("no --spec: the task is taken to be that context c wants input c, and losses are against that")
      var table = ""
      if case .given(let matrix)? = gains {
        table = matrix.rowArrays.map { $0.map { "\($0)" }.joined(separator: ",") + "\n" }.joined()
      }
      read = { [table] in
        try Experiment(
          Array(tree.text().utf8), file: "\(name).json", folder: ".", overrides: $0,
          readFile: { _ throws(SpecError) in Array(table.utf8) })
      }
    }
    // Scales are those of the positions, whose blocks do not depend on them.
    let layout = try ImportedLayout(try read(overrides))
    try layout.requireParts(networks[0])
    positions = try networks.map { try layout.position(of: $0, options.convention ?? .none, source: source) }
    set(["weights"], layout.scales(of: positions))
    experiment = try read(overrides)
    self.layout = layout.layout
    self.notes = notes
  }
}
