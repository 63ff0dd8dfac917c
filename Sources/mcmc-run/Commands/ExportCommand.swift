// mcmc-run export: draws for other programs.

import Experiments
import JSON
import Networks
import Sampling
import Storage

/// The `export` command.
enum ExportCommand: Command {
  private static let format = Option(
    "format", .choice(["netcdf", "csv", "npy", "npz"]),
    "netcdf (ArviZ; default), csv (CmdStan's columns), npy (NumPy, a folder), npz (NumPy, one file)")
  private static let path = Option("out", .text("PATH"), "where to write (default: beside the run, by its name)")
  private static let force = Flag("force", "replace an earlier export; nothing else")
  private static let networks = Flag("networks", "export the kept networks too (netcdf, npy, npz)")

  static let description = CommandDescription(
    name: "export", abstract: "write a run's draws in the formats of other programs",
    examples: [
      CommandExample("mcmc-run export chains/two-contexts", "chains/two-contexts.nc, for arviz.from_netcdf"),
      CommandExample("mcmc-run export chains/two-contexts --format csv --out csv/", "a file a chain, as CmdStan"),
    ],
    discussion: """
      NetCDF follows ArviZ's schema: groups posterior, sample_stats, their warmup_ forms, observed_data and constant_data; \
      dimensions chain and draw first. docs/file-format.md lists all names.
      """,
    parameters: [Parameters.run], options: [format, path, force, networks] + StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let format = context.arguments[format] ?? "netcdf"
    guard format != "csv" || !context.arguments[networks] else {
      throw UsageError("--networks: csv has no place for whole networks; allowed: netcdf, npy, npz")
    }
    let folder = try context.runFolder(Parameters.run)
    let run = try RunDirectory.open(folder)
    let experiment = try Experiment.read(path: run.file("experiment.json"), functions: .unknown)
    var export = RunExport(run, program: "mcmc-run", version: Version.current)
    export.includesNetworks = context.arguments[networks]
    export.thin = experiment.sampler.thin
    export.arrays = try arrays(of: experiment)
    let replacing = context.arguments[force]
    let base = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    let out = context.arguments[path] ?? base + (["netcdf": ".nc", "npz": ".npz"][format] ?? "-\(format)")
    let summary =
      switch format {
      case "csv": try export.writeCSV(to: out, replacing: replacing)
      case "npz": try export.writeNPZ(to: out, replacing: replacing)
      case "npy": try export.writeNPY(to: out, replacing: replacing)
      default: try export.writeNetCDF(to: out, replacing: replacing)
      }
    let draws = summary.draws[.draws] ?? 0
    context.show(
      [
        "path": .string(out), "format": .string(format), "drawsPerChain": .integer(draws),
        "leftOut": .integer(summary.leftOut),
      ], "\(out): \(draws) draws per chain\n", unfinished: try run.unfinished(folder, draws: draws))
    if summary.leftOut > 0 { context.say("\(summary.leftOut) draws of longer chains were left out") }
    return .done
  }

  /// What the draws were conditioned on: the target (or wanted outputs, of a task that is not linear), the stimuli where they are a list, and
  /// what is given of the network.
  private static func arrays(of experiment: Experiment) throws -> [ExportArray] {
    if let moments = experiment.task.task as? MomentsTask {
      return [
        ExportArray(
          .observedData, "constraint_value", axes: [.init("constraint", moments.constraints.count)],
          values: moments.constraints.map(\.value))
      ]
    }
    if let trials = try experiment.trialTask()?.training {
      let (trial, time) = (
        ObservableVariable.Axis("trial", trials.trials), ObservableVariable.Axis("time", trials.times)
      )
      let (input, output) = (
        ObservableVariable.Axis("input", trials.inputChannels), ObservableVariable.Axis("output", trials.outputChannels)
      )
      var arrays = [
        ExportArray(.observedData, "wanted_output", axes: [trial, time, output], values: trials.targets),
        ExportArray(.constantData, "inputs", axes: [trial, time, input], values: trials.inputs),
        ExportArray(.constantData, "mask", axes: [trial, time, output], values: trials.mask),
        ExportArray(.constantData, "context", axes: [trial], values: trials.contextOfTrial.map { Double($0) }),
      ]
      if let part = try (experiment.network.model as? RecurrentModel)?.givenConnectivity() {
        let axes = [ObservableVariable.Axis("rank", part.rank), ObservableVariable.Axis("neuron", part.neurons)]
        arrays += [
          ExportArray(.constantData, "low_rank_m", axes: axes, values: part.outgoing.elements),
          ExportArray(.constantData, "low_rank_n", axes: axes, values: part.selecting.elements),
        ]
      }
      return arrays
    }
    let task = try experiment.learningTask()
    let context = ObservableVariable.Axis("context", task.contexts)
    let feature = ObservableVariable.Axis("feature", task.features)
    var arrays: [ExportArray] = []
    if let target = task.linearTarget {
      arrays.append(ExportArray(.observedData, "target", axes: [context, feature], values: target.elements))
    }
    if let stimuli = try experiment.stimulusList() {
      if let wanted = try experiment.listedOutputs() {
        arrays.append(
          ExportArray(
            .observedData, "wanted_output", axes: [context, .init("stimulus", stimuli.rows)],
            values: wanted.elements))
      }
      arrays.append(
        ExportArray(
          .constantData, "stimuli", axes: [.init("stimulus", stimuli.rows), feature], values: stimuli.elements))
    }
    return arrays
  }
}
