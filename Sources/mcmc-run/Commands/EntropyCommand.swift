// mcmc-run entropy: the normalising constant and the relative entropy of an experiment's ensemble, with error bars.

import JSON
import Networks
import Sampling

/// The `entropy` command.
enum EntropyCommand: Command {
  private static let runs = Option("runs", .integer(in: 2...1_000_000), "annealed runs (default: 400)")
  private static let rungs = Option(
    "rungs", .integer(in: 2...128), "rungs of the ladder (default: as many as it needs)")

  static let description = CommandDescription(
    name: "entropy", abstract: "estimate the log evidence and the relative entropy of an experiment's ensemble",
    examples: [
      CommandExample(
        "mcmc-run entropy experiments/deep-linear.json", "three estimates, and the exact value where it is known"),
      CommandExample("mcmc-run entropy spec.json --draws 20000 --json", "smaller errors, for other programs"),
    ],
    discussion: """
      For a Gibbs ensemble the log evidence is ln Z, Z = <exp(-beta N L)> over the prior, and the relative entropy KL(p || prior) = \
      -beta N <L> - ln Z, both in nats and of the whole network. Thermodynamic integration and stepping-stone (Bennett) come from \
      one replica exchange whose ladder is found in a pilot; annealed importance sampling is independent of it. An estimate that must \
      not be trusted says why. For a product ensemble in closed form both are exact. Exit status 1 if an exact value is \
      contradicted (more than 5 standard errors).
      """,
    parameters: [Parameters.experimentOrRun],
    options: [runs, rungs] + StandardOptions.overrides + [StandardOptions.threads] + StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let experiment = try context.experiment(Parameters.experimentOrRun)
    let report: EntropyReport
    if experiment.isDrawnExactly, let ensemble = try experiment.gainModulatedLinearEnsemble() {
      report = EntropyReport(experiment, try ensemble.solve(), neurons: ensemble.neurons)
    } else {
      report = try estimate(experiment, context)
    }
    context.show(report.json, report.text(context.terminal.style))
    return report.status
  }

  private static func estimate(_ experiment: Experiment, _ context: CommandContext) throws -> EntropyReport {
    var settings = EvidenceSettings()
    settings.chains = experiment.sampler.chains.count
    settings.draws = experiment.sampler.draws
    settings.rungs = context.arguments[rungs]
    settings.annealedRuns = context.arguments[runs] ?? settings.annealedRuns
    settings.seed = experiment.sampler.seed
    settings.generator = experiment.sampler.generator
    settings.threads = context.threads
    let ensemble = try context.ensemble(experiment)
    func estimates(_ ensemble: some SampledEnsemble) throws -> EvidenceEstimates {
      let visitor = Estimation(
        experiment: experiment, density: try ensemble.density(), settings: settings, progress: EvidenceMessages(context)
      )
      return try KernelCatalogue(experiment, ensemble, SamplerChoice(experiment)).hamiltonian(visit: visitor)
    }
    return EntropyReport(experiment, try estimates(ensemble), exact: try ensemble.logEvidence())
  }

  /// Runs the estimates with the experiment's Hamiltonian kernel on every rung.
  private struct Estimation<Density: NetworkDensity>: KernelVisitor {
    let experiment: Experiment
    let density: Density
    let settings: EvidenceSettings
    let progress: EvidenceMessages

    func visit<Kernel: TunableKernel>(
      tunable make: @escaping KernelMaker<Density, Kernel>
    ) throws -> EvidenceEstimates where Kernel.Target == Density {
      let warmup = WindowedAdaptation<Kernel>(
        .windows(transitions: experiment.sampler.warmup), metric: InverseMetric.Kind(experiment.sampler.metric))
      return try estimateEvidence(
        try make(density), warmup: warmup, settings: settings, progress: { progress.say($0) },
        drawReference: { density.drawPrior(using: &$0) })
    }

    func visit<Kernel: PointKernel>(
      plain make: @escaping KernelMaker<Density, Kernel>
    ) throws -> EvidenceEstimates where Kernel.Target == Density {
      preconditionFailure("Hamiltonian kernels are tuned")
    }
  }
}

/// Tells how estimates of a normalising constant go on, a line for every tenth.
private struct EvidenceMessages: Sendable {
  let context: CommandContext

  init(_ context: CommandContext) { self.context = context }

  func say(_ progress: EvidenceProgress) {
    switch progress {
    case .ladder(let rungs, let rate):
      context.say("ladder of \(rungs) rungs: mean swap rejection \(NumberText.significant(rate, digits: 2))")
    case .sampling(let done, let all): tenth("replica exchange", done, all)
    case .annealing(let done, let all): tenth("annealed runs", done, all)
    }
  }

  private func tenth(_ what: String, _ done: Int, _ all: Int) {
    let step = max(1, all / 10)
    if done % step == 0 { context.say("\(what): \(min(100, 100 * done / all)) %") }
  }
}
