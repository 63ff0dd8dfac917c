// mcmc-run completion: what makes a shell complete this program's words.

import Experiments
import JSON

/// The `completion` command.
enum CompletionCommand: Command {
  private static let shell = Parameter(
    "shell", "bash, zsh or fish: print a script for it; words: print what the last of the words can become",
    completes: .words(CompletionScript.allCases.map(\.rawValue)))
  private static let words = Parameter(
    "word ...", "with words: the words typed after the program's name, the last one unfinished", count: .anyNumber,
    completes: .nothing)

  static let description = CommandDescription(
    name: "completion", abstract: "print a script that makes a shell complete commands, options and their values",
    examples: [
      CommandExample("source <(mcmc-run completion bash)", "in ~/.bashrc; for zsh the same with zsh, after compinit"),
      CommandExample("mcmc-run completion fish | source", "in ~/.config/fish/config.fish"),
      CommandExample("mcmc-run completion words -- run spec.json --sampler n", "what a script asks"),
    ],
    discussion: """
      Completed are commands, options, words that an option takes, names of samplers, keys after --set and their words, runs and studies in chains/, and names of files. make install and the Debian package put the scripts where the shells look for them.
      """,
    parameters: [shell, words], options: [])

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let shell = context.arguments[shell] ?? ""
    let words = context.arguments.all(words)
    if shell == "words" {
      context.terminal.output.write(Completion(words, of: .mcmcRun).text)
      return .done
    }
    guard let script = CompletionScript(rawValue: shell), words.isEmpty else {
      throw UsageError(
        CompletionScript(rawValue: shell) == nil
          ? "there is no completion for \(JSONWriter.excerpt(shell)); allowed: bash, zsh, fish, words"
          : "completion \(shell) takes no words; allowed: completion words -- WORD ...")
    }
    context.terminal.output.write(script.text)
    return .done
  }
}
