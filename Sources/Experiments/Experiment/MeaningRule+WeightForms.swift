// What may not be combined with weights that are given or signs, and with activations that have no slope or grow too fast.

import JSON
import Networks

extension MeaningRule {
  /// Rules over weights and activations that are other than drawn, normal, differentiable and of linear growth.
  static let weightForms = [
    productNeedsNormalWeights, productNeedsSlopes, formsNeedAList, givenOutputsHaveNoScale, searchNeedsGradients,
    gradientsMustExist, formsNeedTheirSampler, hardNeedsSlopes,
  ]

  /// "output weights that are given", "signs as weights", for messages.
  private static func forms(_ experiment: Experiment) -> String {
    let model = experiment.network.model
    let given = model.givenOutputWeights == nil ? nil : "given output weights (\"readout\": \"fixed\")"
    let signs = model.signGroups.isEmpty ? nil : "weights of two signs (\"weightKind\")"
    return [given, signs].compactMap(\.self).joined(separator: " and ")
  }

  static let productNeedsNormalWeights = MeaningRule(
    refuses: "given weights and weights of two signs in product and hard ensembles"
  ) { experiment in
    guard !experiment.hasPlainWeights, !experiment.ensemble.isGibbs else { return nil }
    return Fault(
      path: ["ensemble", "kind"],
      message:
        "a \(experiment.ensemble.name) ensemble needs output weights that are drawn and normal, and this network has \(forms(experiment)); "
        + "say {\"kind\": \"gibbs\", \"tightness\": ...}")
  }

  static let productNeedsSlopes = MeaningRule(
    refuses: "a product ensemble of activations that grow faster than their argument, or that have no slope"
  ) { experiment in
    guard experiment.ensemble == .product, let activation = experiment.hiddenActivation else { return nil }
    let reason: String
    if activation.isSuperlinear {
      reason =
        "\"product\" does not exist for \"\(activation)\" neurons: an output weight times such an activity outgrows the Gaussian prior, so "
        + "that the law of a neuron cannot be normalised"
    } else if !activation.isDifferentiable {
      reason =
        "the multipliers of a \"product\" ensemble are found by gradients, and \"\(activation)\" neurons have none"
    } else {
      return nil
    }
    return Fault(path: ["ensemble", "kind"], message: reason + "; say {\"kind\": \"gibbs\", \"tightness\": ...}")
  }

  static let hardNeedsSlopes = MeaningRule(refuses: "a hard ensemble of activations without a slope") { experiment in
    guard experiment.ensemble.isHard, !experiment.hasGradients, let activation = experiment.hiddenActivation else {
      return nil
    }
    return Fault(
      path: ["ensemble", "kind"],
      message: "\"hard\" networks are drawn along gradients, and \"\(activation)\" neurons have none; say "
        + "{\"kind\": \"gibbs\", \"tightness\": ...}")
  }

  static let formsNeedAList = MeaningRule(
    refuses: "given weights and weights of two signs on gaussian stimuli, but of linear networks"
  ) { experiment in
    guard !experiment.hasPlainWeights, !experiment.network.model.hasLossOfList(in: experiment) else { return nil }
    return Fault(
      path: ["stimuli", "kind"],
      message:
        "networks with \(forms(experiment)) need a list of stimuli; say {\"kind\": \"sampled\", \"count\": 64}, or give a "
        + "\"file\" of stimuli")
  }

  static let givenOutputsHaveNoScale = MeaningRule(refuses: "a scale of output weights that are given") { experiment in
    guard experiment.network.model.givenOutputWeights != nil, experiment.weights.output != 1 else { return nil }
    return Fault(
      path: ["weights", "output"],
      message:
        "the output weights are given and not scaled (\"readout\": \"fixed\"); leave the key out, or give them as \"path\""
    )
  }

  static let searchNeedsGradients = MeaningRule(
    refuses: "an expected loss where trajectories cannot search for its tightness"
  ) { experiment in
    guard case .gibbsAtLoss = experiment.ensemble, !experiment.hasGradients || !experiment.drawsNormalWeights else {
      return nil
    }
    let reason =
      experiment.hasGradients
      ? "all weights are signs" : "\"\(experiment.hiddenActivation?.rawValue ?? "")\" neurons have none"
    return Fault(
      path: ["ensemble", "expectedLoss"],
      message:
        "the tightness of an expected loss is searched for along gradients, and \(reason); say \"tightness\" instead")
  }

  static let gradientsMustExist = MeaningRule(refuses: "a sampler that follows gradients where there are none") {
    experiment in
    let kind = experiment.sampler.kind
    guard kind.row.needsGradients, !experiment.hasGradients, experiment.drawsNormalWeights,
      let activation = experiment.hiddenActivation
    else { return nil }
    let allowed = [.auto] + SamplerName.withoutGradients.filter { $0.row.need?.isMet(experiment) ?? true }
    return Fault(
      path: ["sampler", "kind"],
      message:
        "\"\(kind.rawValue)\" follows gradients, and \"\(activation)\" neurons have none (they answer 1 or -1); allowed: "
        + allowed.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))
  }

  static let formsNeedTheirSampler = MeaningRule(
    refuses: "a sampler of normal weights where there are none, or where it needs all weights to be normal"
  ) { experiment in
    let kind = experiment.sampler.kind
    guard kind != .auto, !experiment.hasPlainWeights else { return nil }
    let path: JSONPath = ["sampler", "kind"]
    guard experiment.drawsNormalWeights else {
      let allowed: [SamplerName] = [.auto, .flips, .tempering, .independence]
      guard !allowed.contains(kind) else { return nil }
      return Fault(
        path: path,
        message: "\"\(kind.rawValue)\" does not move signs, and all weights are signs; allowed: "
          + allowed.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))
    }
    guard [.collapsedHmc, .neuronGibbs].contains(kind) else { return nil }
    return Fault(
      path: path,
      message:
        "\"\(kind.rawValue)\" needs weights that are all drawn and normal, and this network has \(forms(experiment)); say \"auto\""
    )
  }
}
