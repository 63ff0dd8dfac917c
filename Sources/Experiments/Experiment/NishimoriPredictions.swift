// What holds on average over teachers, where an ensemble is the posterior of its own teacher (THEORY section 10).

import Networks
import Sampling

extension Experiment {
  /// Readouts of more numbers are not compared.
  private static let mostReadouts = 10_000

  /// Nishimori's identities of a Bayes-optimal ensemble: on training stimuli E⟨L⟩ = K T/2, with the rank of S in place of P where networks
  /// respond linearly and the loss goes without its constant part; and E⟨f·ŷ⟩ = E f*·ŷ, ŷ the linear regression of the labels.
  ///
  /// They hold on average over teachers and noise. A run has one teacher, so that they decide nothing. Empty where the ensemble is not
  /// Bayes-optimal.
  ///
  /// - Throws: what keeps the teacher from being made.
  func nishimoriPredictions() throws -> [Prediction] {
    guard isBayesOptimal, case .gibbs(let tightness) = ensemble, let teacher = try teacher(),
      let stimuli = try stimulusList()
    else { return [] }
    let status = Prediction.Status.average(over: "teachers, of which this is one (mcmc-run teacher-student takes many)")
    let (contexts, count) = (Double(task.contexts), Double(stimuli.rows))
    let numbers =
      respondsLinearly ? Double(try SymmetricEigen(GaussianStimuli.secondMoment(of: stimuli)).rank) : count
    let expected = contexts * numbers / (2 * tightness * network.model.taskFactor)
    var predictions = [
      // The loss of the teacher itself is a sum of squares of so many normal numbers; its mean given the labels varies less.
      Prediction(
        "nishimori_error", expected: expected, expectedError: expected * (2 / (contexts * numbers)).squareRoot(),
        status: status, source: "THEORY 10", quantity: .scalar("loss"))
    ]
    let names = (0..<task.contexts).flatMap { c in (0..<task.features).map { "readout[\(c),\($0)]" } }
    if names.count <= Self.mostReadouts {
      let regression = try OutputRegression(of: teacher.labels, on: stimuli)
      // Linear networks record R, others the mean of y xᵀ.
      let weights =
        respondsLinearly
        ? regression.target * GaussianStimuli.secondMoment(of: stimuli) : regression.target
      let fitted = regression.target * stimuli.transposed
      let expected = zip(teacher.clean.elements, fitted.elements).reduce(0) { $0 + $1.0 * $1.1 } / count
      predictions.append(
        Prediction(
          "nishimori_overlap", expected: expected, status: status, source: "THEORY 10",
          quantity: .function(of: names) { [elements = weights.elements] readout in
            zip(readout, elements).reduce(0) { $0 + $1.0 * $1.1 }
          }))
    }
    return predictions
  }
}
