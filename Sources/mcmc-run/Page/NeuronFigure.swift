// The picture of a run's neurons: a panel per population, output weight against input weights, with theory's ellipses.

import Experiments
import Networks
import Sampling
import Storage

extension RunFigures {
  /// Neurons that are looked at, each of a network's neurons as often as any other.
  private static let mostNeurons = 4000
  /// Populations with a panel, the largest.
  private static let mostPopulations = 8
  /// Points of all panels together.
  private static let mostPoints = 1600
  /// Contexts up to which populations are told apart by their gain patterns; beyond by the number of active contexts.
  private static let mostPatternContexts = 12

  /// A neuron as it is drawn.
  private struct Point {
    let output: Double
    /// The input weights of the first two features.
    let inputs: [Double]
    /// The gain pattern as a number, context 0 the leading digit; or the number of active contexts.
    let group: Int
  }

  /// The neurons of the kept networks: output weight against the input weights of features 0 and 1.
  func neurons() throws -> Figure? {
    let (contexts, features) = (run.experiment.task.contexts, min(2, run.experiment.task.features))
    let byPattern = contexts <= Self.mostPatternContexts
    let points = try neuronPoints { isActive in
      (0..<contexts).reduce(0) { byPattern ? 2 * $0 + (isActive($1) ? 1 : 0) : $0 + (isActive($1) ? 1 : 0) }
    }
    guard points.count > 1 else { return nil }
    let counts = Dictionary(points.map { ($0.group, 1) }, uniquingKeysWith: +)
    let groups = counts.keys.sorted { (counts[$0]!, $1) > (counts[$1]!, $0) }.prefix(Self.mostPopulations).sorted()
    let most = max(40, Self.mostPoints / (groups.count * features))
    let law = byPattern && isDrawn ? try run.ensemble.neuronLaw() : nil
    var hasEllipses = false
    let stacks = try groups.map { group -> [Panel] in
      let chosen = Array(points.filter { $0.group == group }.prefix(most))
      let moments = try law?.moments(of: GainPattern(index: group, contexts: contexts))
      let share = NumberText.significant(Double(counts[group]!) / Double(points.count), digits: 2)
      let name = byPattern ? Self.pattern(group, contexts: contexts) : "\(group) active"
      return (0..<features).map { d in
        var series: [Series] = [
          .points(
            "a neuron", name: "m\(d) of \(name)", x: chosen.map(\.output), y: chosen.map { $0.inputs[d] }, .cloud)
        ]
        if let moments, moments.weight > 0, moments.outputVariance > 0 {
          hasEllipses = true
          for (sigmas, look) in [(1.0, Look.theory.solid(1.2)), (2.0, Look.theory)] {
            let line = Self.ellipse(
              moments.outputVariance, moments.covariance[d], moments.inputCovariance[d, d], sigmas: sigmas)
            series.append(
              .line("theory, \(Int(sigmas))σ", name: "\(Int(sigmas))σ of m\(d) of \(name)", x: line.x, y: line.y, look))
          }
        }
        return Panel(
          title: d == 0 ? "\(name) (\(share))" : nil, x: Axis("w"), y: Axis(d == 0 ? "m₀" : "m₁"), series: series,
          height: .square)
      }
    }
    let what = byPattern ? "gain pattern (a digit a context, 1 is active)" : "number of active contexts"
    return Figure(
      name: "neurons", title: "Neurons",
      caption:
        "Neurons of the kept networks, a panel per population: \(what), its share of neurons in brackets. Output weight w against the input weights of feature 0\(features > 1 ? " and, below, feature 1" : ""); the same axes everywhere."
        + (counts.count > groups.count ? " The \(groups.count) largest of \(counts.count) populations." : "")
        + (hasEllipses
          ? " Ellipses hold 39 % and 86 % of theory's Gaussian\(run.experiment.ensemble == .product ? "." : ", which is that of N → ∞.")"
          : ""),
      alternativeText:
        "Scatter plots of neurons, output weight w against input weights, for \(groups.count) populations by \(what).",
      stacks: stacks, across: (4, 2), areMultiples: true)
  }

  /// The points at so many standard deviations of a Gaussian pair, by the Cholesky factor of its covariance.
  private static func ellipse(_ xx: Double, _ xy: Double, _ yy: Double, sigmas: Double) -> (x: [Double], y: [Double]) {
    let first = xx.squareRoot()
    let (slope, rest) = (xy / first, max(0, yy - xy * xy / xx).squareRoot())
    let angles = (0...48).map { 2 * Double.pi * Double($0) / 48 }
    return (
      angles.map { sigmas * first * cos($0) }, angles.map { sigmas * (slope * cos($0) + rest * sin($0)) }
    )
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
    let givenOutputs = run.experiment.network.model.givenOutputWeights
    var index = 0
    for chain in reader.chains {
      try reader.forEachNetwork(ofChain: chain) { network in
        let chosen = selection.neurons[index]
        index += 1
        guard !chosen.isEmpty, let inputs = network.layout["input_weights"],
          let w = try network.layout["output_weight"].map({ try network.values(of: $0) }) ?? givenOutputs,
          w.count == inputs.shape.last
        else { return }
        let m = try network.values(of: inputs)
        let gains = try network.layout["gain"].map { try network.values(of: $0) }
        let drives = try network.layout["context_drive"].map { try network.values(of: $0) }
        let n = w.count
        for i in chosen {
          let isActive = { (c: Int) -> Bool in
            if let given { return given[i, c] > 0.5 }
            if let gains { return gains[c * n + i] != 0 }
            guard let drives, let activation, c < drives.count / n else { return false }
            return activation.isActive(gain: activation.gain(drives[c * n + i]))
          }
          points.append(
            Point(
              output: w[i], inputs: (0..<min(2, inputs.shape[0])).map { m[$0 * n + i] }, group: group(isActive)))
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
