// The picture of a run's neurons: output weight against input weights, coloured by gain pattern.

import Networks
import Sampling
import Storage

extension RunFigures {
  /// Neurons of a cloud at most, each of a network's neurons as often as any other.
  private static let mostNeurons = 4000
  /// Contexts up to which every gain pattern has a colour of its own.
  private static let mostPatternContexts = 3

  /// A neuron as it is drawn.
  private struct Point {
    let output: Double
    let first: Double
    let second: Double
    /// The gain pattern as a number, context 0 the leading digit; beyond three contexts the number of active ones.
    let group: Int
  }

  /// The neurons of the kept networks: output weight against the input weights of features 0 and 1.
  func neurons() throws -> Figure? {
    let contexts = run.experiment.task.contexts
    let byPattern = contexts <= Self.mostPatternContexts
    let points = try neuronPoints { isActive in
      (0..<contexts).reduce(0) { byPattern ? 2 * $0 + (isActive($1) ? 1 : 0) : $0 + (isActive($1) ? 1 : 0) }
    }
    guard !points.isEmpty else { return nil }
    let groups = Set(points.map(\.group)).sorted()
    func name(_ group: Int) -> String { byPattern ? Self.pattern(group, contexts: contexts) : "\(group)" }
    let what = byPattern ? "gain pattern (one digit a context)" : "number of active contexts"
    return Figure(
      name: "neurons", title: "Neurons",
      caption:
        "\(points.count) neurons of the kept networks: output weight against the input weights of features 0 and 1, "
        + "coloured by \(what).",
      alternativeText:
        "Scatter plots of \(points.count) neurons: output weight w against input weights m0 and m1, by \(what).",
      panels: groups.map { group in
        let chosen = points.filter { $0.group == group }
        return Panel(
          title: name(group), x: Axis("w"), y: Axis("m₀"),
          series: [.points(nil, name: "m₀", x: chosen.map(\.output), y: chosen.map(\.first), .series(0))],
          height: .square)
      }, across: (3, 2))
  }

  /// The neurons of the kept networks, `group` made from whether a neuron is active in a context.
  private func neuronPoints(group: ((Int) -> Bool) -> Int) throws -> [Point] {
    let reader = RunReader(run.directory)
    let activation = run.experiment.hiddenActivation
    let given = run.experiment.givenGains
    var points: [Point] = []
    let kept = try run.keptNetworks()
    guard kept > 0 else { return [] }
    var stream = try RandomStream(
      StreamKey(seed: run.experiment.evaluation.seed, chain: 2, purpose: .evaluation),
      generator: run.experiment.sampler.generator)
    let selection = NeuronSelection(
      networks: kept, width: run.experiment.hiddenNeurons, atMost: Self.mostNeurons, using: &stream)
    var index = 0
    for chain in reader.chains {
      try reader.forEachNetwork(ofChain: chain) { network in
        let chosen = selection.neurons[index]
        index += 1
        guard !chosen.isEmpty, let weights = network.layout["output_weight"],
          let inputs = network.layout["input_weights"], weights.count == inputs.shape.last
        else { return }
        let w = try network.values(of: weights)
        let m = try network.values(of: inputs)
        let gains = try network.layout["gain"].map { try network.values(of: $0) }
        let drives = try network.layout["context_drive"].map { try network.values(of: $0) }
        let n = weights.count
        for i in chosen {
          let isActive = { (c: Int) -> Bool in
            if let given { return given[i, c] > 0.5 }
            if let gains { return gains[c * n + i] != 0 }
            guard let drives, let activation, c < drives.count / n else { return false }
            return activation.isActive(gain: activation.gain(drives[c * n + i]))
          }
          points.append(
            Point(output: w[i], first: m[i], second: inputs.shape[0] > 1 ? m[n + i] : 0, group: group(isActive)))
        }
      }
    }
    return points
  }

  /// The digits of a gain pattern, context 0 the leading one.
  static func pattern(_ index: Int, contexts: Int) -> String {
    let digits = String(index, radix: 2)
    return String(repeating: "0", count: max(0, contexts - digits.count)) + digits
  }
}
