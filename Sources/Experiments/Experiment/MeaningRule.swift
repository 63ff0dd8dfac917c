// What an experiment may not combine: each rule names the reason and the way out.

import JSON
import Networks

/// A rule over the whole experiment, checked once every key has been read.
package struct MeaningRule: Sendable {
  /// Where the rule is broken, why that has no meaning, and what to do.
  package struct Fault: Sendable {
    let path: JSONPath
    let message: String
  }

  /// For documentation: what is refused.
  package let refuses: String
  /// nil if the experiment obeys the rule.
  let fault: @Sendable (Experiment) -> Fault?

  package static let all: [MeaningRule] =
    NetworkSection.models.flatMap { $0.rules } + TaskSection.tasks.flatMap { $0.rules } + trials + weightForms + [
      momentsNeedProduct, momentsHaveNoStimuli,
      momentNeedsProduct, loopNeedsLinearNeurons, taskMustBeLinear, gaussianLossMustExist, hardNeedsGaussianInputs,
      hardNeedsItsSampler,
    ] + samplers + ChainStarts.rules
    + [
      stepSizeNeedsASampler, leapfrogStepsNeedASampler, timeNeedsTrajectories, rateNeedsAStepSize, fractionUpToOne,
      directionsNeedGradients, metricNeedsAUse, networkFitsInMemory, stimuliFitInMemory,
    ]

  /// The most contexts whose 2^K gain patterns are summed one by one.
  static let mostContexts = MaxEntropyProblem.maximumEnumeratedContexts
  /// The most contexts for tasks that are symmetric under exchange of contexts together with features.
  package static let mostSymmetricContexts = MaxEntropyProblem.maximumSymmetricContexts
  /// The most numbers that one chain's position, or one list of stimuli, may hold.
  static let mostNumbers = 1e9

  static let momentNeedsProduct = MeaningRule(refuses: "the moment convention in a gibbs or hard ensemble") {
    experiment in
    guard experiment.weights.convention == .moment, experiment.ensemble != .product else { return nil }
    return Fault(
      path: ["weights", "convention"],
      message:
        "\"moment\" has no meaning in a \(experiment.ensemble.name) ensemble, which weighs a Gaussian prior of given scales; "
        + "say \"prior\", or make the ensemble \"product\"")
  }

  static let momentsNeedProduct = MeaningRule(
    refuses: "averages of loadings in a gibbs or hard ensemble, or in the moment convention"
  ) { experiment in
    guard experiment.task.task.loadings != nil else { return nil }
    if experiment.ensemble != .product {
      return Fault(
        path: ["ensemble", "kind"],
        message:
          "\"\(experiment.ensemble.name)\" binds networks by a loss of their outputs, and averages of loadings have no outputs: how an error of "
          + "one average weighs against another's is not said; allowed with \"moments\": \"product\"")
    }
    guard experiment.weights.convention == .moment else { return nil }
    return Fault(
      path: ["weights", "convention"],
      message:
        "\"moment\" is said by constraints here: {\"of\": [\"n\", \"n\"], \"value\": 4} for a second moment of 4; leave the key out"
    )
  }

  static let momentsHaveNoStimuli = MeaningRule(refuses: "stimuli for averages of loadings") { experiment in
    guard experiment.task.task.loadings != nil, experiment.stimuli != .gaussian(covariance: nil) else { return nil }
    return Fault(
      path: ["stimuli", "kind"], message: "averages of loadings see no stimuli; leave the section out")
  }

  static let loopNeedsLinearNeurons = MeaningRule(
    refuses: "a recurrent task for networks that are not linear in a given context"
  ) { experiment in
    guard experiment.task.task.isRecurrent, !experiment.network.model.respondsLinearly else { return nil }
    return Fault(
      path: ["network", "kind"],
      message:
        "\"evidenceIntegration\" reads the weights of \"gainModulatedLinear\" networks as a recurrent network of rank one, which those of "
        + "other networks are not; say \"gainModulatedLinear\", or give the same wanted outputs as a \"linearReadout\"")
  }

  static let hardNeedsGaussianInputs = MeaningRule(
    refuses: "a hard ensemble of networks that cannot be conditioned on their task"
  ) { experiment in
    guard experiment.ensemble.isHard, !experiment.hasCollapsedGibbs, !experiment.hasGaussianOutputs else {
      return nil
    }
    return Fault(
      path: ["ensemble", "kind"],
      message:
        "\"hard\" exists for gainModulatedLinear networks whose gains are given (kind \"fixed\") or binary, drawn ones in at most "
        + "\(PatternGibbs.maximumContexts) contexts, and for twoLayer and deep networks on a list of stimuli (kind \"sampled\" or "
        + "\"file\"); say {\"kind\": \"gibbs\", \"tightness\": ...}")
  }

  static let hardNeedsItsSampler = MeaningRule(
    refuses: "a sampler of a hard ensemble that would leave the networks that solve the task"
  ) { experiment in
    let kind = experiment.sampler.kind
    let allowed: SamplerName = experiment.hasCollapsedGibbs ? .collapsedGibbs : .collapsedHmc
    guard experiment.ensemble.isHard, kind != .auto, kind != allowed else { return nil }
    return Fault(
      path: ["sampler", "kind"],
      message:
        "\"\(kind.rawValue)\" would leave the networks that solve the task exactly; allowed in this hard ensemble: "
        + "\"\(allowed.rawValue)\", or \"auto\"")
  }

  static let taskMustBeLinear = MeaningRule(
    refuses: "a task that is not linear where only linear ones have a meaning"
  ) { experiment in
    guard !experiment.task.task.isLinear, !experiment.network.model.isInTime else { return nil }
    let reason: String
    // Of data on a list they see the regression, which is linear.
    if experiment.respondsLinearly, experiment.task.task.isData { return nil }
    if experiment.respondsLinearly {
      reason = "networks whose outputs are linear in the stimulus cannot do it; say \"twoLayer\" or \"deep\""
    } else if experiment.ensemble == .product {
      reason = "a product ensemble is constrained by its linear readout; say {\"kind\": \"gibbs\", \"tightness\": ...}"
    } else if case .gaussian = experiment.stimuli {
      reason = "its loss is a mean over a list of stimuli; say {\"kind\": \"sampled\", \"count\": 64}"
    } else {
      return nil
    }
    return Fault(path: ["task", "kind"], message: "this task is not linear in the stimulus: \(reason)")
  }

  static let gaussianLossMustExist = MeaningRule(
    refuses: "gaussian stimuli where the expected loss has no closed form"
  ) { experiment in
    guard case .gaussian = experiment.stimuli, let what = experiment.network.model.withoutGaussianLoss(in: experiment)
    else { return nil }
    return Fault(
      path: ["stimuli", "kind"],
      message: "\"gaussian\" has no closed-form loss for \(what); "
        + "say {\"kind\": \"sampled\", \"count\": 64}, or give a \"file\" of stimuli")
  }

  /// What samplers need.
  static let samplers: [MeaningRule] = SamplerName.allCases.compactMap { name in
    name.row.need.map { need in
      MeaningRule(refuses: need.refuses) { experiment in
        guard experiment.sampler.kind == name, !need.isMet(experiment) else { return nil }
        return Fault(path: ["sampler", "kind"], message: need.message(experiment))
      }
    }
  }

  static let stepSizeNeedsASampler = MeaningRule(refuses: "a step size for a sampler that has none") { experiment in
    let sampler = experiment.sampler
    guard sampler.stepSize != nil, !sampler.kind.row.hasStepSize else { return nil }
    return Fault(
      path: ["sampler", "stepSize"],
      message: "the sampler \"\(sampler.kind.rawValue)\" has no step size; leave the key out, or say null")
  }

  static let leapfrogStepsNeedASampler = MeaningRule(
    refuses: "a number of leapfrog steps for a sampler that has none"
  ) { experiment in
    let sampler = experiment.sampler
    guard sampler.leapfrogSteps != nil, !sampler.kind.row.hasLeapfrogSteps else { return nil }
    let takers = SamplerName.allCases.filter(\.row.hasLeapfrogSteps).map { "\"\($0.rawValue)\"" }
    return Fault(
      path: ["sampler", "leapfrogSteps"],
      message:
        "the sampler \"\(sampler.kind.rawValue)\" takes no number of leapfrog steps; leave the key out, or say null "
        + "(\(takers.joined(separator: ", ")) take one)")
  }

  static let timeNeedsTrajectories = MeaningRule(
    refuses: "a trajectory for a sampler without, or beside a number of leapfrog steps"
  ) { experiment in
    let sampler = experiment.sampler
    guard sampler.trajectory != nil else { return nil }
    let path: JSONPath = ["sampler", "trajectory"]
    guard sampler.kind.row.hasLeapfrogSteps else {
      let takers = SamplerName.allCases.filter(\.row.hasLeapfrogSteps).map { "\"\($0.rawValue)\"" }
      return Fault(
        path: path,
        message:
          "the sampler \"\(sampler.kind.rawValue)\" takes no time of a trajectory; leave the key out, or say null "
          + "(\(takers.joined(separator: ", ")) take one)")
    }
    guard sampler.leapfrogSteps != nil, sampler.kind.row.trajectories == .ofFreshMomenta else { return nil }
    return Fault(path: path, message: "leapfrogSteps says already how long a trajectory is; leave one of the two out")
  }

  static let rateNeedsAStepSize = MeaningRule(refuses: "an acceptance rate to aim at where no step size is tuned") {
    experiment in
    let sampler = experiment.sampler
    guard sampler.targetAcceptance != nil else { return nil }
    let reason =
      !sampler.kind.row.hasStepSize
      ? "the sampler \"\(sampler.kind.rawValue)\" has no step size to tune"
      : sampler.stepSize != nil ? "the step size is given, so that none is tuned" : nil
    return reason.map {
      Fault(path: ["sampler", "targetAcceptance"], message: $0 + "; leave the key out, or say null")
    }
  }

  static let directionsNeedGradients = MeaningRule(
    refuses: "a metric that is fitted to gradients for a sampler that evaluates none"
  ) { experiment in
    let sampler = experiment.sampler
    guard sampler.metric == .lowRank, sampler.kind.row.needsNoGradients else { return nil }
    return Fault(
      path: ["sampler", "metric"],
      message:
        "\"lowRank\" is fitted to draws and gradients, and the sampler \"\(sampler.kind.rawValue)\" evaluates no gradients; "
        + "say \"dense\", or another sampler")
  }

  static let metricNeedsAUse = MeaningRule(refuses: "a metric for a sampler that has its own") { experiment in
    let sampler = experiment.sampler
    guard sampler.metric != .prior, sampler.kind.row.hasOwnMetric else { return nil }
    return Fault(
      path: ["sampler", "metric"],
      message: "the metric of \"\(sampler.kind.rawValue)\" is \"prior\"; leave the key out, or say another sampler")
  }

  static let fractionUpToOne = MeaningRule(refuses: "a Crank-Nicolson step above 1") { experiment in
    let kind = experiment.sampler.kind
    guard kind.row.stepSize == .upToOne, let step = experiment.sampler.stepSize, step > 1 else { return nil }
    return Fault(
      path: ["sampler", "stepSize"],
      message:
        "found \(JSONValue.number(step).text()); allowed with \"\(kind.rawValue)\": above 0, at most 1 (1 draws from the prior afresh)"
    )
  }

  static let networkFitsInMemory = MeaningRule(refuses: "networks of more than 1e9 numbers") { experiment in
    // Exact draws of the product ensemble stream through memory, so only one neuron must fit.
    let count = experiment.isDrawnExactly ? 0 : experiment.positionCount
    guard count > mostNumbers else { return nil }
    return Fault(
      path: experiment.network.model.sizePath,
      message: "a network of about \(rounded(count)) numbers; allowed: 1e9. Say fewer neurons")
  }

  static let stimuliFitInMemory = MeaningRule(refuses: "lists of stimuli of more than 1e9 numbers") { experiment in
    let features = Double(experiment.task.features)
    let contexts = Double(experiment.task.contexts)
    var lists = [(JSONPath(["evaluation", "count"]), experiment.evaluation.count)]
    if case .sampled(let count, _) = experiment.stimuli { lists.insert((["stimuli", "count"], count), at: 0) }
    for (path, count) in lists where Double(count) * (features + contexts) > mostNumbers {
      return Fault(
        path: path,
        message:
          "\(count) stimuli and their outputs are \(rounded(Double(count) * (features + contexts))) numbers; allowed: 1e9. "
          + "Say fewer stimuli")
    }
    return nil
  }

  /// Two significant digits.
  private static func rounded(_ value: Double) -> String { NumberText.significant(value, digits: 2) }
}
