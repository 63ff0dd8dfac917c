// The pictures of networks that run in time: trials with what is wanted and what is made, trajectories, eigenvalues.

import Experiments
import Networks
import Sampling
import Storage

/// Figures of trials in time, from plain arrays.
enum TrialFigures {
  /// Trials with a panel, channels with a line, networks that lie in a band, at most.
  static let mostTrials = 4
  static let mostChannels = 3
  /// Trials whose trajectories are drawn, at most.
  static let mostTrajectories = 12

  /// Inputs above, wanted and produced outputs below, of the first trials.
  ///
  /// - Parameter outputs: of each network, [trial, time, channel]; the median and the middle 90 % are drawn.
  /// - Precondition: at least one network.
  static func examples(_ batch: TrialBatch, outputs: [[Double]], words: String) -> Figure {
    let steps = (1...batch.times).map { Double($0) }
    let shown = 0..<min(batch.trials, mostTrials)
    let channels = min(batch.outputChannels, mostChannels)
    let stacks = shown.map { trial -> [Panel] in
      let inputs = (0..<min(batch.inputChannels, 2 * mostChannels)).map { channel in
        let values = (0..<batch.times).map { batch.inputs[(trial * batch.times + $0) * batch.inputChannels + channel] }
        return Series.line("input \(channel)", x: steps, y: values, Look.series(channel + 2).solid(1.2))
      }
      var series: [Series] = []
      for channel in 0..<channels {
        let places = (0..<batch.times).map { (trial * batch.times + $0) * batch.outputChannels + channel }
        let spread = places.map { place in Diagnostics.quantiles([outputs.map { $0[place] }], at: [0.05, 0.5, 0.95]) }
        let name = channels > 1 ? " \(channel)" : ""
        if outputs.count > 2 {
          series.append(
            .band(
              channel == 0 ? "90 % of networks" : nil, name: "interval\(name)", x: steps, low: spread.map { $0[0] },
              high: spread.map { $0[2] }, .series(channel)))
        }
        series.append(
          .line(
            "\(outputs.count > 1 ? "median output" : "output")\(name)", x: steps, y: spread.map { $0[1] },
            Look.series(channel).solid(1.6)))
        let wanted = places.map { batch.mask[$0] == 1 ? batch.targets[$0] : .nan }
        series.append(.points(channel == 0 ? "wanted" : nil, name: "wanted\(name)", x: steps, y: wanted, .theory))
      }
      let context = batch.contexts > 1 ? ", context \(batch.contextOfTrial[trial])" : ""
      return [
        Panel(title: "trial \(trial)\(context)", x: Axis("step"), y: Axis("input"), series: inputs, height: .low),
        Panel(x: Axis("step"), y: Axis("output"), series: series),
      ]
    }
    let left = batch.outputChannels > channels ? " The first \(channels) of \(batch.outputChannels) outputs." : ""
    return Figure(
      name: "trials", title: "Example trials",
      caption:
        "Inputs, and below them what is wanted (points, where it counts) and what \(outputs.count > 1 ? "\(outputs.count) networks make" : "a network makes"), on \(words).\(left)",
      alternativeText: "Inputs, wanted and produced outputs in time of \(shown.count) trials.", stacks: stacks,
      across: (2, 1))
  }

  /// Trials of a network in the plane of its first two principal components.
  ///
  /// - Parameter activities: [trial, time, neuron] of one network.
  /// - Returns: nil where the activities do not vary in two directions.
  /// - Throws: ``StatisticsError``, ``GSLError`` for activities that are not finite.
  static func trajectories(_ batch: TrialBatch, activities: [Double], neurons: Int) throws -> Figure? {
    precondition(activities.count == batch.trials * batch.times * neurons, "an activity per trial, step and neuron")
    guard neurons > 1, batch.trials * batch.times > 1 else { return nil }
    let points = Matrix(rows: batch.trials * batch.times, columns: neurons, elements: activities)
    let principal = try PrincipalAxes(points)
    let total = principal.variances.reduce(0, +)
    guard total > 0, principal.variances[1] > 1e-12 * total else { return nil }
    func coordinate(_ row: Int, _ axis: Int) -> Double {
      (0..<neurons).reduce(0) { $0 + (points[row, $1] - principal.mean[$1]) * principal.axes[$1, axis] }
    }
    var series: [Series] = []
    var named = Set<Int>()
    for trial in 0..<min(batch.trials, mostTrajectories) {
      let context = batch.contextOfTrial[trial]
      let rows = trial * batch.times..<(trial + 1) * batch.times
      let isFirst = named.insert(context).inserted
      let title = isFirst ? (batch.contexts > 1 ? "context \(context)" : "a trial") : nil
      let (x, y) = (rows.map { coordinate($0, 0) }, rows.map { coordinate($0, 1) })
      series.append(.line(title, name: "trial \(trial)", x: x, y: y, Look.series(context).solid(1.1)))
      series.append(.points(nil, name: "end of trial \(trial)", x: [x.last!], y: [y.last!], Look.series(context)))
    }
    let shares = principal.variances.prefix(2).map { NumberText.significant(100 * $0 / total, digits: 2) }
    let ratio = NumberText.significant(principal.participationRatio, digits: 2)
    return Figure(
      name: "trajectories", title: "Trajectories",
      caption:
        "Activities of one network in the plane of their first two principal components, which hold \(shares[0]) % and \(shares[1]) % of the "
        + "variance over trials and steps; points end a trial. The participation ratio of all components is \(ratio).",
      alternativeText:
        "Trajectories of trials in the plane of two principal components with \(shares[0]) % and \(shares[1]) % of the variance.",
      panels: [
        Panel(
          x: Axis("component 1 (\(shares[0]) %)"), y: Axis("component 2 (\(shares[1]) %)"), series: series)
      ])
  }

  /// Eigenvalues of the connectivity in the complex plane, a panel per network, and the circle that holds them at tightness 0 as N grows.
  ///
  /// - Parameters:
  ///   - networks: the eigenvalues of J/√N, and what is added to it, of each network.
  ///   - radius: the prior's scale of J.
  ///   - given: the eigenvalues of a given part of low rank.
  /// - Precondition: at least one network.
  static func spectra(
    _ networks: [[(real: Double, imaginary: Double)]], radius: Double,
    given: [(real: Double, imaginary: Double)] = []
  ) -> Figure {
    let all = Array(networks.joined())
    let largest = (all + given).reduce(0) { max($0, hypot($1.real, $1.imaginary)) }
    let reach = 1.08 * max(largest, radius)
    let angles = (0...96).map { 2 * Double.pi * Double($0) / 96 }
    let outside = all.count { hypot($0.real, $0.imaginary) > radius }
    let words = networks.count > 1 ? "\(networks.count) networks of different chains" : "one network"
    let panels = networks.enumerated().map { index, eigenvalues in
      Panel(
        x: Axis("real part", from: -reach, to: reach), y: Axis("imaginary part", from: -reach, to: reach),
        series: [
          .line(
            "prior, N → ∞", name: "circle", x: angles.map { radius * cos($0) }, y: angles.map { radius * sin($0) },
            .theory),
          .points(
            "eigenvalues", name: "eigenvalues of network \(index)", x: eigenvalues.map(\.real),
            y: eigenvalues.map(\.imaginary), .series(0)),
        ]
          + (given.isEmpty
            ? []
            : [
              .points(
                "given part", name: "eigenvalues of the given part", x: given.map(\.real), y: given.map(\.imaginary),
                .series(1))
            ]),
        height: .square)
    }
    return Figure(
      name: "spectrum", title: "Eigenvalues of the connectivity",
      caption:
        "Eigenvalues of the connectivity of \(words), and the circle of radius \(NumberText.significant(radius, digits: 3)) that holds those of the prior's "
        + "weights as N grows; \(outside) of \(all.count) lie outside it."
        + (given.isEmpty ? "" : " Beside them those of the given part of low rank."),
      alternativeText:
        "\(all.count) eigenvalues of \(words) in the complex plane, the largest of modulus \(NumberText.significant(largest, digits: 3)), and a "
        + "circle of radius \(NumberText.significant(radius, digits: 3)).", panels: panels)
  }
}

extension RunFigures {
  /// Networks in the figure of example trials, at most.
  private static let mostNetworksInTime = 40

  /// Example trials, trajectories and eigenvalues of the kept networks; none for networks without time.
  func trials() throws -> [Figure] {
    guard let ensemble = run.ensemble as? RecurrentEnsemble, let task = try run.experiment.trialTask() else {
      return []
    }
    let kept = try run.keptNetworks()
    let stride = max(1, kept / Self.mostNetworksInTime)
    var positions: [[Double]] = []
    // The first that is taken of each chain.
    var firsts: [[Double]] = []
    var count = 0
    let reader = RunReader(run.directory)
    for chain in reader.chains {
      let taken = positions.count
      try reader.forEachNetwork(ofChain: chain) { network in
        if count % stride == 0 { positions.append(try network.position()) }
        count += 1
      }
      if positions.count > taken { firsts.append(positions[taken]) }
    }
    guard let last = positions.last else { return [] }
    let density = ensemble.density()
    let batch = (task.heldOut ?? task.training).examples(atMost: TrialFigures.mostTrajectories)
    let words = task.heldOut == nil ? "the task's own trials" : "held-out trials"
    var figures = [
      TrialFigures.examples(
        batch, outputs: positions.map { density.outputs(at: $0.span, trials: batch) }, words: words)
    ]
    let activities = density.activities(at: last.span, trials: batch)
    if activities.allSatisfy(\.isFinite),
      let figure = try TrialFigures.trajectories(
        batch, activities: activities, neurons: ensemble.architecture.neurons)
    {
      figures.append(figure)
    }
    let spectra = firsts.suffix(2).map { density.recurrentEigenvalues(at: $0) }.filter { !$0.isEmpty }
    if !spectra.isEmpty {
      figures.append(
        TrialFigures.spectra(
          spectra, radius: density.scales.hidden, given: ensemble.architecture.lowRank?.eigenvalues ?? []))
    }
    return figures
  }
}
