// What is kept of one width of a finite-size study: every observable, and the judgement on the width's run.

import JSON
import Networks
import Sampling

/// One width, as it is kept.
struct MeasuredWidth: StudyPartContent {
  /// An observable at the width.
  struct Observable: Sendable {
    let name: String
    let estimate: Estimate
    /// Over networks.
    let standardDeviation: Double
    /// What holds exactly at this width; nil where that is not known.
    let exact: Double?
  }

  /// nil if the run was never judged.
  let diagnosis: RunDiagnosis?
  /// Where the loss is given and the tightness was found.
  let tightness: ModelSolution.Estimated?
  let observables: [Observable]

  var json: JSONValue {
    let values = observables.map { observable -> (String, JSONValue) in
      let value: JSONValue = [
        "value": .number(observable.estimate.value), "standardError": .number(observable.estimate.standardError),
        "standardDeviation": .number(observable.standardDeviation), "exact": .number(observable.exact),
      ]
      return (observable.name, value)
    }
    return [
      "diagnosis": diagnosis?.json ?? .null,
      "tightness": tightness.map { ["value": .number($0.value), "standardError": .number($0.standardError)] } ?? .null,
      "observables": .object(values),
    ]
  }
}

extension MeasuredWidth {
  init(_ part: StudyPart) throws {
    diagnosis = try part.part("diagnosis").map { try RunDiagnosis($0) }
    tightness = try part.part("tightness").map {
      ModelSolution.Estimated(value: try $0.number("value"), standardError: try $0.numberOrNaN("standardError"))
    }
    // Parts of earlier versions hold the observables alone.
    observables = try (part.part("observables") ?? part).members().map { name, value in
      Observable(
        name: name, estimate: try value.estimate(), standardDeviation: try value.numberOrNaN("standardDeviation"),
        exact: value.has("exact") ? try value.numberOrNil("exact") : nil)
    }
  }
}
