// What a sweep found: every observable at every point, and what its curves say.

import JSON
import Networks
import Sampling
import Storage

/// Ensembles over a grid of values.
package struct SweepReport: StudyReport {
  /// One ensemble.
  package struct Point: Sendable {
    /// Of each axis.
    package let values: [Double]
    package let ensemble: EnsemblePoint

    /// Whether the point can be used: its run has converged, or was never judged.
    package var isFit: Bool { ensemble.diagnosis?.converged ?? true }

    package func observable(_ name: String) -> EnsemblePoint.Observable? {
      ensemble.observables.first { $0.name == name }
    }
  }

  /// The points along the first axis at one choice of the others, by ascending value.
  package struct Line: Sendable {
    /// Of the other axes.
    package let values: [Double]
    /// Places in ``SweepReport/points``.
    package let points: [Int]
  }

  /// What an observable's curve along the first axis says.
  package struct Curve: Sendable {
    package let observable: String
    package let line: Int
    package let mean: CurveFeatures
    /// Of N times the variance.
    package let susceptibility: CurveFeatures
    package var isTold: Bool { mean.steepest != nil || mean.halfWay != nil || susceptibility.peak != nil }
  }

  package let experiment: Experiment
  package let axes: [SweepAxis]
  package let isFollowing: Bool
  package let points: [Point]
  /// N at every point.
  package let neurons: [Int]
  package let lines: [Line]
  package let curves: [Curve]
  package let collapse: SweepCollapse?
  /// Where the first axis ends at the hard ensemble: how the others come near.
  package let approaches: [HardLimit]

  init(
    experiment: Experiment, axes: [SweepAxis], isFollowing: Bool, points: [Point], neurons: [Int],
    collapse question: SweepCollapse.Question?
  ) throws {
    self.experiment = experiment
    self.axes = axes
    self.isFollowing = isFollowing
    self.points = points
    self.neurons = neurons
    let length = axes[0].values.count
    let order = (0..<length).sorted { axes[0].values[$0] < axes[0].values[$1] }
    let lines = (0..<points.count / length).map { line in
      Line(values: Array(points[line * length].values.dropFirst()), points: order.map { line * length + $0 })
    }
    self.lines = lines
    var stream = try RandomStream(
      StreamKey(seed: experiment.sampler.seed, chain: 0, purpose: .testing), generator: experiment.sampler.generator)
    var curves: [Curve] = []
    for name in Self.names(points) {
      for (index, line) in lines.enumerated() {
        curves.append(
          Curve(
            observable: name, line: index,
            mean: try Self.features(line, points, axes[0], using: &stream) { $0.observable(name)?.estimate },
            susceptibility: try Self.features(line, points, axes[0], using: &stream) { point in
              point.observable(name)?.fluctuations?.variance
            }))
      }
    }
    self.curves = curves
    approaches =
      axes[0].endsHard
      ? try Self.names(points).flatMap { name in
        try lines.indices.compactMap { try HardLimit(name, line: $0, lines[$0], points) }
      } : []
    collapse = try question.map { try Self.collapse($0, points, axes, neurons, using: &stream) }
  }

  private static func names(_ points: [Point]) -> [String] {
    var names: [String] = []
    for point in points {
      for observable in point.ensemble.observables where !names.contains(observable.name) {
        names.append(observable.name)
      }
    }
    return names
  }

  /// The observables, in the order in which they were recorded.
  package var names: [String] { Self.names(points) }

  /// Features along the first axis, in its logarithm where it is spread so; of points that can be used.
  private static func features(
    _ line: Line, _ points: [Point], _ axis: SweepAxis, using stream: inout RandomStream,
    _ value: (Point) -> Estimate?
  ) throws -> CurveFeatures {
    let isLogarithmic = axis.isLogarithmic
    var (x, y, errors): ([Double], [Double], [Double]) = ([], [], [])
    for index in line.points where points[index].isFit && points[index].values[0].isFinite {
      guard let estimate = value(points[index]), let error = estimate.standardError, error.isFinite,
        estimate.value.isFinite
      else { continue }
      x.append(isLogarithmic ? log(points[index].values[0]) : points[index].values[0])
      y.append(estimate.value)
      errors.append(error)
    }
    let found = try CurveFeatures(x: x, y: y, errors: errors, using: &stream)
    return isLogarithmic ? found.exponentiated : found
  }

  private static func collapse(
    _ question: SweepCollapse.Question, _ points: [Point], _ axes: [SweepAxis], _ neurons: [Int],
    using stream: inout RandomStream
  ) throws -> SweepCollapse {
    let other = axes[0].isNeurons ? 1 : 0
    let measured = zip(points, neurons).compactMap { point, neurons -> ScalingCollapse.Point? in
      guard point.isFit, let estimate = point.observable(question.observable)?.estimate,
        let error = estimate.standardError, error > 0, error.isFinite
      else { return nil }
      return ScalingCollapse.Point(
        size: Double(neurons), x: point.values[other], y: estimate.value, standardError: error)
    }
    let found = measured.isEmpty ? nil : try ScalingCollapse(measured, given: question.given, using: &stream)
    return SweepCollapse(
      observable: question.observable, found: found,
      reason: measured.count < points.count
        ? "\(measured.count) of \(points.count) points can be used, and too few of them lie between points of other sizes"
        : "too few points lie between points of other sizes: six are needed")
  }

  package var title: String { "\(experiment.name): sweep over \(axes.map(\.title).joined(separator: " and "))" }

  package var judgement: StudyJudgement {
    StudyJudgement(points: points.map { (words($0.values), $0.ensemble.diagnosis) })
  }

  /// A point in words: `tightness = 10, neurons = 40`.
  package func words(_ values: [Double]) -> String {
    zip(axes, values).map { $0.words($1) }.joined(separator: ", ")
  }

  /// N times the variance: how strongly the observable answers to a field that pulls on N of it.
  package func susceptibility(_ index: Int, _ observable: EnsemblePoint.Observable) -> Estimate? {
    let n = Double(neurons[index])
    return observable.fluctuations.map {
      Estimate(value: n * $0.variance.value, standardError: $0.variance.standardError.map { n * $0 })
    }
  }

  package var json: JSONValue {
    [
      "ensemble": .string(experiment.ensemble.name),
      "axes": .array(axes.map(\.json)), "follow": .bool(isFollowing),
      "points": .array(points.indices.map(pointJSON)),
      "curves": .array(
        curves.filter(\.isTold).map { curve in
          [
            "observable": .string(curve.observable),
            "values": valuesJSON(lines[curve.line].values, of: axes.dropFirst()),
            "steepest": .estimate(curve.mean.steepest), "halfWay": .estimate(curve.mean.halfWay),
            "susceptibilityPeak": .estimate(curve.susceptibility.peak),
          ]
        }),
      "collapse": collapse?.json ?? .null,
      "approach": .array(
        approaches.map { limit in
          [
            "observable": .string(limit.observable),
            "values": valuesJSON(lines[limit.line].values, of: axes.dropFirst()),
            "from": .number(limit.fit.points.map(\.size).min()), "limit": .estimate(limit.fit.limit),
            "hard": .estimate(limit.hard), "z": .number(limit.z), "slope": .estimate(limit.fit.coefficient(1)),
            "predictedSlope": .number(limit.predictedSlope), "slopeZ": .number(limit.slopeZ),
            "pValue": .number(limit.fit.pValue),
          ]
        }),
    ]
  }

  private func valuesJSON(_ values: [Double], of axes: some Sequence<SweepAxis>) -> JSONValue {
    .object(zip(axes, values).flatMap { axis, value in axis.keys.map { ($0, SweepAxis.json(value)) } })
  }

  private func pointJSON(_ index: Int) -> JSONValue {
    let point = points[index]
    let observables = point.ensemble.observables.map { observable -> (String, JSONValue) in
      let value: JSONValue = [
        "mean": .number(observable.estimate.value), "mcse": .number(observable.estimate.standardError),
        "sd": .number(observable.standardDeviation),
        "varianceTimesN": .estimate(susceptibility(index, observable)),
        "binder": .estimate(observable.fluctuations?.binder),
        "autocorrelationTime": .estimate(observable.fluctuations?.autocorrelationTime),
      ]
      return (observable.name, value)
    }
    let theory = point.ensemble.observables.compactMap { observable -> (String, JSONValue)? in
      observable.theory.map {
        (observable.name, ["expected": .number($0), "exact": .bool(observable.exact != nil)])
      }
    }
    let order = point.ensemble.order.map { order in
      JSONValue.object(PhaseDiagramReport.orders.map { ($0.name, .number($0.value(order))) })
    }
    return .object(
      [
        ("values", valuesJSON(point.values, of: axes)), ("neurons", .integer(neurons[index])),
        ("observables", .object(observables)), ("theory", .object(theory)), ("closedForm", order ?? .null),
        ("tightness", point.ensemble.tightness.map { .number($0.value) } ?? .null),
      ] + RunDiagnosis.members(point.ensemble.diagnosis))
  }

  package var tables: [(file: String, csv: String)] {
    let rows = points.enumerated().flatMap { index, point in
      point.ensemble.observables.map { observable -> [CSV.Cell] in
        func cells(_ estimate: Estimate?) -> [CSV.Cell] {
          [.number(estimate?.value ?? .nan), .number(estimate?.standardError ?? .nan)]
        }
        return point.values.map { $0.isInfinite ? .text(SweepAxis.text($0)) : .number($0) } + [
          .number(Double(neurons[index])), .text(observable.name),
        ]
          + cells(observable.estimate) + [.number(observable.standardDeviation)]
          + cells(susceptibility(index, observable)) + cells(observable.fluctuations?.binder)
          + cells(observable.fluctuations?.autocorrelationTime)
          + [
            .number(observable.theory ?? .nan),
            observable.theory == nil ? .empty : .text(observable.exact == nil ? "asymptotic" : "exact"),
          ] + RunDiagnosis.cells(point.ensemble.diagnosis)
      }
    }
    return [
      (
        "sweep.csv",
        CSV.text(
          axes.map(\.name) + [
            "N", "observable", "mean", "mcse", "sd", "variance_times_n", "variance_times_n_standard_error", "binder",
            "binder_standard_error", "autocorrelation_time", "autocorrelation_time_standard_error", "theory",
            "theory_status",
          ] + RunDiagnosis.columns, rows)
      )
    ]
  }
}

extension CurveFeatures {
  /// Of a curve over logarithms, in terms of what these are logarithms of.
  fileprivate var exponentiated: CurveFeatures {
    func exponentiated(_ estimate: Estimate?) -> Estimate? {
      estimate.map { estimate in
        let value = exp(estimate.value)
        return Estimate(value: value, standardError: estimate.standardError.map { $0 * value })
      }
    }
    return CurveFeatures(
      steepest: exponentiated(steepest), halfWay: exponentiated(halfWay), peak: exponentiated(peak))
  }
}
