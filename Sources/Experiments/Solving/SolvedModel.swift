// What there is to solve in an experiment: a closed form, a neuron's law, a network's multipliers, or a tightness.

import Networks
import Sampling

/// The solution of an experiment's ensemble.
public enum SolvedModel: Sendable {
  /// The multipliers follow from a convex problem without noise.
  case closedForm(MaxEntropySolution, of: GainModulatedLinearEnsemble)
  /// The law of a neuron with several loadings.
  case loadings(LoadingSolution, of: LoadingEnsemble)
  /// The law of a neuron, solved for by sampling.
  case neuron(NeuronSolution)
  /// The multipliers of whole networks, solved for by sampling; the functions are n times the readout.
  case network(ConstraintSolution, taskFactor: Double)
  /// The tightness of a Gibbs ensemble whose expected loss is given, and the closed form there, if there is one.
  case tightness(TightnessSolution, expectedLoss: Double, closedForm: MaxEntropySolution?)
  /// The limit of wide networks of a Gibbs ensemble.
  case wide(WideNetworkExpansion, of: FeedforwardEnsemble)
  /// A Gibbs ensemble without closed form: nothing to solve.
  case nothing

  /// The ensemble, with its closed form if that is what was solved for.
  ///
  /// - Throws: as ``Experiment/networkEnsemble(_:)``.
  package func ensemble(of experiment: Experiment) throws -> any SampledEnsemble {
    if case .closedForm(_, let ensemble) = self { return ensemble }
    if case .wide(_, let ensemble) = self { return ensemble }
    if case .loadings(_, let ensemble) = self { return ensemble }
    return try experiment.networkEnsemble(solution)
  }

  /// What must be kept with a run, because only sampling finds it.
  package var solution: ModelSolution? {
    var solution = ModelSolution()
    switch self {
    case .closedForm, .loadings, .wide, .nothing: return nil
    case .tightness(let found, _, _):
      solution.tightness = ModelSolution.Estimated(value: found.tightness, standardError: found.standardError)
    case .neuron(let neuron):
      solution.multipliers = neuron.multipliers
      solution.multiplierErrors = neuron.multiplierErrors
      solution.readoutErrors = neuron.readoutErrors
      solution.precisions = [
        1 / (neuron.outputScale * neuron.outputScale), 1 / (neuron.inputScale * neuron.inputScale),
      ]
    case .network(let network, let factor):
      let shape = network.multipliers.count
      func matrix(_ values: [Double]) -> Matrix { Matrix(rows: 1, columns: shape, elements: values) }
      solution.multipliers = matrix(network.multipliers)
      solution.multiplierErrors = matrix(network.multiplierErrors)
      solution.readoutErrors = matrix(network.momentErrors.map { $0 / factor })
    }
    return solution
  }
}

extension Execution {
  /// Solves an experiment, with messages where that takes sampling.
  ///
  /// - Throws: whatever says that the ensemble does not exist.
  public func solve(_ experiment: Experiment) throws -> SolvedModel {
    if case .gibbsAtLoss(let loss) = experiment.ensemble { return try solveTightness(experiment, loss) }
    if let ensemble = try experiment.closedFormEnsemble() {
      return .closedForm(try ensemble.solve(), of: ensemble)
    }
    if let model = experiment.network.model as? LoadingsModel {
      let ensemble = try model.loadingEnsemble(of: experiment)
      return .loadings(try ensemble.solve(), of: ensemble)
    }
    guard experiment.ensemble == .product else {
      guard let ensemble = try experiment.networkEnsemble() as? FeedforwardEnsemble else { return .nothing }
      do { return try ensemble.wideNetworks().map { .wide($0, of: ensemble) } ?? .nothing } catch let reason
        as NotComputed
      {
        say("without the limit of wide networks: \(reason)")
        return .nothing
      }
    }
    var solver = ConstraintSolver()
    solver.threads = threads
    let seed = experiment.sampler.seed
    if let family = try experiment.network.model.neuronFamily(of: experiment) {
      say("solving for the multipliers")
      return .neuron(
        try family.solve(target: experiment.learningTask().target, solver: solver, seed: seed, progress: report))
    }
    guard let (family, factor) = try experiment.network.model.networkFamily(of: experiment) else {
      preconditionFailure("a model has neurons of one law, or is solved for whole")
    }
    say("solving for the multipliers of whole networks by sampling")
    return .network(
      try solver.solve(family, targets: family.targets(experiment.learningTask().target), seed: seed, progress: report),
      taskFactor: factor)
  }

  /// The ensemble of an experiment; what no formula gives is solved for first, with messages.
  ///
  /// - Throws: whatever says that the ensemble does not exist.
  package func ensemble(_ experiment: Experiment) throws -> any SampledEnsemble {
    try experiment.networkEnsemble(try modelSolution(experiment))
  }

  /// What only sampling finds of an experiment's ensemble; nil where formulas are enough.
  package func modelSolution(_ experiment: Experiment) throws -> ModelSolution? {
    guard experiment.needsSampledSolution else { return nil }
    return try solve(experiment).solution
  }

  /// Finds the tightness at which the mean loss is the wanted one.
  private func solveTightness(_ experiment: Experiment, _ loss: Double) throws -> SolvedModel {
    say("solving for the tightness by sampling")
    var unit = ModelSolution()
    unit.tightness = ModelSolution.Estimated(value: 1, standardError: 0)
    func search<Ensemble: SampledEnsemble>(_ ensemble: Ensemble) throws -> TightnessSolution {
      let visitor = TightnessVisitor<Ensemble>(
        experiment: experiment, density: try ensemble.density(), loss: loss, threads: threads, progress: report)
      return try KernelCatalogue(experiment, ensemble, SamplerChoice(experiment)).hamiltonian(visit: visitor)
    }
    let found = try search(try experiment.networkEnsemble(unit))
    var solution = ModelSolution()
    solution.tightness = ModelSolution.Estimated(value: found.tightness, standardError: found.standardError)
    return .tightness(
      found, expectedLoss: loss, closedForm: try experiment.closedFormEnsemble(solution)?.solve())
  }

  /// - Throws: an error of kind `stopped` if the work was asked to stop where there is something to keep.
  private func report(_ progress: TightnessProgress) throws {
    if isStopped { throw CancellationError() }
    var text = "tightness \(NumberText.significant(progress.tightness, digits: 5))"
    if let loss = progress.loss, let error = progress.standardError {
      text += ": loss \(NumberText.plusMinus(loss, error))"
    }
    say(text)
  }

  private func report(_ progress: ConstraintProgress) {
    say(
      "round \(progress.stage): \(progress.draws) draws, largest residual "
        + "\(NumberText.significant(progress.largestResidual, digits: 2)) sd")
  }
}
