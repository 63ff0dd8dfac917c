// sweep: an ensemble over any numeric keys of its spec.

import JSON
import Networks
import Sampling
import Storage

/// Ensembles over a grid of values of the spec's keys.
package struct SweepStudy: Study {
  package static let name = "sweep"
  package static let tables = ["sweep.csv", "sweep.nc"]
  /// The most ensembles of a sweep.
  private static let mostPoints = 2000

  package let folder: StudyFolder
  let axes: [SweepAxis]
  /// Whether chains start where those of the point before, along the first axis, ended.
  let isFollowing: Bool
  /// What is brought onto one curve, with the exponents that are given; nil for nothing.
  let collapse: SweepCollapse.Question?

  package init(_ folder: StudyFolder) throws {
    self.folder = folder
    axes = (folder.options["axes"]?.array ?? []).compactMap { SweepAxis($0) }
    isFollowing = folder.options["follow"] == .bool(true)
    collapse = SweepCollapse.Question(folder.options["collapse"] ?? .null)
    try validate()
  }

  package static func options(
    axes: [SweepAxis], follow: Bool, collapse: SweepCollapse.Question?
  ) -> JSONValue {
    [
      "axes": .array(axes.map(\.json)), "follow": .bool(follow), "collapse": collapse?.json ?? .null,
    ]
  }

  private func validate() throws {
    guard !axes.isEmpty else { throw StudyError("a sweep needs --over \(SweepAxis.allowed)", .usage) }
    for (index, axis) in axes.enumerated() {
      if let key = axis.keys.first(where: { key in axes[..<index].contains { $0.keys.contains(key) } }) {
        throw StudyError("--over \(key): two axes change this key; allowed: one", .usage)
      }
    }
    guard points.count <= Self.mostPoints else {
      throw StudyError("--over: \(points.count) ensembles; allowed: at most \(Self.mostPoints)", .usage)
    }
    if isFollowing {
      guard !axes[0].changesShape else {
        throw StudyError(
          "--follow: networks along \(axes[0].name) have other shapes, and none can be the start of the next; "
            + "let the first --over change a scale or the ensemble", .usage)
      }
      guard folder.experiment.record.keepsNetworks else {
        throw StudyError(
          "--follow: chains start from networks that were kept, and record.weights is 0; say a larger number")
      }
    }
    if collapse != nil, axes.count != 2 || !axes.contains(where: \.isNeurons) {
      throw StudyError(
        "--collapse: curves of several sizes are brought onto one; say two axes, one of them network.neurons", .usage)
    }
    // What has no meaning is refused before anything is drawn.
    let experiments = try points.map { values in
      let experiment = try folder.experiment(at: values, of: axes)
      try experiment.requireExistence(words(values))
      return experiment
    }
    if let collapse { try requireRecorded(collapse.observable, of: experiments[0]) }
  }

  /// The values at each point, the first axis fastest.
  var points: [[Double]] {
    axes.reversed().reduce([[]]) { tails, axis in tails.flatMap { tail in axis.values.map { [$0] + tail } } }
  }

  /// A point's name, which is that of its run and its part: `tightness=0.1+neurons=20`.
  private func name(_ values: [Double]) -> String {
    let titles = axes.map { $0.title.replacing(", ", with: "+") }
    let areClear = Set(titles).count == titles.count
    return zip(axes, values).enumerated().map { index, entry in
      let title = areClear ? titles[index] : entry.0.name
      return "\(title)=\(entry.0.fileName(entry.1))"
    }.joined(separator: ",").map { $0.isLetter || $0.isNumber || "=,+-._".contains($0) ? String($0) : "-" }.joined()
  }

  package func answer(_ execution: Execution) throws -> SweepReport {
    let places = points
    let names = places.map(name)
    let neurons = try places.map { try folder.experiment(at: $0, of: axes).hiddenNeurons }
    let lines = isFollowing ? places.count / axes[0].values.count : places.count
    let perLine = places.count / lines
    // Of chains that start from each other a part is a whole line of points, so that no two processes want one run.
    let parts: [SweepLine] = try folder.parts(
      (0..<lines).map { isFollowing ? "from-" + names[$0 * perLine] : names[$0] }, execution,
      costs: (0..<lines).map { line in neurons[line * perLine..<(line + 1) * perLine].reduce(0) { $0 + Double($1) } }
    ) { line, execution in
      var points: [EnsemblePoint] = []
      for index in line * perLine..<(line + 1) * perLine {
        execution.say("\(self.words(places[index])): \(index + 1) of \(places.count) ensembles")
        let experiment = try folder.experiment(at: places[index], of: axes)
        let run = try folder.run(
          names[index], experiment, execution,
          startingFrom: index > line * perLine && !experiment.isDrawnExactly ? names[index - 1] : nil)
        points.append(try EnsemblePoint(run, threads: execution.threads))
      }
      return SweepLine(points: points)
    }
    return try SweepReport(
      experiment: folder.experiment, axes: axes, isFollowing: isFollowing,
      points: zip(places, parts.flatMap(\.points)).map { SweepReport.Point(values: $0, ensemble: $1) },
      neurons: neurons, collapse: collapse)
  }

  /// Makes sure that what is to be collapsed is recorded, where that is known before anything is drawn.
  private func requireRecorded(_ name: String, of experiment: Experiment) throws {
    guard !experiment.needsSampledSolution else { return }
    func names(_ ensemble: some SampledEnsemble) throws -> [String] {
      let density = try ensemble.density()
      return try experiment.extended(ensemble.observables(of: density), at: density.layout).variables
        .flatMap(\.scalarNames)
    }
    let names = try names(experiment.networkEnsemble())
    guard !names.contains(name) else { return }
    throw StudyError(
      "--collapse: \(JSONWriter.excerpt(name)) is not recorded\(Spelling.suggestion(for: name, among: names)); allowed: "
        + names.joined(separator: ", "), .usage)
  }

  private func words(_ values: [Double]) -> String {
    zip(axes, values).map { $0.words($1) }.joined(separator: ", ")
  }
}

/// Neighbouring points of a sweep, as they are kept: one, or a line of which each starts from the one before.
struct SweepLine: StudyPartContent {
  let points: [EnsemblePoint]

  init(points: [EnsemblePoint]) { self.points = points }

  var json: JSONValue { ["points": .array(points.map(\.json))] }

  init(_ part: StudyPart) throws { points = try part.list("points").map { try EnsemblePoint($0) } }
}
