// Experiments at the ends of what a spec allows: each is a result, a failed check or a refusal, and never a trap or "internal error".

import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct ExtremeSpecTests {
  private static let two = "task: { kind: \"inputSelection\", contexts: 2 }"
  private static let short = "sampler: { chains: 2, warmup: 20, draws: 10 }, evaluation: { count: 5 }"
  private static let softplus = "network: { kind: \"twoLayer\", neurons: 4, activation: \"softplus\" }"
  private static let oneRow = "stimuli: { kind: \"file\", path: \"one.csv\" }"
  private static let gibbs = "ensemble: { kind: \"gibbs\", tightness: 10 }"
  private static let deep =
    "network: { kind: \"deep\", widths: [4], activation: \"erf\", readoutScaling: \"standard\", contextLayers: \"none\" }"
  private static let few = ["--runs", "4", "--rungs", "3"]

  /// The spec without its braces, and command lines without the spec.
  static let cases: [(spec: String, commands: [[String]])] = [
    (
      "\(two), network: { kind: \"gainModulatedLinear\", neurons: 8 }, weights: { output: 4194304 }, \(gibbs), \(short)",
      [["entropy"] + few, ["check"], ["test-gradient"]]
    ),
    (
      "\(two), \(softplus), weights: { output: 1e50, input: 1e50, context: 1e50 }, \(gibbs), \(short), "
        + "stimuli: { kind: \"sampled\", count: 4 }",
      [["entropy"] + few, ["run"], ["test-gradient"]]
    ),
    ("\(two), \(softplus), weights: { output: 1e50, input: 1e50, convention: \"moment\" }, \(short)", [["solve"]]),
    (
      "\(two), \(softplus), weights: { input: 1e50 }, ensemble: { kind: \"gibbs\", tightness: 1e-50 }, \(short), "
        + "stimuli: { kind: \"sampled\", count: 4 }", [["train", "--networks", "1"]]
    ),
    // One stimulus: its second moment has rank 1 of 2.
    ("\(two), \(deep), \(gibbs), \(oneRow), \(short)", [["run"], ["train", "--networks", "1"], ["entropy"] + few]),
    (
      "\(two), network: { kind: \"gainModulatedLinear\", neurons: 4 }, \(gibbs), \(oneRow), \(short)",
      [["solve"], ["run"], ["entropy"] + few]
    ),
    (
      "\(two), network: { kind: \"gainModulatedLinear\", neurons: 4 }, \(oneRow), \(short)", [["solve"], ["run"]]
    ),
    (
      "\(two), network: { kind: \"gainModulatedLinear\", neurons: 3 }, weights: { output: 1e-50, input: 1e50 }, "
        + "ensemble: { kind: \"gibbs\", tightness: 1e50 }, \(short)", [["solve"], ["run"]]
    ),
    (
      "\(two), network: { kind: \"gainModulatedLinear\", neurons: 3 }, sampler: { chains: 2, draws: 1000000000, "
        + "warmup: 1000000000, thin: 1000000, kind: \"hmc\", leapfrogSteps: 1000000 }, \(gibbs)",
      [["solve"], ["sample", "--time-budget", "1s"]]
    ),
  ]

  @Test(.timeLimit(.minutes(5)), arguments: cases.indices) func anExtremeIsAResultOrARefusal(number: Int) throws {
    let runner = try ProgramRunner()
    try runner.write("{ \(Self.cases[number].spec) }", to: "spec.json")
    try runner.write("1.5, -0.5\n", to: "one.csv")
    for command in Self.cases[number].commands {
      let result = try runner.run([command[0], "spec.json"] + command.dropFirst(), timeLimit: 60)
      #expect(
        [0, 1, 64, 65, 75].contains(result.status),
        "\(command) of \(number): \(result.status) \(result.errors.suffix(400))")
    }
  }
}
