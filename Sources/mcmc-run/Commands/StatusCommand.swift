// mcmc-run status: what runs and studies are doing.

import Experiments
import JSON
import Sampling
import Storage

/// The `status` command.
enum StatusCommand: Command {
  private static let folders = Parameter(
    "run ...", "folders of runs or studies, or folders of such folders (default: chains)", count: .anyNumber,
    completes: .runs)
  private static let diagnose = Flag(
    "diagnose", "read all draws too: the worst R-hat and the smallest ESS so far")

  static let description = CommandDescription(
    name: "status", abstract: "tell what runs and studies are doing, from their files",
    examples: [
      CommandExample("mcmc-run status", "all runs and studies in chains/"),
      CommandExample("mcmc-run status chains/two-contexts --json", "one run, for other programs"),
      CommandExample("mcmc-run status chains/two-contexts --diagnose", "and how good its draws are so far"),
    ],
    discussion: """
      Only files are read: no sampler waits or notices. A run that is being written can be asked at any moment; what is told is what has reached the disk (a sampler writes every 10 seconds). The states are: running (a process holds the lock in the folder, which the operating system takes back when the process ends or is killed), complete, stopped (ended early, or killed: resume goes on, or for a study the same command), failed (a chain failed), not begun (made, and nothing drawn), damaged (files are not what was written). \
      On another host running is told only where the file system shares locks; elsewhere such a run looks stopped, and the time of its last file tells. The time left is what is left at the pace so far: of a run that draws until a rule is satisfied it is not known, of a study it is told from the parts done since the command began, and not before the first. A study that finds out as it goes what is to be done has the parts that are known.

      A folder that is no run and no study is an error (65); the others are still told.

      --json has folders [{path, kind, state, remark, holder, draws, of, chains, warmupDraws, lastWritten, drawsPerSecond, secondsLeft}]; draws and of are of all chains. Of a study (kind "study") draws, of and chains are null, and it has study, partsDone, parts, running (the parts that are being done), failures (those not fit for use) and runs (the runs of these parts). With --diagnose runs have worstRHat and smallestESS. What is not known is null. With --format csv times are in seconds.
      """,
    parameters: [folders], options: [diagnose, StandardOptions.threads] + StandardOptions.tables)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let given = context.arguments.all(folders)
    let now = Date().timeIntervalSince1970
    var found: [WorkStatus] = []
    var failures: [Failure] = []
    for path in given.isEmpty ? ["chains"] : given {
      let here = WorkStatus.all(at: path, now: now)
      found += here.found
      failures += here.failures
    }
    let diagnoses = context.arguments[diagnose] ? found.map { diagnosis($0, context) } : nil
    let status = failures.first.map { CommandStatus($0.kind) } ?? .done
    let report = StatusReport(found: found, diagnoses: diagnoses, now: now)
    let messages = failures.map(\.message)
    if !found.isEmpty || context.wantsJSON {
      let error = messages.isEmpty ? nil : status.error(messages.joined(separator: "\n"))
      context.show(report.json.with("error", error), report.text(context.terminal.style))
    }
    for message in messages { context.terminal.say("mcmc-run: error: \(message)\n") }
    return status
  }

  /// What diagnose says of a run's draws so far; nil where there are none yet, or they cannot be read.
  private static func diagnosis(_ status: WorkStatus, _ context: CommandContext) -> RunDiagnosis? {
    guard case .run(let run) = status, run.state != .damaged else { return nil }
    return try? RunDiagnosis(of: run.path, threads: context.threads)
  }
}
