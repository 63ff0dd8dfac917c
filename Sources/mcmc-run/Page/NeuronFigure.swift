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
    func colour(_ group: Int) -> Int { group % Figure.colours.count + 1 }
    let what = byPattern ? "gain pattern (one digit a context)" : "number of active contexts"
    // Points of all groups in one plot, in the order of the draws: no group hides the others. The key needs plots of its own.
    let keys = groups.map { "NaN with points pointtype 7 pointsize 0.8 linetype \(colour($0)) title '\(name($0))'" }
    func cloud(_ column: Int) -> String {
      "DATA using 1:\(column):(int($5) % \(Figure.colours.count) + 1) with points pointtype 7 pointsize 0.3 linecolor variable title ''"
    }
    return Figure(
      name: "neurons", title: "Neurons",
      caption:
        "\(points.count) neurons of the kept networks: output weight against the input weights of features 0 and 1, "
        + "coloured by \(what).",
      alternativeText:
        "Scatter plots of \(points.count) neurons: output weight w against input weights m0 and m1, by \(what).",
      columns: ["w", "m0", "m1", byPattern ? "pattern" : "active contexts", "group"],
      rows: points.map {
        [.number($0.output), .number($0.first), .number($0.second), .text(name($0.group)), .number(Double($0.group))]
      },
      commands: """
        set multiplot layout 1,2
        set key outside top left horizontal samplen 0.4
        set xlabel 'w'
        set ylabel 'm_0'
        plot \(([cloud(2)] + keys).joined(separator: ", "))
        set ylabel 'm_1'
        set key title ' '
        plot \(cloud(3))
        unset multiplot
        """,
      size: (640, 330))
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
