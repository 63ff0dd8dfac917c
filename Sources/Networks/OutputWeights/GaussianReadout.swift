// What a model has to say of a network for its output weights to be integrated out.

import Sampling

/// The stimuli that conditional readouts are compared at, and what a draw costs.
public struct HeldOutReadout: Sendable {
  /// The number of stimuli.
  public static let count = 5

  /// The stimuli, [stimulus, feature], none of the task's own.
  public let stimuli: Matrix
  /// About how many evaluations of the log density with its gradient a recorded draw costs.
  public let evaluationsPerDraw: Double

  /// Held-out stimuli [stimulus, feature], and how much a look at them costs, in evaluations of the density per draw.
  public init(stimuli: Matrix, evaluationsPerDraw: Double) {
    precondition(stimuli.rows == Self.count && evaluationsPerDraw > 0)
    self.stimuli = stimuli
    self.evaluationsPerDraw = evaluationsPerDraw
  }
}

/// A Gibbs ensemble of networks whose outputs are linear in their output weights, given all else.
///
/// What is compared are *probes*: numbers that are linear in the output weights, with a row of features each, and mean w² and the loss.
protocol GaussianReadout: Sendable {
  associatedtype Workspace: Sendable
  /// The number of output weights.
  var neurons: Int { get }
  /// The number of outputs that the task binds; 0 where its error is a quadratic form.
  var rows: Int { get }
  /// Which probes there are.
  var probes: ReadoutProbes { get }
  /// The loss is ``lossUnit`` |y − Y|² + ``lossOffset``.
  var lossUnit: Double { get }
  var lossOffset: Double { get }
  /// Multiplications of one ``condition(_:at:using:)`` and of one evaluation of the log density with gradient, about.
  var work: (conditioning: Double, evaluation: Double) { get }

  /// Memory for the output weights' law.
  func makePosterior() -> ReadoutPosterior
  func makeWorkspace() -> Workspace
  /// Conditions the output weights of the network at a position on all else. The output weights are the first numbers of a position.
  ///
  /// - Returns: |y − Y|² of the network as it is; nil if double precision does not resolve its output weights' law.
  func condition(
    _ posterior: inout ReadoutPosterior, at position: Span<Double>, using workspace: inout Workspace
  ) -> Double?
  /// Writes the probes [probe] of the network at a position, which was conditioned last, with output weights v [neuron] in place of its own.
  func writeProbes(
    of weights: UnsafePointer<Double>, at position: Span<Double>, into values: UnsafeMutablePointer<Double>,
    using workspace: inout Workspace)
}

/// Which outputs of a network are compared with their conditional means.
struct ReadoutProbes: Sendable, Equatable {
  /// Beyond so many contexts, and so many entries of the readout, the others are left out.
  static let mostContexts = 6
  static let mostReadouts = 16

  /// Held-out stimuli and the contexts in which each is answered.
  let stimuli: Int
  let contexts: Int
  /// Contexts and features of the readout; 0 where it has too many entries.
  let readout: (contexts: Int, features: Int)

  /// - Parameters:
  ///   - contexts: as many as the outputs tell apart.
  ///   - isLinear: whether D answers tell all others.
  init(contexts: Int, features: Int, isLinear: Bool) {
    stimuli = isLinear ? min(HeldOutReadout.count, features) : HeldOutReadout.count
    self.contexts = min(contexts, Self.mostContexts)
    readout = contexts * features <= Self.mostReadouts ? (contexts, features) : (0, 0)
  }

  /// The number of probes: answers [stimulus, context], then readout entries [context, feature].
  var count: Int { stimuli * contexts + readout.contexts * readout.features }

  /// What is kept of the probes and of mean w² and the loss after them, in this order.
  var variables: [ObservableVariable] {
    let answers = ObservableVariable(
      "conditional_readout", axes: [.init("held_out_stimulus", stimuli), .init("answered_context", contexts)])
    let entries = ObservableVariable(
      "conditional_task_readout", axes: [.init("context", readout.contexts), .init("feature", readout.features)])
    return [answers] + (entries.count > 0 ? [entries] : []) + [
      ObservableVariable("conditional_output_second_moment"), ObservableVariable("conditional_loss"),
    ]
  }

  /// What the variables are conditional means of.
  static let quantities = [
    "conditional_readout": "output", "conditional_task_readout": "readout",
    "conditional_output_second_moment": "output_second_moment", "conditional_loss": "loss",
  ]

  static func == (left: ReadoutProbes, right: ReadoutProbes) -> Bool {
    left.stimuli == right.stimuli && left.contexts == right.contexts && left.readout == right.readout
  }
}
