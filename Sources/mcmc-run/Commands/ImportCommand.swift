// mcmc-run import: trained networks of other programs, as a run of kept networks.

import Experiments
import JSON

/// The `import` command.
enum ImportCommand: Command {
  private static let files = Parameter(
    "file ...", "files of arrays (.npz, .npy, .safetensors, .csv), or folders of such files", count: .oneOrMore)
  private static let map = Option(
    "map", .text("NAME=ARRAY"),
    "which array is which part: output, input, context, bias, gain; hidden2, context2, bias2 and so on of deep networks; "
      + "once per part (default: arrays of these names, columns w, m0, b0, g0 and so on of a table)", isRepeatable: true
  )
  private static let spec = Option(
    "spec", .text("SPEC"),
    "the experiment whose task and model the networks are of (default: one made from their shapes)")
  private static let activation = Option(
    "activation", .choice(ImportOptions.activations), "what hidden neurons compute, where no spec says it")
  private static let scaling = Option(
    "scaling", .choice(ReadoutConvention.allCases.map(\.rawValue)),
    "how their output is scaled: sum of w h (none, the default), divided by N (meanField) or by its root (standard)")
  private static let name = Option("name", .text("NAME"), "the run's name (default: the spec's, or the first file's)")

  static let description = CommandDescription(
    name: "import", abstract: "read trained networks of other programs as a run, to evaluate, compare and export",
    examples: [
      CommandExample(
        "mcmc-run import networks.npz --map output=w --map input=m --map gain=g",
        "many networks: arrays [network, neuron, ...]"),
      CommandExample(
        "mcmc-run import seeds/ --map output=fc2.weight --map 'input=fc1.weight[:, :3]' --map 'context=fc1.weight[:, 3:]' --map bias=fc1.bias --activation relu",
        "a .safetensors file per network; the context is in the last inputs"),
      CommandExample(
        "mcmc-run import neurons.csv --spec experiments/two-contexts.json", "a table with columns w, m0, m1, g0, g1"),
    ],
    discussion: """
      Arrays have a row per neuron: output [neuron], input [neuron, feature], context and gain [neuron, context], bias [neuron], hidden2 [neuron, neuron of the layer before], as torch.nn.Linear keeps its weights; [1, neuron] is read as [neuron]. A further first axis counts networks. ARRAY is the name of an array, also a slice of it (fc1.weight[:, :3]), transposed (W.T; W.mT exchanges the last two axes), several side by side (m0,m1) or numbered ones (m*). Gains are 0 and 1, or the same in all networks. Biases are added to what every context drives. \
      The .npy files of a folder belong together, and are called as the files; a column named network of a table numbers its networks. Every file with an axis for networks is a chain of the run, single networks of one folder are a chain together; where these would be of unequal length all networks are one chain.

      --scaling says how the networks compute their output, since the models here divide by the number of neurons N: none is y = sum of w h, as most libraries have it. Weights are converted so that the networks answer the same. \
      Python's pickles (.pt, .pkl) are not read, since reading one runs whatever program is in it: save with numpy.savez or safetensors. The run keeps the SHA-256 of every file. It is for evaluate, predict, report, export and compare; nothing was drawn, so that there is nothing to diagnose or check.

      --json has run, networks, chains, neurons, blocks {name: shape}, unused (arrays that no part is made of) and notes.
      """,
    parameters: [files],
    options: [
      map, spec, activation, scaling, name, StandardOptions.out, StandardOptions.force, StandardOptions.threads,
    ]
      + StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let arguments = context.arguments
    var options = ImportOptions()
    options.map = arguments.all(map)
    options.spec = arguments[spec]
    options.activation = arguments[activation]
    options.convention = arguments[scaling].flatMap(ReadoutConvention.init)
    options.name = arguments[name]
    let networks = try NetworkImport(arguments.all(files), options)
    let path = arguments[StandardOptions.out] ?? "chains/\(networks.experiment.name)"
    let report = try context.resumable {
      try networks.write(to: path, replacing: arguments[StandardOptions.force], $0)
    }
    context.show(report.json, report.text(context.terminal.style))
    for note in networks.notes { context.say(note) }
    return .done
  }
}
