// This program: its name, its version and its commands.

import Experiments
import Sampling

extension Program {
  /// The `mcmc-run` program.
  static let mcmcRun = Program(
    name: shellName, version: Version.current,
    abstract: "draw neural networks from maximum-entropy ensembles, and check the draws",
    examples: [
      CommandExample("mcmc-run run experiments/two-contexts.json", "Solve, sample, check, evaluate and diagnose."),
      CommandExample("mcmc-run help sample", "What one command does and takes."),
    ],
    commands: [
      SolveCommand.self, SampleCommand.self, DiagnoseCommand.self, CheckCommand.self, EvaluateCommand.self,
      PredictCommand.self, ReportCommand.self, EntropyCommand.self, SweepCommand.self, FiniteSizeCommand.self,
      EnsemblesCommand.self,
      PhaseDiagramCommand.self,
      TrainCommand.self, CompareCommand.self, SbcCommand.self, TeacherStudentCommand.self, FindingsCommand.self,
      RunCommand.self,
      ResumeCommand.self, StatusCommand.self, DigestCommand.self,
      MergeCommand.self, ImportCommand.self, ExportCommand.self, TrialsCommand.self,
      TestKernelCommand.self, TestGradientCommand.self,
      InitCommand.self, SchemaCommand.self, CompletionCommand.self, ManCommand.self,
    ])

  /// Runs the process's command line. A reader that closes our output early, or a limit on the size of files, is an error
  /// where it is met, and not a signal that ends the process.
  static func main() async -> Never {
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    let arguments = Array(CommandLine.arguments.dropFirst())
    let terminal = Terminal.standard()
    LastWords.install(wantsJSON: wantsJSON(arguments), terminal.errorStyle)
    exit(await mcmcRun.run(arguments, on: terminal).code)
  }
}
