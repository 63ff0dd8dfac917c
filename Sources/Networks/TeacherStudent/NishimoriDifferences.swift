// The two sides of the Nishimori identities for one teacher.

import Sampling

/// Differences that are zero on average over teachers and noise where students are drawn from the posterior (THEORY section 10).
///
/// Given the labels, the teacher and any two students are exchangeable. So E⟨(y − f)²⟩ = T on the training stimuli (`nishimori_error`: ⟨L⟩ over
/// KT/2, less 1), E⟨f y⟩ = E f* y there (`nishimori_label`), E⟨f f'⟩ = E⟨f f*⟩ (`nishimori_overlap`) and E⟨f²⟩ = E f*² (`nishimori_answer_square`) on any
/// stimuli, and E⟨F(θ)⟩ = E F(θ*) for any F of network and labels (`nishimori_` and its name): the log density, the loss (over KT/2), second moments.
public struct NishimoriDifferences: Sendable, Equatable {
  /// Names and differences, in a fixed order.
  public let values: [(name: String, value: Double)]
  /// (nβ)² Var(L) over KP/2, the share by which ⟨nβL⟩ answers to the logarithm of the temperature; nil where nothing binds.
  public let response: Double?

  /// The differences of one teacher.
  ///
  /// - Parameters:
  ///   - results: of the students of one start.
  ///   - quantities: names of ``StudentSampling/quantities``, and `teacher` their values for the teacher.
  ///   - binds: whether students are bound to the labels at all.
  public init(
    _ results: StudentResults, task: StudentTask, quantities: [String], teacher: [Double]?, binds: Bool
  ) {
    var values: [(String, Double)] = []
    let means = results.means
    let half = Double(task.labels.elements.count) / 2
    if binds, let loss = means["loss"] { values.append(("nishimori_error", (loss + task.constantLoss) / half - 1)) }
    let trained = Double(task.labels.elements.count)
    let labelled = zip(task.answers.elements, task.labels.elements).reduce(0) { $0 + $1.0 * $1.1 } / trained
    if let product = means["label_product"] { values.append(("nishimori_label", product - labelled)) }
    if let students = means["student_product"], let own = means["teacher_product"] {
      values.append(("nishimori_overlap", students - own))
    }
    let unseen = Double(task.heldOutAnswers.elements.count)
    let square = task.heldOutAnswers.elements.reduce(0) { $0 + $1 * $1 } / unseen
    if let found = means["answer_square"] { values.append(("nishimori_answer_square", found - square)) }
    for (name, value) in zip(quantities, teacher ?? []) where Self.isCompared(name) {
      guard let mean = means[name], binds || name.hasSuffix("_second_moment") else { continue }
      values.append(("nishimori_\(name)", (mean - value) / (name == "loss" ? half : 1)))
    }
    self.values = values
    response = binds ? means["loss_variance"].map { $0 / half } : nil
  }

  private static func isCompared(_ name: String) -> Bool {
    name == "lp" || name == "loss" || name.hasSuffix("_second_moment")
  }

  public static func == (left: NishimoriDifferences, right: NishimoriDifferences) -> Bool {
    left.response == right.response && left.values.map(\.name) == right.values.map(\.name)
      && left.values.map(\.value) == right.values.map(\.value)
  }
}
