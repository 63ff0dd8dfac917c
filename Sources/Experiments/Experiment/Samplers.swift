// The one table of samplers: what each is, needs and takes, and when `auto` chooses it.

import JSON
import Networks

/// The samplers that a spec can name.
package enum SamplerName: String, SpecChoice {
  case auto, exact, metropolis, independence, mala, ula, pcn, ellipticalSlice, hmc, ghmc, nuts, tempering,
    collapsedGibbs, collapsedHmc, neuronGibbs, flips

  /// Where `auto` looks for a sampler, in this order.
  static let preferred: [SamplerName] = [
    .exact, .independence, .collapsedGibbs, .flips, .neuronGibbs, .collapsedHmc, .ellipticalSlice, .hmc,
  ]

  /// Those that move normal weights without gradients.
  static let withoutGradients: [SamplerName] = [.metropolis, .independence, .pcn, .ellipticalSlice, .neuronGibbs]

  /// Activations for which the density of a neuron has a bound.
  private var bounded: String { Activation.allCases.filter(\.isBounded).map(\.rawValue).joined(separator: " or ") }

  /// The most that an evaluation without output weights may cost, in evaluations with them, to pay (docs/kernels.md).
  private static let mostCost = 5.0

  /// What is known of it.
  package var row: Sampler {
    switch self {
    case .auto: Sampler("the fastest that docs/kernels.md measures for such an ensemble", stepSize: .any)
    case .exact:
      Sampler(
        "independent draws of networks of independent neurons",
        need: .init(
          refuses: "exact draws of anything but a product ensemble in closed form",
          isMet: { $0.isDrawnExactly || $0.hasRejection },
          message: {
            $0.ensemble == .product
              ? "\"exact\" draws exist only where the law of a neuron has a closed form or a bound (gainModulatedLinear networks, "
                + "and twoLayer networks of \(bounded) on gaussian stimuli); say \"auto\""
              : "\"exact\" draws exist only for the product ensemble, whose neurons are independent; "
                + "say \"auto\", or make the ensemble \"product\""
          }),
        autoReason: { $0.isDrawnExactly ? "neurons are independent in the product ensemble" : nil },
        untestable: "exact draws have no kernel; name one in sampler.kind, and use check for the draws themselves")
    case .metropolis: Sampler("random-walk Metropolis", stepSize: .any, needsNoGradients: true)
    case .independence:
      Sampler(
        "Metropolis with draws of the product ensemble or the prior as proposals",
        autoReason: {
          // Neurons with a closed form are proposed by the law of the task, which is another one.
          $0.ensemble == .gibbs(tightness: 0) && !$0.network.model.hasClosedForm
            ? "at tightness 0 the ensemble is the prior: draws of it are independent, and all are accepted" : nil
        })
    case .mala: Sampler("Langevin steps with an accept step", stepSize: .any, needsGradients: true)
    case .ula:
      Sampler(
        "Langevin steps without an accept step: biased, for comparison", stepSize: .any, needsGradients: true,
        isBiased: true)
    case .pcn: Sampler("preconditioned Crank-Nicolson steps", stepSize: .upToOne)
    case .ellipticalSlice:
      Sampler(
        "elliptical slice sampling",
        autoReason: {
          $0.hasGradients
            ? nil
            : "\"\($0.hiddenActivation?.rawValue ?? "")\" neurons have no gradients; slices of the prior need none and no step size"
        })
    case .hmc:
      Sampler(
        "Hamiltonian Monte Carlo",
        autoReason: {
          $0.network.model.signGroups.isEmpty
            ? "the density is differentiable; docs/kernels.md measures it the fastest here"
            : "trajectories of the normal weights, and between them a sweep of flips of the signs"
        },
        stepSize: .any, needsGradients: true, hasLeapfrogSteps: true, trajectories: .ofFreshMomenta, evaluations: 6)
    case .ghmc:
      Sampler(
        "generalized Hamiltonian Monte Carlo: the momentum persists, rejections come together", stepSize: .any,
        needsGradients: true, hasLeapfrogSteps: true, trajectories: .ofPersistentMomenta)
    case .nuts:
      Sampler(
        "the No-U-Turn sampler", stepSize: .any, needsGradients: true, trajectories: .ofFreshMomenta, evaluations: 6)
    case .tempering:
      Sampler(
        "Hamiltonian Monte Carlo on a ladder of 8 temperatures, with swaps", stepSize: .any, needsGradients: true,
        hasLeapfrogSteps: true, trajectories: .ofFreshMomenta, points: 8, evaluations: 6,
        untestable: "tempering moves several points; test the kernel of its rungs with sampler.kind hmc")
    case .collapsedGibbs:
      Sampler(
        "output weights and gains moved with the input weights integrated out, which are then drawn at once",
        need: .init(
          refuses:
            "the collapsed sampler where input weights are not Gaussian given the rest, or patterns are too many",
          isMet: \.hasCollapsedGibbs,
          message: { _ in
            "\"collapsedGibbs\" samples gibbs and hard ensembles of gainModulatedLinear networks whose gains are given (kind \"fixed\") or binary, "
              + "drawn ones in at most \(PatternGibbs.maximumContexts) contexts: only then are the input weights Gaussian given all "
              + "else, and all gain patterns can be listed; say \"auto\""
          }),
        autoReason: {
          guard $0.hasCollapsedGibbs else { return nil }
          return $0.closedFormGains?.areDrawn == true
            ? "given output weights and binary gains all input weights are Gaussian, so that they can be integrated out; "
              + "draws are nearly independent"
            : "the gains are given, so that all weights are Gaussian but for a norm a population; draws are nearly independent"
        })
    case .collapsedHmc:
      Sampler(
        "Hamiltonian Monte Carlo with the output weights integrated out, which are then drawn at once",
        need: .init(
          refuses: "trajectories without output weights where these are not Gaussian given the rest",
          isMet: \.hasGaussianOutputs,
          message: { _ in
            "\"collapsedHmc\" integrates out the output weights of a gibbs or hard ensemble of twoLayer or deep networks on a list of stimuli, or of "
              + "a gibbs ensemble of recurrent networks; "
              + "say \"auto\""
          }),
        autoReason: {
          guard $0.hasGaussianOutputs, $0.sampler.metric == .prior || $0.ensemble.isHard else { return nil }
          if $0.ensemble.isHard {
            return
              "trajectories of the hidden weights, given which output weights that make the wanted outputs exact are drawn at once"
          }
          guard
            let cost = $0.network.model.costWithoutOutputs(in: $0), cost <= Self.mostCost
          else { return nil }
          return
            "the output weights are Gaussian given the rest and are integrated out, so that trajectories take longer steps"
        }, stepSize: .any, needsGradients: true, hasLeapfrogSteps: true, trajectories: .ofFreshMomenta,
        hasOwnMetric: true,
        evaluations: 6)
    case .neuronGibbs:
      Sampler(
        "moves of one neuron after the other, where they meet in one sum",
        need: .init(
          refuses: "moves of single neurons where they do not meet in one sum",
          isMet: \.hasNeuronGibbs,
          message: { _ in
            "\"neuronGibbs\" moves the neurons of a gibbs ensemble one by one, which needs a loss of one weighted sum over them: "
              + "gainModulatedLinear networks with binary or fixed gains, or one hidden layer on sampled stimuli; say \"auto\""
          }),
        autoReason: {
          $0.network.model.suitsNeuronGibbs(in: $0) && $0.ensemble.isGibbs
            ? "neurons meet in one sum that none of them decides, so that each can be moved alone; docs/kernels.md measures it the "
              + "fastest here"
            : nil
        }, stepSize: .upToOne, evaluations: 8)
    case .flips:
      Sampler(
        "flips of one sign after the other, where all weights are signs",
        need: .init(
          refuses: "flips alone where there is more than signs to move", isMet: { !$0.drawsNormalWeights },
          message: { _ in
            "\"flips\" moves signs only, and this ensemble has normal weights too; say \"auto\", or \"weightKind\": \"sign\" in a twoLayer or "
              + "deep network"
          }),
        autoReason: {
          $0.drawsNormalWeights ? nil : "all weights are signs, which single flips move at the cost of one neuron"
        })
    }
  }
}

/// A row of the table.
package struct Sampler: Sendable {
  /// What an experiment must be for it.
  package struct Need: Sendable {
    /// For documentation: what is refused.
    let refuses: String
    let isMet: @Sendable (Experiment) -> Bool
    /// Why an experiment that does not meet it cannot be sampled so, and what to do.
    let message: @Sendable (Experiment) -> String
  }

  /// What a step size may be.
  package enum StepSize: Sendable {
    /// It has none.
    case none
    /// A fraction of the way to a draw of the prior.
    case upToOne
    case any
  }

  /// The trajectories that it follows.
  package enum Trajectories: Sendable {
    case none
    /// Each with a momentum drawn for it; E-BFMI judges how much that moves the energy.
    case ofFreshMomenta
    case ofPersistentMomenta
  }

  /// What it is, in a phrase.
  package let abstract: String
  let need: Need?
  /// Why `auto` takes it; nil where it does not.
  let autoReason: @Sendable (Experiment) -> String?
  let stepSize: StepSize
  let hasLeapfrogSteps: Bool
  let trajectories: Trajectories
  /// Whether its draws follow another distribution than the target.
  package let isBiased: Bool
  /// Whether it follows gradients.
  let needsGradients: Bool
  /// Whether it has a metric, and steps without gradients.
  let needsNoGradients: Bool
  /// Whether its metric is the prior's variances whatever the spec says.
  let hasOwnMetric: Bool
  /// How many points a chain moves: the rungs of a ladder.
  let points: Int
  /// How many evaluations of the density with its gradient moving a point costs at least, about.
  let evaluations: Double
  /// Why no test of a kernel can be made with it; nil if one can.
  let untestable: String?

  fileprivate init(
    _ abstract: String, need: Need? = nil, autoReason: @escaping @Sendable (Experiment) -> String? = { _ in nil },
    stepSize: StepSize = .none, needsGradients: Bool = false, hasLeapfrogSteps: Bool = false,
    trajectories: Trajectories = .none,
    isBiased: Bool = false, needsNoGradients: Bool = false, hasOwnMetric: Bool = false, points: Int = 1,
    evaluations: Double = 1, untestable: String? = nil
  ) {
    self.abstract = abstract
    self.need = need
    self.autoReason = autoReason
    self.stepSize = stepSize
    self.needsGradients = needsGradients
    self.hasLeapfrogSteps = hasLeapfrogSteps
    self.trajectories = trajectories
    self.isBiased = isBiased
    self.needsNoGradients = needsNoGradients
    self.hasOwnMetric = hasOwnMetric
    self.points = points
    self.evaluations = evaluations
    self.untestable = untestable
  }

  /// Whether a step size means anything to it.
  var hasStepSize: Bool { stepSize != .none }
  /// Whether trajectories can diverge.
  var hasTrajectories: Bool { trajectories != .none }
}
