// What the chains of one start say of the students of one teacher.

import Sampling

/// Averages over the students of one teacher that began from one start, and whether its chains agree.
public struct StudentResults: Sendable, Equatable {
  /// Averages over draws by name: everything that is measured and every quantity, and what is made of them: see `init(_:task:weight:names:)`.
  public let means: [String: Double]
  /// The largest R-hat of what chains are judged by, and what has it; nil where nothing can be said.
  public let largestRHat: Double?
  /// The quantity with the largest R-hat.
  public let worst: String?
  /// The smallest bulk effective sample size of these.
  public let smallestESS: Double?

  /// Averages of the chains of one start.
  ///
  /// Besides the means of all measures and quantities: `bayes_error`, the mean squared distance of the posterior mean from the teacher on
  /// held-out stimuli, and `student_product`, the mean product of the answers of two independent students. Both are made of products of
  /// different chains only, so that a finite number of draws adds nothing to them on average; a single chain has neither. `loss_variance`:
  /// the variance over draws of nβ times the loss.
  ///
  /// - Precondition: at least one chain, all of one length.
  public init(_ chains: [StudentChain], task: StudentTask, measures: [String]) throws {
    var means: [String: Double] = [:]
    var (largest, worst, smallest): (Double?, String?, Double?) = (nil, nil, nil)
    func judge(_ name: String, _ draws: [[Double]]) throws {
      let summary = try ObservableSummary(name: name, draws: draws)
      means[name] = summary.mean
      guard !summary.isConstant, Self.isJudged(name) else { return }
      if !summary.rHat.isNaN, summary.rHat > largest ?? 0 { (largest, worst) = (summary.rHat, name) }
      if !summary.essBulk.isNaN { smallest = min(smallest ?? .infinity, summary.essBulk) }
    }
    for (index, name) in chains[0].quantities.enumerated() { try judge(name, chains.map { $0.draws[index] }) }
    for (index, name) in measures.enumerated() { try judge(name, chains.map { $0.looks[index] }) }
    if let loss = chains[0].quantities.firstIndex(of: "loss") {
      means["loss_variance"] = RunningMoments(chains.flatMap { $0.draws[loss] }).variance
    }
    if chains.count > 1 {
      let (error, product) = Self.acrossChains(chains, task)
      means["bayes_error"] = error
      means["student_product"] = product
    }
    self.means = means
    largestRHat = largest
    self.worst = worst
    smallestESS = smallest
  }

  /// Whether chains are judged by a quantity: functions of a network that do not depend on the order or signs of its neurons, few enough
  /// that chance makes no large R-hat among them.
  private static func isJudged(_ name: String) -> Bool {
    ["lp", "loss", "generalisation_error", "teacher_product", "overlap", "specialisation"].contains(name)
      || name.hasSuffix("_second_moment")
  }

  /// What was kept.
  public init(means: [String: Double], largestRHat: Double?, worst: String?, smallestESS: Double?) {
    self.means = means
    self.largestRHat = largestRHat
    self.worst = worst
    self.smallestESS = smallestESS
  }

  /// Σ_{a≠b} of products of chain means, from the square of the sum. O(chains · stimuli).
  private static func acrossChains(_ chains: [StudentChain], _ task: StudentTask) -> (error: Double, product: Double) {
    let pairs = Double(chains.count * (chains.count - 1))
    var (errors, products) = (0.0, 0.0)
    for (t, own) in task.heldOutAnswers.elements.enumerated() {
      var (sum, squares, distance, distances) = (0.0, 0.0, 0.0, 0.0)
      for chain in chains {
        let f = chain.meanAnswers[t]
        sum += f
        squares += f * f
        distance += f - own
        distances += (f - own) * (f - own)
      }
      errors += distance * distance - distances
      products += sum * sum - squares
    }
    let count = Double(task.heldOutAnswers.elements.count) * pairs
    return (errors / count, products / count)
  }
}
