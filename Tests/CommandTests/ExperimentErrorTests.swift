// Every way that a spec can be wrong: place, key path, what was found and what is allowed.

import Sampling
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct ExperimentErrorTests {
  /// A spec with these sections in place of the minimal ones; task and network on lines 2 and 3.
  private static func spec(
    task: String = #"{"kind": "inputSelection", "contexts": 2}"#,
    network: String = #"{"kind": "gainModulatedLinear", "neurons": 3}"#, _ more: String = ""
  ) -> String {
    "{\n\"task\": \(task),\n\"network\": \(network)\(more.isEmpty ? "" : ",\n" + more)\n}"
  }

  private static let twoLayer = #"{"kind": "twoLayer", "neurons": 5, "activation": "tanh"}"#
  private static let flipFlop = #"{"kind": "flipFlop", "steps": 4, "trials": 2}"#
  private static func recurrent(_ more: String = "") -> String {
    #"{"kind": "recurrent", "neurons": 3, "activation": "tanh"\#(more)}"#
  }
  private static let gibbs = #""ensemble": {"kind": "gibbs", "tightness": 2}"#

  private static let sampledStimuli = #""stimuli": {"kind": "sampled", "count": 8}"#
  private static let listed = gibbs + ", " + sampledStimuli
  private static let signNeurons = #"{"kind": "twoLayer", "neurons": 5, "activation": "sign"}"#

  private static func form(_ keys: String) -> String {
    #"{"kind": "twoLayer", "neurons": 5, "activation": "tanh", "# + keys + "}"
  }

  private static let list = #", "stimuli": {"kind": "file", "path": "data/stimuli.csv"}"#
  /// A teacher's tightness, on a list of stimuli.
  private static let bayes = #""ensemble": {"kind": "gibbs"}"# + sampled(4)

  private static func sampled(_ count: Int, comma: Bool = true) -> String {
    (comma ? ", " : "") + #""stimuli": {"kind": "sampled", "count": \#(count)}"#
  }

  private static func targets(_ keys: String = "") -> String {
    #"{"kind": "targets", "path": "targets.csv""# + keys + "}"
  }

  private static func teacher(_ keys: String) -> String {
    #"{"kind": "teacher", "contexts": 2, "features": 2"# + keys + "}"
  }

  private static func deep(_ keys: String) -> String { #"{"kind": "deep", "activation": "tanh", "# + keys + "}" }

  private static func gains(_ text: String) -> String {
    #"{"kind": "gainModulatedLinear", "neurons": 3, "gains": "# + text + "}"
  }

  private static func moments(_ constraints: String, contexts: Int = 2) -> String {
    #"{"kind": "moments", "contexts": \#(contexts), "loadings": ["n", "m"], "constraints": [\#(constraints)]}"#
  }

  private static let nm = #"{"of": ["n", "m"], "context": 0, "value": 0.5}"#

  /// Each wrong spec, the key path of its error and a part of its message.
  static let wrong: [(text: String, keyPath: String, fragment: String)] = [
    ("[1, 2]", "", "found a list of 2; allowed: an object"),
    (spec(#""nam": "x""#), "nam", "did you mean \"name\""),
    (spec(#""draws": 5"#), "draws", "it belongs in \"sampler\""),
    (spec(#""tightness": 5"#), "tightness", "it belongs in \"ensemble\""),
    (spec(#""zzzzzzzz": 5"#), "zzzzzzzz", "allowed: name, task, network"),
    (spec(#""name": """#), "name", "letters"),
    (spec(#""name": "../x""#), "name", "letters"),
    (spec(#""name": "-x""#), "name", "letters"),
    (spec(#""name": "a b""#), "name", "letters"),
    (spec(#""name": 3"#), "name", "found 3"),
    ("{\"network\": {}}", "task", "this key is missing"),
    ("{\"task\": {\"kind\": \"inputSelection\", \"contexts\": 2}}", "network", "this key is missing"),
    // recurrent networks
    (spec(task: #"{"kind": "evidenceIntegration"}"#), "task.contexts", "missing"),
    (spec(task: #"{"kind": "evidenceIntegration", "contexts": 2, "loop": "x"}"#), "task.loop", "found \"x\""),
    (spec(task: #"{"kind": "evidenceIntegration", "contexts": 21}"#), "task.contexts", "found 21 contexts"),
    (
      spec(task: #"{"kind": "evidenceIntegration", "contexts": 2}"#, network: twoLayer), "network.kind",
      "recurrent network of rank one"
    ),
    // recurrent networks drawn whole
    (spec(task: flipFlop, network: recurrent(#", "leak": 0"#), gibbs), "network.leak", "above 0.0, at most 1.0"),
    (spec(task: flipFlop, network: recurrent(#", "leak": 1.5"#), gibbs), "network.leak", "found 1.5"),
    (
      spec(task: flipFlop, network: recurrent(#", "readoutScaling": "x""#), gibbs), "network.readoutScaling",
      "meanField"
    ),
    (
      spec(task: flipFlop, network: recurrent(#", "lowRank": {"kind": "random"}"#), gibbs), "network.lowRank.overlaps",
      "missing"
    ),
    (
      spec(
        task: flipFlop, network: recurrent(#", "lowRank": {"kind": "random", "overlaps": [1, -5], "size": 2}"#),
        gibbs),
      "network.lowRank.overlaps", "allowed: at most size squared, 4.0"
    ),
    (
      spec(
        task: flipFlop, network: recurrent(#", "lowRank": {"kind": "random", "overlaps": [1, 0.5], "size": 2}"#),
        gibbs),
      "network.lowRank.overlaps", "4 directions, and the network has 3 neurons"
    ),
    (
      spec(task: flipFlop, network: recurrent(#", "lowRank": {"kind": "random", "overlaps": []}"#), gibbs),
      "network.lowRank.overlaps", "a list of 1 to 100 numbers"
    ),
    (
      spec(task: flipFlop, network: recurrent(#", "lowRank": {"kind": "file", "path": "none.csv"}"#), gibbs),
      "network.lowRank.path", "none.csv"
    ),
    (
      spec(task: flipFlop, network: recurrent(#", "lowRank": {"rank": 1}"#), gibbs), "network.lowRank.rank",
      "unknown key"
    ),
    (spec(network: recurrent(), gibbs), "task.kind", "allowed: \"trials\""),
    (spec(task: flipFlop, network: recurrent()), "ensemble.kind", "no \"product\" of independent ones"),
    (spec(task: flipFlop, network: recurrent(), #""ensemble": {"kind": "hard"}"#), "ensemble.kind", "exact outputs"),
    (
      spec(task: flipFlop, network: recurrent(), gibbs + #", "weights": {"recurrent": 0}"#), "weights.recurrent",
      "found 0"
    ),
    (spec(#""weights": {"recurrent": 2}"#), "weights.recurrent", "only \"recurrent\" networks"),
    (
      spec(task: flipFlop, network: recurrent(), gibbs + #", "sampler": {"kind": "neuronGibbs"}"#), "sampler.kind",
      "one by one"
    ),
    (
      spec(task: flipFlop, network: recurrent(), gibbs + #", "weights": {"convention": "moment"}"#),
      "weights.convention", "gibbs ensemble"
    ),
    (
      spec(
        task: flipFlop, network: #"{"kind": "recurrent", "neurons": 3, "activation": "sign"}"#,
        gibbs + #", "sampler": {"kind": "hmc"}"#), "sampler.kind", "follows gradients"
    ),
    (
      spec(task: flipFlop, network: #"{"kind": "recurrent", "neurons": 100000, "activation": "tanh"}"#, gibbs),
      "network.neurons", "1e9"
    ),
    (
      spec(
        task: flipFlop, network: recurrent(), gibbs + #", "observables": [{"name": "x", "of": "m0", "reduce": "mean"}]"#
      ),
      "observables[0].of", "w, i0, b0"
    ),
    (spec(task: moments(#"{"of": ["n"], "value": 1}"#)), "task.constraints[0].of", "a list of 2 names"),
    (spec(task: moments(#"{"of": ["n", "x"], "value": 1}"#)), "task.constraints[0].of[1]", "allowed: \"n\", \"m\""),
    (spec(task: moments(#"{"of": ["n", "m"]}"#)), "task.constraints[0].value", "missing"),
    (spec(task: moments(#"{"of": ["n", "m"], "context": 2, "value": 1}"#)), "task.constraints[0].context", "0 to 1"),
    (spec(task: moments(nm + ", " + nm)), "task.constraints[1]", "constrained already, by constraint 0"),
    (spec(task: moments(nm, contexts: 13)), "task.contexts", "1 to 12"),
    (spec(task: #"{"kind": "moments", "loadings": ["n", "n"], "constraints": []}"#), "task.loadings[1]", "there twice"),
    (
      spec(task: #"{"kind": "moments", "loadings": ["g1"], "constraints": []}"#), "task.loadings[0]",
      "meaning of its own"
    ),
    (spec(task: #"{"kind": "moments", "loadings": [], "constraints": []}"#), "task.loadings", "an empty list"),
    (spec(task: moments(nm), network: twoLayer), "network.kind", "linear in every context"),
    (
      spec(task: moments(nm), network: gains(#"{"kind": "continuous", "activation": "erf"}"#)), "network.gains.kind",
      "no closed form"
    ),
    (spec(task: moments(nm), gibbs), "ensemble.kind", "averages of loadings have no outputs"),
    (spec(task: moments(nm), #""weights": {"convention": "moment"}"#), "weights.convention", "said by constraints"),
    (spec(task: moments(nm), #""weights": {"output": 2}"#), "weights.output", "weights.loading"),
    (spec(task: moments(nm), #""weights": {"loading": [1, 2, 3]}"#), "weights.loading", "2, one per loading"),
    (spec(task: moments(nm), #""weights": {"loading": [1, 0]}"#), "weights.loading[1]", "found 0"),
    (spec(task: moments(nm), #""stimuli": {"kind": "sampled"}"#), "stimuli.kind", "see no stimuli"),
    (spec(#""weights": {"loading": 2}"#), "weights.loading", "only \"moments\" has loadings"),
    // task
    (spec(task: "3"), "task", "found 3; allowed: an object"),
    (spec(task: "{}"), "task.kind", "missing; allowed: \"inputSelection\", \"linearReadout\""),
    (spec(task: #"{"kind": "inputselection"}"#), "task.kind", "did you mean \"inputSelection\""),
    (spec(task: #"{"kind": "inputSelection"}"#), "task.contexts", "missing; allowed: a whole number from 1"),
    (spec(task: #"{"kind": "inputSelection", "contexts": 0}"#), "task.contexts", "found 0"),
    (spec(task: #"{"kind": "inputSelection", "contexts": 2.5}"#), "task.contexts", "found 2.5"),
    (spec(task: #"{"kind": "inputSelection", "contexts": "2"}"#), "task.contexts", "found \"2\""),
    (spec(task: #"{"kind": "inputSelection", "contexts": 1025}"#), "task.contexts", "1 to 1024"),
    (
      spec(task: #"{"kind": "inputSelection", "contexts": 2, "target": [[1]]}"#), "task.target",
      "belongs to kind \"linearReadout\""
    ),
    (spec(task: #"{"kind": "linearReadout", "target": []}"#), "task.target", "found an empty list"),
    (spec(task: #"{"kind": "linearReadout", "target": [[]]}"#), "task.target[0]", "found an empty list"),
    (spec(task: #"{"kind": "linearReadout", "target": [1, 2]}"#), "task.target[0]", "a row of numbers"),
    (
      spec(task: #"{"kind": "linearReadout", "target": [[1, 2], [3]]}"#), "task.target[1]",
      "found a row of 1; allowed: 2"
    ),
    (spec(task: #"{"kind": "linearReadout", "target": [[1, null]]}"#), "task.target[0][1]", "found null"),
    (spec(task: #"{"kind": "linearReadout", "target": [[1e51]]}"#), "task.target[0][0]", "found 1e+51"),
    (
      spec(
        task: #"{"kind": "linearReadout", "target": ["# + Array(repeating: "[1]", count: 21).joined(separator: ",")
          + "]}"),
      "task.target", "1 to 20"
    ),
    // wanted outputs as data
    (spec(task: targets(), network: twoLayer, gibbs), "stimuli.kind", "allowed: a list of stimuli"),
    (spec(task: targets(), network: twoLayer, gibbs + sampled(2)), "task.features", "say how many here"),
    (
      spec(task: targets(#", "features": 2"#), network: twoLayer, gibbs + sampled(3)), "task.path",
      "targets.csv has 2 rows; allowed: 3, one a stimulus"
    ),
    (
      spec(task: targets(#", "features": 2"#), network: twoLayer, sampled(2, comma: false)), "task.kind",
      "a product ensemble is constrained by its linear readout"
    ),
    (
      spec(task: #"{"kind": "targets", "path": "no.csv"}"#, network: twoLayer, gibbs + list), "task.path",
      "no such file"
    ),
    (
      spec(
        task: targets(#", "heldOut": {"stimuli": "data/stimuli.csv", "targets": "gains.csv"}"#), network: twoLayer,
        gibbs + list), "task.heldOut.targets", "gains.csv has 3 rows; allowed: 2, one a held-out stimulus"
    ),
    (
      spec(task: targets(#", "heldOut": {"stimuli": "data/stimuli.csv"}"#), network: twoLayer, gibbs + list),
      "task.heldOut.targets", "this key is missing"
    ),
    (
      spec(task: targets(#", "heldOut": 3"#), network: twoLayer, gibbs + list), "task.heldOut",
      "found 3; allowed: an object"
    ),
    (spec(task: teacher(#", "noise": -1"#), network: twoLayer, bayes), "task.noise", "found -1"),
    (spec(task: teacher(#", "noise": null"#), network: twoLayer, bayes), "task.noise", "found null"),
    (spec(task: teacher(""), network: twoLayer, bayes), "task.noise", "this key is missing"),
    (
      spec(task: teacher(#", "noise": 0"#), network: twoLayer, bayes), "ensemble",
      "a teacher without noise (task.noise 0) says no tightness"
    ),
    (spec(task: teacher(#", "noise": 1e-52"#), network: twoLayer, bayes), "task.noise", "Say more noise"),
    (spec(task: teacher(#", "noise": 1"#), network: twoLayer, gibbs), "stimuli.kind", "allowed: a list of stimuli"),
    (
      spec(task: teacher(#", "noise": 1, "weights": {"convention": "moment"}"#), network: twoLayer, bayes),
      "task.weights.convention", "allowed: \"prior\""
    ),
    (
      spec(
        task: teacher(
          #", "noise": 1, "network": {"kind": "deep", "widths": [1000000, 1000000], "activation": "tanh"}"#),
        network: twoLayer, bayes), "task.network.widths", "a teacher of about 1.0e+12 numbers; allowed: 1e9"
    ),
    // starts
    (spec(network: twoLayer, #""sampler": {"start": "teacher"}"#), "sampler.start", "needs a task of kind \"teacher\""),
    (
      spec(
        task: teacher(#", "noise": 1, "network": {"kind": "twoLayer", "neurons": 6, "activation": "tanh"}"#),
        network: twoLayer, bayes + #", "sampler": {"start": ["prior", "teacher"]}"#), "sampler.start",
      "is no network of the student's kind"
    ),
    (spec(#""sampler": {"start": "network.csv"}"#), "sampler.start", "\"exact\" draws are independent"),
    (
      spec(#""ensemble": {"kind": "hard"}, "sampler": {"start": "network.csv"}"#), "sampler.start",
      "chains of a hard ensemble start at a network that they make solve the task"
    ),
    (spec(gibbs + #", "sampler": {"start": []}"#), "sampler.start", "found an empty list"),
    (spec(gibbs + #", "sampler": {"start": 3}"#), "sampler.start", "found 3; allowed: \"prior\", \"teacher\""),
    (spec(gibbs + #", "sampler": {"start": ["prior", null]}"#), "sampler.start[1]", "found null"),
    (spec(gibbs + #", "sampler": {"start": "no.csv"}"#), "sampler.start", "no such file"),
    // network
    (spec(network: #"{"kind": "twolayer"}"#), "network.kind", "did you mean \"twoLayer\""),
    (spec(network: #"{"kind": "twoLayer", "neurons": 0, "activation": "tanh"}"#), "network.neurons", "found 0"),
    (spec(network: #"{"kind": "twoLayer", "neurons": -4, "activation": "tanh"}"#), "network.neurons", "found -4"),
    (spec(network: #"{"kind": "twoLayer", "neurons": 4}"#), "network.activation", "missing"),
    (
      spec(network: #"{"kind": "twoLayer", "neurons": 4, "activation": "rely"}"#), "network.activation",
      "did you mean \"relu\""
    ),
    (spec(network: #"{"kind": "twoLayer", "neurons": 4, "activation": true}"#), "network.activation", "found true"),
    (
      spec(network: #"{"kind": "twoLayer", "widths": [4], "activation": "relu"}"#), "network.widths",
      "belongs to kind \"deep\""
    ),
    (spec(network: deep(#""widths": []"#)), "network.widths", "1 to 100 whole numbers"),
    (spec(network: deep(#""widths": 3"#)), "network.widths", "found 3"),
    (spec(network: deep(#""widths": [3, 0]"#)), "network.widths[1]", "found 0"),
    (spec(network: deep(#""widths": [3, "4"]"#)), "network.widths[1]", "found \"4\""),
    (
      spec(network: deep(#""widths": [3], "readoutScaling": "none""#)), "network.readoutScaling",
      "\"meanField\", \"standard\""
    ),
    (
      spec(network: deep(#""widths": [3], "contextLayers": "last""#)), "network.contextLayers",
      "\"first\", \"all\", \"none\""
    ),
    (
      spec(network: deep(#""widths": [100000, 100000]"#), gibbs + #", "stimuli": {"kind": "sampled"}"#),
      "network.widths", "1e9"
    ),
    (
      spec(network: #"{"kind": "twoLayer", "neurons": 1000000000, "activation": "relu"}"#, gibbs), "network.neurons",
      "fewer neurons"
    ),
    (spec(network: gains("1")), "network.gains", "allowed: an object"),
    (spec(network: gains(#"{"kind": "discrete"}"#)), "network.gains.kind", "\"binary\", \"fixed\", \"continuous\""),
    (
      spec(network: gains(#"{"kind": "binary", "activeProbability": 0}"#)), "network.gains.activeProbability", "found 0"
    ),
    (
      spec(network: gains(#"{"kind": "binary", "activeProbability": 1.5}"#)), "network.gains.activeProbability",
      "at most 1"
    ),
    (spec(network: gains(#"{"kind": "binary", "probability": 1}"#)), "network.gains.probability", "unknown key"),
    (spec(network: gains(#"{"kind": "continuous"}"#)), "network.gains.activation", "missing"),
    (spec(network: gains(#"{"kind": "fixed", "path": ""}"#)), "network.gains.path", "path of a file"),
    (
      spec(network: gains(#"{"kind": "fixed", "path": "none.csv"}"#)), "network.gains.path",
      "none.csv: there is no such file"
    ),
    (
      spec(network: #"{"kind": "gainModulatedLinear", "neurons": 4, "gains": {"kind": "fixed", "path": "gains.csv"}}"#),
      "network.gains.path", "gains.csv has 3 rows; allowed: 4"
    ),
    // weights
    (spec(#""weights": {"output": 0}"#), "weights.output", "found 0"),
    (spec(#""weights": {"input": -1}"#), "weights.input", "found -1"),
    (spec(#""weights": {"hidden": 1e300}"#), "weights.hidden", "1e-50 to 1e+50"),
    (spec(#""weights": {"context": null}"#), "weights.context", "found null"),
    (spec(#""weights": {"convention": "posterior"}"#), "weights.convention", "\"prior\", \"moment\""),
    (spec(#""weights": {"convention": "moment"}, "# + gibbs), "weights.convention", "no meaning in a gibbs ensemble"),
    (
      spec(#""weights": {"convention": "moment"}, "ensemble": {"kind": "hard"}"#), "weights.convention",
      "no meaning in a hard ensemble"
    ),
    // ensemble
    (spec(#""ensemble": {"kind": "hard", "tightness": 1}"#), "ensemble.tightness", "tightness"),
    (
      spec(#""ensemble": {"kind": "hard"}, "sampler": {"kind": "hmc"}"#), "sampler.kind",
      "allowed in this hard ensemble: \"collapsedGibbs\""
    ),
    (
      spec(
        network:
          #"{"kind": "gainModulatedLinear", "neurons": 4, "gains": {"kind": "continuous", "activation": "tanh"}}"#,
        #""ensemble": {"kind": "hard"}"#), "ensemble.kind", "\"hard\" exists for"
    ),
    (spec(#""ensemble": {"kind": "gibbs"}"#), "ensemble", "one of tightness and expectedLoss"),
    (spec(#""ensemble": {"kind": "gibbs", "tightness": -1}"#), "ensemble.tightness", "found -1"),
    (spec(#""ensemble": {"kind": "gibbs", "expectedLoss": 0}"#), "ensemble.expectedLoss", "found 0"),
    (
      spec(#""ensemble": {"kind": "gibbs", "tightness": 1, "expectedLoss": 1}"#), "ensemble.expectedLoss", "one of them"
    ),
    (spec(#""ensemble": {"kind": "product", "tightness": 1}"#), "ensemble.tightness", "belongs to kind \"gibbs\""),
    (
      spec(network: #"{"kind": "deep", "widths": [3, 3], "activation": "relu"}"#, #""stimuli": {"kind": "sampled"}"#),
      "ensemble.kind", "does not exist for 2 hidden layers"
    ),
    (
      spec(network: #"{"kind": "deep", "widths": [3, 3], "activation": "linear"}"#), "ensemble.kind",
      "cannot be normalised"
    ),
    // stimuli
    (spec(#""stimuli": {"kind": "uniform"}"#), "stimuli.kind", "\"gaussian\", \"sampled\", \"file\""),
    (spec(#""stimuli": {"kind": "sampled", "count": 0}"#), "stimuli.count", "found 0"),
    (spec(#""stimuli": {"kind": "sampled", "seed": -1}"#), "stimuli.seed", "found -1"),
    (spec(#""stimuli": {"kind": "sampled", "seed": 1e300}"#), "stimuli.seed", "found 1e+300"),
    (
      spec(
        task: #"{"kind": "inputSelection", "contexts": 100}"#, #""stimuli": {"kind": "sampled", "count": 100000000}"#),
      "stimuli.count", "fewer stimuli"
    ),
    (
      spec(#""stimuli": {"kind": "gaussian", "covariance": [[1]]}"#), "stimuli.covariance",
      "found 1 x 1 numbers; allowed: 2 x 2"
    ),
    (
      spec(#""stimuli": {"kind": "gaussian", "covariance": [[1, 0.5], [0.4, 1]]}"#), "stimuli.covariance",
      "[1][0] and [0][1] differ"
    ),
    (
      spec(#""stimuli": {"kind": "gaussian", "covariance": [[1, 2], [2, 1]]}"#), "stimuli.covariance",
      "not positive definite"
    ),
    (
      spec(#""stimuli": {"kind": "gaussian", "covariance": [[0, 0], [0, 0]]}"#), "stimuli.covariance",
      "not positive definite"
    ),
    (spec(network: twoLayer, gibbs), "stimuli.kind", "twoLayer \"tanh\" networks"),
    (
      spec(network: #"{"kind": "twoLayer", "neurons": 5, "activation": "softplus"}"#, gibbs), "stimuli.kind",
      "\"sampled\""
    ),
    (spec(network: deep(#""widths": [3]"#), gibbs), "stimuli.kind", "deep \"tanh\" network"),
    (spec(network: deep(#""widths": [3]"#)), "stimuli.kind", "deep \"tanh\" network"),
    // weights that are given, and weights of two signs
    (spec(network: form(#""readout": "given""#), listed), "network.readout", "allowed: \"drawn\", \"fixed\""),
    (spec(network: form(#""path": "outputs.csv""#), listed), "network.path", "the output weights are drawn"),
    (spec(network: form(#""readoutSeed": 3"#), listed), "network.readoutSeed", "the output weights are drawn"),
    (
      spec(network: form(#""readout": "fixed", "readoutSeed": 3, "path": "outputs.csv""#), listed),
      "network.readoutSeed",
      "allowed: one of them"
    ),
    (spec(network: form(#""readout": "fixed", "readoutSeed": -1"#), listed), "network.readoutSeed", "found -1"),
    (
      spec(network: form(#""readout": "fixed", "path": "outputs.csv""#), listed), "network.path",
      "has 3 rows; allowed: 5"
    ),
    (spec(network: form(#""readout": "fixed", "path": "gains.csv""#), listed), "network.path", "the output weight"),
    (spec(network: form(#""readout": "fixed", "path": "nowhere.csv""#), listed), "network.path", "no such file"),
    (spec(network: form(#""readout": "fixed", "path": 3"#), listed), "network.path", "found 3"),
    (spec(network: form(#""weightKind": "signs""#), listed), "network.weightKind", "found \"signs\""),
    (spec(network: form(#""weightKind": 1"#), listed), "network.weightKind", "found 1"),
    (
      spec(network: form(#""weightKind": {"inputs": "sign"}"#), listed), "network.weightKind.inputs",
      "did you mean \"input\""
    ),
    (
      spec(network: form(#""weightKind": {"input": "binary"}"#), listed), "network.weightKind.input", "found \"binary\""
    ),
    (
      spec(network: form(#""weightKind": {"hidden": "sign"}"#), listed), "network.weightKind",
      "has no \"hidden\" weights"
    ),
    (
      spec(network: form(#""readout": "fixed", "weightKind": {"output": "sign"}"#), listed), "network.weightKind",
      "are given"
    ),
    (
      spec(network: #"{"kind": "gainModulatedLinear", "neurons": 3, "readout": "fixed"}"#), "network.readout",
      "it belongs to kind \"twoLayer\" or \"deep\""
    ),
    (spec(network: form(#""weightKind": "sign""#)), "ensemble.kind", "needs output weights that are drawn and normal"),
    (
      spec(network: form(#""readout": "fixed""#), #""ensemble": {"kind": "hard"}, "# + sampledStimuli), "ensemble.kind",
      "given output weights"
    ),
    (spec(network: form(#""weightKind": "sign""#), gibbs), "stimuli.kind", "need a list of stimuli"),
    (
      spec(network: form(#""readout": "fixed""#), #""weights": {"output": 2}, "# + listed), "weights.output",
      "given and not scaled"
    ),
    (
      spec(
        network: form(#""weightKind": "sign""#),
        #""ensemble": {"kind": "gibbs", "expectedLoss": 0.1}, "# + sampledStimuli),
      "ensemble.expectedLoss", "all weights are signs"
    ),
    (
      spec(network: form(#""weightKind": "sign""#), #""sampler": {"kind": "hmc"}, "# + listed), "sampler.kind",
      "does not move signs"
    ),
    (
      spec(network: form(#""weightKind": {"input": "sign"}"#), #""sampler": {"kind": "flips"}, "# + listed),
      "sampler.kind",
      "moves signs only"
    ),
    (
      spec(network: form(#""readout": "fixed""#), #""sampler": {"kind": "collapsedHmc"}, "# + listed), "sampler.kind",
      "all drawn and normal"
    ),
    (
      spec(network: form(#""weightKind": {"input": "sign"}"#), #""sampler": {"kind": "neuronGibbs"}, "# + listed),
      "sampler.kind", "all drawn and normal"
    ),
    (spec(network: signNeurons, sampledStimuli), "ensemble.kind", "have none"),
    (
      spec(network: signNeurons, #""ensemble": {"kind": "hard"}, "# + sampledStimuli), "ensemble.kind",
      "along gradients"
    ),
    (
      spec(network: #"{"kind": "twoLayer", "neurons": 5, "activation": "quadratic"}"#, sampledStimuli), "ensemble.kind",
      "outgrows the Gaussian prior"
    ),
    (
      spec(network: gains(#"{"kind": "continuous", "activation": "quadratic"}"#)), "network.gains.activation",
      "found \"quadratic\""
    ),
    // sampler
    (spec(#""sampler": {"kind": "gibs"}"#), "sampler.kind", "\"auto\", \"exact\", \"metropolis\""),
    (spec(#""sampler": {"kind": "exact"}, "# + gibbs), "sampler.kind", "independent"),
    (
      spec(
        network: gains(#"{"kind": "continuous", "activation": "tanh"}"#),
        #""sampler": {"kind": "collapsedGibbs"}, "# + gibbs), "sampler.kind", "whose gains are given"
    ),
    (
      spec(
        task: #"{"kind": "inputSelection", "contexts": 17}"#, #""sampler": {"kind": "collapsedGibbs"}, "# + gibbs),
      "sampler.kind", "in at most 16 contexts"
    ),
    (spec(#""sampler": {"kind": "neuronGibbs"}"#), "sampler.kind", "one weighted sum"),
    (spec(#""sampler": {"kind": "collapsedHmc"}, "# + gibbs), "sampler.kind", "a list of stimuli"),
    (
      spec(#""sampler": {"kind": "collapsedGibbs", "stepSize": 1}, "# + gibbs), "sampler.stepSize", "collapsedGibbs"
    ),
    (spec(#""sampler": {"kind": "neuronGibbs", "stepSize": 1.5}, "# + gibbs), "sampler.stepSize", "at most 1"),
    (spec(#""sampler": {"chains": 0}"#), "sampler.chains", "found 0"),
    (spec(#""sampler": {"chains": "3..1"}"#), "sampler.chains", "found \"3..1\""),
    (spec(#""sampler": {"chains": 4194305}"#), "sampler.chains", "4194304"),
    (spec(#""sampler": {"warmup": -1}"#), "sampler.warmup", "found -1"),
    (spec(#""sampler": {"draws": 0}"#), "sampler.draws", "found 0"),
    (spec(#""sampler": {"thin": 0}"#), "sampler.thin", "found 0"),
    (spec(#""sampler": {"seed": 1.5}"#), "sampler.seed", "9223372036854775807"),
    (spec(#""sampler": {"generator": "mt19973"}"#), "sampler.generator", "did you mean \"mt19937\""),
    (spec(#""sampler": {"generator": "coveyou"}"#), "sampler.generator", "allowed: "),
    (spec(#""sampler": {"stepSize": 0}"#), "sampler.stepSize", "or null"),
    (spec(#""sampler": {"leapfrogSteps": 0}"#), "sampler.leapfrogSteps", "or null"),
    (spec(#""sampler": {"metric": "full"}"#), "sampler.metric", "\"dense\""),
    (
      spec(#""sampler": {"kind": "metropolis", "metric": "lowRank"}, "# + gibbs), "sampler.metric",
      "evaluates no gradients"
    ),
    (spec(#""sampler": {"kind": "ellipticalSlice", "stepSize": 1}"#), "sampler.stepSize", "has no step size"),
    (
      spec(#""sampler": {"kind": "nuts", "leapfrogSteps": 4}"#), "sampler.leapfrogSteps",
      "takes no number of leapfrog steps"
    ),
    (spec(#""sampler": {"kind": "pcn", "stepSize": 1.5}"#), "sampler.stepSize", "at most 1"),
    (spec(#""sampler": {"kind": "nuts", "trajectory": 2}"#), "sampler.trajectory", "takes no time of a trajectory"),
    (spec(#""sampler": {"kind": "hmc", "trajectory": 0}"#), "sampler.trajectory", "or null"),
    (
      spec(#""sampler": {"kind": "hmc", "trajectory": 2, "leapfrogSteps": 4}"#), "sampler.trajectory",
      "leave one of the two out"
    ),
    (spec(#""sampler": {"kind": "hmc", "targetAcceptance": 1}"#), "sampler.targetAcceptance", "0.99"),
    (
      spec(#""sampler": {"kind": "ellipticalSlice", "targetAcceptance": 0.8}"#), "sampler.targetAcceptance",
      "no step size to tune"
    ),
    (
      spec(#""sampler": {"kind": "hmc", "stepSize": 0.1, "targetAcceptance": 0.8}"#), "sampler.targetAcceptance",
      "none is tuned"
    ),
    // record and evaluation
    (spec(#""record": {"weights": -1}"#), "record.weights", "or \"all\""),
    (spec(#""record": {"weights": "none"}"#), "record.weights", "found \"none\""),
    (spec(#""evaluation": {"count": 0}"#), "evaluation.count", "found 0"),
    (spec(#""evaluation": {"seed": "x"}"#), "evaluation.seed", "found \"x\""),
    (
      spec(task: #"{"kind": "inputSelection", "contexts": 100}"#, #""evaluation": {"count": 100000000}"#),
      "evaluation.count",
      "fewer stimuli"
    ),
  ]

  @Test(arguments: wrong.indices) func isRefused(index: Int) throws {
    let (text, keyPath, fragment) = Self.wrong[index]
    let error = try #require(ExperimentSamples.refusal(of: text), "accepted: \(text)")
    #expect(error.keyPath == keyPath, "\(error)")
    #expect(error.message.contains(fragment), "\(error)")
    #expect(error.kind == .input)
    // A fault within a table has its place there.
    #expect(["spec.json:", "gains.csv:"].contains { error.description.hasPrefix($0) }, "\(error)")
    #expect(error.description.split(separator: "\n").count <= 2)
  }

  @Test func errorsPointAtTheValue() {
    let error = ExperimentSamples.refusal(
      of:
        "{\n  \"task\": {\"kind\": \"inputSelection\", \"contexts\": 2},\n  \"network\": {\"kind\": \"gainModulatedLinear\",\n    \"neurons\": 0}\n}"
    )
    #expect(
      error?.description
        == "spec.json:4:16: network.neurons: found 0; allowed: a whole number from 1 to 1000000000")
  }

  @Test func missingKeysPointAtTheirObject() {
    let error = ExperimentSamples.refusal(of: Self.spec(network: #"{"kind": "twoLayer", "neurons": 4}"#))
    #expect(error?.place == .text(line: 3, column: 12))
  }

  @Test func unknownKeysPointAtTheKey() {
    let error = ExperimentSamples.refusal(of: Self.spec(#"  "samplr": {}"#))
    #expect(error?.place == .text(line: 4, column: 3))
  }

  @Test func syntaxErrorsBecomeSpecErrors() {
    let error = ExperimentSamples.refusal(of: "{\n\"task\": {\"kind\" \"x\"}}")
    let message = "expected \":\" after the key \"kind\", found a double quote"
    #expect(error?.description == "spec.json:2:17: task.kind: \(message)")
  }

  @Test func whatIsAllowedAtTheEdgesIsAccepted() throws {
    for text in [
      Self.spec(task: #"{"kind": "inputSelection", "contexts": 1024}"#),
      Self.spec(
        task: #"{"kind": "inputSelection", "contexts": 4096}"#, network: Self.twoLayer,
        #""stimuli": {"kind": "sampled"}"#),
      Self.spec(
        task: #"{"kind": "linearReadout", "target": ["# + Array(repeating: "[1]", count: 20).joined(separator: ",")
          + "]}"),
      Self.spec(network: Self.gains(#"{"kind": "binary", "activeProbability": 1}"#)),
      Self.spec(network: #"{"kind": "gainModulatedLinear", "neurons": 1e9}"#),
      Self.spec(network: Self.twoLayer),  // product: only the exact gain is needed
      Self.spec(network: #"{"kind": "twoLayer", "neurons": 5, "activation": "erf"}"#, Self.gibbs),
      Self.spec(network: #"{"kind": "deep", "widths": [3], "activation": "linear"}"#),
      Self.spec(network: #"{"kind": "deep", "widths": [3, 3], "activation": "linear"}"#, Self.gibbs),
      Self.spec(network: Self.deep(#""widths": [3, 3]"#), #""stimuli": {"kind": "sampled"}"#),
      Self.spec(#""weights": {"convention": "moment"}"#),
      Self.spec(#""ensemble": {"kind": "gibbs", "tightness": null, "expectedLoss": 1e-50}"#),
      Self.spec(#""sampler": {"kind": "exact", "warmup": 0, "draws": 1, "seed": 0, "chains": 1}"#),
      Self.spec(#""sampler": {"kind": "pcn", "stepSize": 1}"#),
      Self.spec(#""sampler": {"kind": "hmc", "leapfrogSteps": 1}"#),
      Self.spec(#""name": "Größe_2.0-β""#),
    ] { _ = try ExperimentSamples.read(text) }
  }

  @Test func spelling() {
    #expect(Spelling.distance("", "abc") == 3 && Spelling.distance("kitten", "sitting") == 3)
    #expect(Spelling.distance("ab", "ba") == 1)
    #expect(Spelling.nearest(to: "warmupp", among: ["draws", "warmup"]) == "warmup")
    #expect(Spelling.nearest(to: "x", among: ["draws", "warmup"]) == nil)
    #expect(Spelling.nearest(to: String(repeating: "a", count: 1 << 20), among: ["draws"]) == nil)
  }
}

@Suite struct ExperimentTableTests {
  private func refusal(of text: String, columns: Int? = nil) -> SpecError? {
    do {
      _ = try NumericTable.parse(
        Array(text.utf8), file: "t.csv",
        columns: columns.map { NumericTable.Columns(count: $0, meaning: "one a feature") })
      return nil
    } catch { return error }
  }

  @Test func readsCommasBlanksCommentsAndAllLineEnds() throws {
    let text = "\u{FEFF}# heading, of two\n1, -2.5\r\n\n .5\t+3e-2 # blanks\r4.,0"
    #expect(try NumericTable.parse(Array(text.utf8), file: "t.csv") == Matrix([[1, -2.5], [0.5, 0.03], [4, 0]]))
  }

  @Test(arguments: [
    ("", 1, 1, "empty"),
    ("# only\n\n", 3, 1, "empty"),
    ("a, b\n1, 2", 1, 1, "put # in front of a heading"),
    ("1, 2\n3, x", 2, 4, "found \"x\""),
    ("1, NaN", 1, 4, "found \"NaN\""),
    ("1, inf", 1, 4, "found \"inf\""),
    ("1, 1e999", 1, 4, "found \"1e999\""),
    ("1, 0x10", 1, 4, "found \"0x10\""),
    ("1,, 2", 1, 3, "an empty entry"),
    ("1, 2,", 1, 6, "an empty entry"),
    ("1, 2 3", 1, 4, "found \"2 3\""),
    ("1, 2\n\n3", 3, 1, "found a row of 1; allowed: 2 columns, as in the rows above"),
    ("1, \"2\"", 1, 4, "found"),
  ])
  func refuses(text: String, line: Int, column: Int, fragment: String) {
    let error = refusal(of: text)
    #expect(error?.place == .text(line: line, column: column), "\(String(describing: error))")
    #expect(error?.message.contains(fragment) == true, "\(String(describing: error))")
  }

  @Test func theNumberOfColumnsIsChecked() {
    #expect(refusal(of: "# x\n1, 2", columns: 2) == nil)
    let error = refusal(of: "# x\n1, 2", columns: 3)
    #expect(error?.description == "t.csv:2:1: found a row of 2; allowed: 3 columns (one a feature)")
  }

  @Test func bytesThatAreNotTextAreRefused() {
    #expect(throws: SpecError.self) { try NumericTable.parse([0x31, 0x2C, 0xFF], file: "t.csv") }
    #expect(throws: SpecError.self) { try NumericTable.parse([0x00, 0x01, 0x02], file: "t.csv") }
  }

  @Test func aFaultInATableNamesTheTableAndTheKey() {
    do {
      _ = try ExperimentSamples.read(
        Array(ExperimentSamples.fixedGains.utf8), files: ["gains.csv": "1, 0\n0, yes\n1, 1", "data/stimuli.csv": "1 2"])
      Issue.record("accepted")
    } catch {
      #expect(error.description.hasPrefix("gains.csv:2:4: network.gains.path: found \"yes\"; allowed: a number from"))
    }
  }
}
