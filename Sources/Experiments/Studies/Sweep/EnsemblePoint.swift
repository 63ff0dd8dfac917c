// What is kept of one ensemble of a study: every observable with its fluctuations, what theory says of it, and the judgement on its run.

import JSON
import Networks
import Sampling

/// One ensemble of a study, as it is kept: a point of a sweep, a width of a finite-size study.
package struct EnsemblePoint: StudyPartContent {
  /// An observable of the ensemble.
  package struct Observable: Sendable {
    package let name: String
    /// The mean, with its Monte Carlo error.
    package let estimate: Estimate
    /// Over networks.
    package let standardDeviation: Double
    /// What holds exactly of the mean at this width; nil where that is not known.
    package let exact: Double?
    /// What holds of it as N grows, where nothing exact is known.
    package let asymptotic: Double?
    /// In the hard ensemble: what its average changes by with 1/β in Gibbs ensembles of growing tightness β, where that is known.
    package let approach: Double?
    /// nil where draws do not vary, are not finite, or were kept by an earlier version.
    package let fluctuations: Fluctuations?

    /// What theory says of the mean.
    package var theory: Double? { exact ?? asymptotic }
  }

  /// nil if the run was never judged.
  package let diagnosis: RunDiagnosis?
  /// Where the loss is given and the tightness was found.
  let tightness: ModelSolution.Estimated?
  /// The closed form's order parameters; nil where there are none.
  package let order: OrderParameters?
  package let observables: [Observable]

  /// What a run says of its ensemble.
  ///
  /// - Throws: ``StorageError``, ``MaxEntropyError``.
  init(_ run: LoadedRun, threads: Int) throws {
    var exact: [String: Double] = [:]
    var asymptotic: [String: Double] = [:]
    for prediction in run.ensemble.theory().predictions {
      guard case .scalar(prediction.name) = prediction.quantity else { continue }
      if prediction.status == .exact {
        exact[prediction.name] = prediction.expected
      } else {
        asymptotic[prediction.name] = prediction.expected
      }
    }
    let (known, limits) = (exact, asymptotic)
    let approach =
      run.experiment.ensemble.isHard
      ? try run.experiment.closedFormEnsemble(try ModelSolution(of: run.directory))?.hardPrediction()?.approach : nil
    // The log density is a sum over the network, and its constant is left out.
    let summaries = try run.draws.summaries(threads: threads).filter { $0.name != "lp" }
    observables = try parallelMap(summaries.count, threads: threads) { index in
      let summary = summaries[index]
      return Observable(
        name: summary.name, estimate: Estimate(value: summary.mean, standardError: summary.mcseMean),
        standardDeviation: summary.sd, exact: known[summary.name],
        asymptotic: limits[summary.name], approach: approach?.slope(of: summary.name),
        fluctuations: try run.draws.scalar(summary.name).flatMap { Fluctuations($0) })
    }
    diagnosis = try RunDiagnosis(run)
    let solution = try ModelSolution(of: run.directory)
    tightness = solution?.tightness
    order = try run.experiment.closedFormEnsemble(solution)?.theory().flatMap { OrderParameters($0) }
  }

  package var json: JSONValue {
    let values = observables.map { observable -> (String, JSONValue) in
      let value: JSONValue = [
        "value": .number(observable.estimate.value), "standardError": .number(observable.estimate.standardError),
        "standardDeviation": .number(observable.standardDeviation), "exact": .number(observable.exact),
        "asymptotic": .number(observable.asymptotic), "approach": .number(observable.approach),
        "fluctuations": observable.fluctuations?.json ?? .null,
      ]
      return (observable.name, value)
    }
    return [
      "diagnosis": diagnosis?.json ?? .null,
      "tightness": tightness.map { ["value": .number($0.value), "standardError": .number($0.standardError)] } ?? .null,
      "order": order.map { order in
        .object(PhaseDiagramReport.orders.map { ($0.name, .number($0.value(order))) })
      } ?? .null, "observables": .object(values),
    ]
  }

  package init(_ part: StudyPart) throws {
    diagnosis = try part.part("diagnosis").map { try RunDiagnosis($0) }
    tightness = try part.part("tightness").map {
      ModelSolution.Estimated(value: try $0.number("value"), standardError: try $0.numberOrNaN("standardError"))
    }
    order = try part.part("order").map { part in
      OrderParameters(
        specialisedShare: try part.number("specialisedShare"), meanStructure: try part.number("meanStructure"),
        patternKL: try part.number("patternKL"), meanActiveContexts: try part.number("meanActiveContexts"))
    }
    // Parts of earlier versions hold the observables alone, and no fluctuations.
    observables = try (part.part("observables") ?? part).members().map { name, value in
      Observable(
        name: name, estimate: try value.estimate(), standardDeviation: try value.numberOrNaN("standardDeviation"),
        exact: value.has("exact") ? try value.numberOrNil("exact") : nil,
        asymptotic: value.has("asymptotic") ? try value.numberOrNil("asymptotic") : nil,
        approach: value.has("approach") ? try value.numberOrNil("approach") : nil,
        fluctuations: try value.part("fluctuations").map { try Fluctuations($0) })
    }
  }
}

extension Fluctuations {
  fileprivate var json: JSONValue {
    [
      "variance": .estimate(variance), "binder": .estimate(binder),
      "autocorrelationTime": .estimate(autocorrelationTime),
    ]
  }

  fileprivate init(_ part: StudyPart) throws {
    guard let variance = try part.estimate("variance") else { throw part.malformed("variance", "an estimate") }
    self.init(
      variance: variance, binder: try part.estimate("binder"),
      autocorrelationTime: try part.estimate("autocorrelationTime"))
  }
}
