// What two-layer and deep networks have in common: layers, and ensembles on a list of stimuli.

import Networks
import Sampling

/// A model of nonlinear layers.
protocol FeedforwardModel: NetworkModel {
  /// What weights are besides normal numbers that are drawn.
  var forms: WeightForms { get }
  /// The layers.
  func architecture(_ task: TaskSection) -> FeedforwardArchitecture
}

extension FeedforwardModel {
  package var dataFiles: [(key: [String], file: DataFile)] { forms.dataFiles }
  package var givenOutputWeights: [Double]? { forms.outputWeights(neurons) }
  package var signGroups: Set<WeightGroup> { forms.signs }
  package func drawsNormalWeights(_ task: TaskSection) -> Bool { architecture(task).drawsNormalWeights }
  package func hasLossOfList(in experiment: Experiment) -> Bool { hasList(experiment) }

  /// The ensemble on a list of stimuli; nil for an expectation over Gaussian stimuli that no list replaces.
  func listEnsemble(of experiment: Experiment, _ solution: ModelSolution?) throws -> FeedforwardEnsemble? {
    let architecture = architecture(experiment.task)
    guard let stimuli = try stimuli(of: experiment) else { return nil }
    return try FeedforwardEnsemble(
      task: try experiment.learningTask(), architecture: architecture, stimuli: stimuli,
      scales: experiment.scales(solution), binding: try experiment.binding(solution))
  }

  /// The stimuli of the loss. A linear network's expected loss over Gaussian stimuli is its mean over 2 D points.
  func stimuli(of experiment: Experiment) throws -> Matrix? {
    if let list = try experiment.stimulusList() { return list }
    guard architecture(experiment.task).activation.isLinear else { return nil }
    return try GaussianStimuli.sigmaPoints(covariance: try experiment.stimulusCovariance())
  }

  /// Whether the loss is one of outputs on a list of stimuli.
  private func hasList(_ experiment: Experiment) -> Bool {
    if case .gaussian = experiment.stimuli { return architecture(experiment.task).activation.isLinear }
    return true
  }

  package func hasNeuronGibbs(in experiment: Experiment) -> Bool {
    let architecture = architecture(experiment.task)
    return architecture.depth == 1 && architecture.isPlain && hasList(experiment)
  }

  /// By what ``NeuronGibbs`` needs (docs/kernels.md), with the prior's mean of |h|²: φ odd, as responses of one sign add up to a sum that
  /// single moves leave only slowly; v = σ_w² κ f² |h|² = t β K n f² σ_w² E[φ(u)²] < 1 (n the task factor, f the readout factor); and
  /// wanted outputs at most three times as large as σ_w n_L f (E[φ(u)²])^½, or neurons are far from their prior.
  package func suitsNeuronGibbs(in experiment: Experiment) -> Bool {
    let architecture = architecture(experiment.task)
    guard hasNeuronGibbs(in: experiment), architecture.activation.isOdd,
      case .gibbs(let tightness) = experiment.ensemble, let stimuli = try? stimuli(of: experiment),
      let wanted = try? experiment.learningTask().wantedOutputs(for: stimuli)
    else { return false }
    let scales = experiment.scales(nil)
    let meanSquare = stimuli.elements.reduce(0) { $0 + $1 * $1 } / Double(stimuli.rows)
    let drive = architecture.isDriven(0) ? scales.context * scales.context : 0
    let factor = scales.output * architecture.readoutFactor
    guard
      let square = try? architecture.activation.meanSquare(variance: scales.input * scales.input * meanSquare + drive)
    else { return false }
    let binding = tightness * Double(architecture.contexts) * architecture.taskFactor * factor * factor * square
    let size = wanted.squaredNorm / Double(wanted.elements.count)
    let reach = Double(architecture.lastWidth) * factor
    return binding < 1 && size <= 9 * reach * reach * square
  }

  /// By multiplications: 2 S n m + m³ beside 3 S Σ_l n_{l−1} n_l and 40 for each of S Σ_l n_l activities (S outputs, m = min(S, n_L)).
  package func costWithoutOutputs(in experiment: Experiment) -> Double? {
    let architecture = architecture(experiment.task)
    guard hasList(experiment), architecture.isPlain, architecture.activation.isDifferentiable else { return nil }
    let count: Double =
      switch experiment.stimuli {
      case .gaussian: 2 * Double(experiment.task.features)
      case .sampled(let count, _): Double(count)
      case .file(let file): Double(file.table.rows)
      }
    let rows = count * (architecture.drivenLayers == .none ? 1 : Double(architecture.contexts))
    let widths = architecture.widths.map { Double($0) }
    let last = Double(architecture.lastWidth)
    let products = zip(widths, widths.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    let before = rows * (3 * products + 40 * widths.reduce(0, +))
    let side = min(rows, last)
    return 1 + (2 * rows * last * side + side * side * side) / before
  }
}
