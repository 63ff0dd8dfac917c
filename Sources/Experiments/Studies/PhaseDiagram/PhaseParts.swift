// What is kept of a phase diagram's points: theory where the tightness had to be found, and order parameters of drawn networks.

import JSON
import Networks
import Sampling

/// The closed form at a tightness that was found by sampling.
struct SearchedPoint: StudyPartContent {
  let tightness: Double
  let standardError: Double
  /// nil where theory says nothing.
  let order: OrderParameters?

  var json: JSONValue {
    .object(
      [("tightness", .number(tightness)), ("standardError", .number(standardError))]
        + PhaseDiagramReport.orders.map { ($0.name, .number(order.map($0.value))) })
  }
}

extension SearchedPoint {
  init(_ part: StudyPart) throws {
    tightness = try part.number("tightness")
    standardError = try part.numberOrNaN("standardError")
    guard tightness > 0, let share = try part.numberOrNil("specialisedShare"),
      let structure = try part.numberOrNil("meanStructure"), let divergence = try part.numberOrNil("patternKL"),
      let active = try part.numberOrNil("meanActiveContexts")
    else {
      order = nil
      return
    }
    order = OrderParameters(
      specialisedShare: share, meanStructure: structure, patternKL: divergence, meanActiveContexts: active)
  }
}

/// Order parameters of the networks drawn at a point.
struct SampledPoint: StudyPartContent {
  /// By the names of ``PhaseDiagramReport/orders``.
  let values: [String: Estimate]
  let networks: Int
  /// Of the point's run; nil if it was never judged.
  let diagnosis: RunDiagnosis?

  var json: JSONValue {
    .object(
      PhaseDiagramReport.orders.map { ($0.name, .estimate(values[$0.name])) }
        + [("networks", .integer(networks)), ("diagnosis", diagnosis?.json ?? .null)])
  }
}

extension SampledPoint {
  init(_ part: StudyPart) throws {
    var values: [String: Estimate] = [:]
    for order in PhaseDiagramReport.orders { values[order.name] = try part.estimate(order.name) }
    self.values = values
    networks = try part.integer("networks")
    diagnosis = try part.part("diagnosis").map { try RunDiagnosis($0) }
  }
}
