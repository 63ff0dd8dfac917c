// Valid experiments of every kind, for the tests of the spec reader, and a disk made of memory.

import Sampling

@testable import Experiments
@testable import mcmc_run

enum ExperimentSamples {
  static let minimal =
    #"{"task": {"kind": "inputSelection", "contexts": 2}, "network": {"kind": "gainModulatedLinear", "neurons": 100}}"#

  /// Every section and every key of a product ensemble, with comments and unquoted keys.
  static let complete = """
    // an experiment
    {
      "name": "two-contexts",
      "task":     { "kind": "linearReadout", "target": [[1, 0], [0, 0.5], [0, 0]] },
      network:    { "kind": "gainModulatedLinear", "neurons": 100, "gains": { "kind": "binary", "activeProbability": 0.5 } },
      "weights":  { "convention": "moment", "output": 2.0, "input": 1.5, "context": 1.0, "hidden": 1.0 },
      "ensemble": { "kind": "product" },
      "stimuli":  { "kind": "gaussian", "covariance": [[2, 0.5], [0.5, 1]] },
      "sampler":  { "kind": "exact", "chains": 4, "warmup": 500, "draws": 1e3, "thin": 1, "seed": 1,
                    "generator": "mt19937", "stepSize": null, "leapfrogSteps": null, "metric": "diagonal" },
      "observables": ["largest_weight", { name: "w4", of: "w^4", reduce: "mean" }, { "name": "x", "of": "loss/w4" }],
      "record":     { "weights": "all" },   /* whole networks */
      "evaluation": { "count": 1000, "seed": 2, },
    }

    """

  static let gibbs = """
    {
      "name": "interacting",
      "task": { "kind": "inputSelection", "contexts": 2 },
      "network": { "kind": "gainModulatedLinear", "neurons": 10, "gains": { "kind": "binary" } },
      "ensemble": { "kind": "gibbs", "tightness": 20 },
      "stimuli": { "kind": "sampled", "count": 64, "seed": 7 },
      "sampler": { "kind": "mala", "chains": "4..7", "stepSize": 0.1 },
      "record": { "weights": 0 }
    }
    """

  static let fixedGains = """
    {
      "task": { "kind": "inputSelection", "contexts": 2 },
      "network": { "kind": "gainModulatedLinear", "neurons": 3, "gains": { "kind": "fixed", "path": "gains.csv" } },
      "stimuli": { "kind": "file", "path": "data/stimuli.csv" }
    }
    """

  static let continuousGains = """
    {
      "task": { "kind": "inputSelection", "contexts": 3 },
      "network": { "kind": "gainModulatedLinear", "neurons": 50, "gains": { "kind": "continuous", "activation": "relu" } },
      "ensemble": { "kind": "gibbs", "expectedLoss": 0.01 }
    }
    """

  static let twoLayer = """
    {
      "task": { "kind": "linearReadout", "target": [[1, 0, -1]] },
      "network": { "kind": "twoLayer", "neurons": 100, "activation": "tanh" },
      "ensemble": { "kind": "gibbs", "tightness": 50.5 },
      "stimuli": { "kind": "sampled" },
      "sampler": { "kind": "hmc", "leapfrogSteps": 10, "metric": "dense" }
    }
    """

  static let deep = """
    {
      "task": { "kind": "inputSelection", "contexts": 2 },
      "network": { "kind": "deep", "widths": [32, 32], "activation": "tanh", "readoutScaling": "standard",
                   "contextLayers": "all" },
      "weights": { "hidden": 1.4142135623730951 },
      "ensemble": { "kind": "gibbs", "tightness": 50 },
      "stimuli": { "kind": "sampled", "count": 32 },
      "sampler": { "kind": "nuts", "seed": 9223372036854775807 }
    }
    """

  static let givenOutputs = """
    {
      "task": { "kind": "inputSelection", "contexts": 2 },
      "network": { "kind": "twoLayer", "neurons": 3, "activation": "hermite2", "readout": "fixed", "path": "outputs.csv",
                   "weightKind": { "input": "sign", "context": "gaussian" } },
      "weights": { "input": 0.5 },
      "ensemble": { "kind": "gibbs", "tightness": 5 },
      "stimuli": { "kind": "file", "path": "data/stimuli.csv" },
      "sampler": { "kind": "nuts" }
    }
    """

  static let integration = """
    {
      "task": { "kind": "evidenceIntegration", "contexts": 3, "loop": 0.9, "drive": -1 },
      "network": { "kind": "gainModulatedLinear", "neurons": 20 },
      "sampler": { "draws": 100 }
    }
    """

  static let moments = """
    {
      "task": { "kind": "moments", "contexts": 2, "loadings": ["n", "m", "w"], "constraints": [
        { "of": ["n", "m"], "context": 0, "value": 0.8 }, { "of": ["m", "n"], "value": 1.5 },
        { "of": ["w", "w"], "context": null, "value": 2 } ] },
      "network": { "kind": "gainModulatedLinear", "neurons": 20, "gains": { "activeProbability": 0.25 } },
      "weights": { "loading": [1, 2, 0.5] },
      "observables": [{ "name": "n4", "of": "n^4*g0", "reduce": "mean" }]
    }
    """

  static let flipFlop = """
    {
      "task": { "kind": "flipFlop", "bits": 2, "steps": 5, "probability": 0.5, "trials": 3, "seed": 4 },
      "network": { "kind": "recurrent", "neurons": 6, "activation": "relu", "leak": 0.5, "readoutScaling": "meanField" },
      "ensemble": { "kind": "gibbs", "tightness": 3 }, "evaluation": { "count": 4 }
    }
    """

  static let lowRank = """
    {
      "task": { "kind": "flipFlop", "steps": 5 },
      "network": { "kind": "recurrent", "neurons": 6, "activation": "erf",
        "lowRank": { "kind": "random", "overlaps": [1.5, -0.5], "size": 2, "seed": 3 } },
      "ensemble": { "kind": "gibbs", "tightness": 0 }
    }
    """

  static let contextDecision = """
    {
      "task": { "kind": "contextDecision", "cohs": [0, 50], "sigma": 0, "mask": "all", "dt": 50, "delay": 0, "trials": 2 },
      "network": { "kind": "recurrent", "neurons": 6, "activation": "tanh" },
      "ensemble": { "kind": "gibbs", "tightness": 3 }
    }
    """

  static let perceptualDecision = """
    {
      "task": { "kind": "perceptualDecision", "choices": 3, "stimulus": 500 },
      "network": { "kind": "recurrent", "neurons": 6, "activation": "tanh" },
      "ensemble": { "kind": "gibbs", "tightness": 3 }
    }
    """

  static let delayedComparison = """
    {
      "task": { "kind": "delayedComparison", "vpairs": [[3, 1], [2, 5]], "sigma": 0.5, "delay": 200 },
      "network": { "kind": "recurrent", "neurons": 6, "activation": "tanh" },
      "ensemble": { "kind": "gibbs", "tightness": 3 }
    }
    """

  static let sine = """
    {
      "task": { "kind": "sine", "frequencies": [0.5, 1, 2], "duration": 500 },
      "network": { "kind": "recurrent", "neurons": 6, "activation": "tanh" },
      "ensemble": { "kind": "gibbs", "tightness": 3 }
    }
    """

  static let signs = """
    {
      "task": { "kind": "inputSelection", "contexts": 2 },
      "network": { "kind": "deep", "widths": [4, 3], "activation": "sign", "readout": "fixed", "readoutSeed": 12,
                   "weightKind": "sign" },
      "ensemble": { "kind": "gibbs", "tightness": 5 },
      "stimuli": { "kind": "sampled", "count": 8 },
      "sampler": { "kind": "flips" }
    }
    """

  static let targets = """
    {
      "task": { "kind": "targets", "path": "targets.csv", "features": 2,
                "heldOut": { "stimuli": "data/stimuli.csv", "targets": "targets.csv" } },
      "network": { "kind": "gainModulatedLinear", "neurons": 3, "gains": { "kind": "fixed", "path": "gains.csv" } },
      "ensemble": { "kind": "gibbs", "tightness": 3 },
      "stimuli": { "kind": "file", "path": "data/stimuli.csv" },
      "sampler": { "start": ["prior", "network.csv"] }
    }
    """

  static let teacher = """
    {
      "task": { "kind": "teacher", "contexts": 2, "features": 3, "noise": 0.25, "seed": 4,
                "network": { "kind": "twoLayer", "neurons": 4, "activation": "tanh" }, "weights": { "input": 2 } },
      "network": { "kind": "twoLayer", "neurons": 4, "activation": "tanh" },
      "ensemble": { "kind": "gibbs" },
      "stimuli": { "kind": "sampled", "count": 8 },
      "sampler": { "start": "teacher" }
    }
    """

  static let all = [
    minimal, complete, gibbs, fixedGains, continuousGains, twoLayer, deep, givenOutputs, signs, targets, teacher,
    integration, moments, flipFlop, lowRank, contextDecision, perceptualDecision, delayedComparison, sine,
  ]

  static let files = [
    "gains.csv": "# gains\n1, 0\n0, 1\n1, 1\n", "data/stimuli.csv": "0.5 -1\n1e-3 2\n", "outputs.csv": "1\n-0.5\n2\n",
    "targets.csv": "1, 2\n-0.5, 3\n", "network.csv": "1,2,3,4,5,6,7,8,9\n", "nan.csv": "1\nnan\n",
    "empty.csv": "# nothing\n",
  ]

  /// Reads `text` as `spec.json`, the data files from ``files``.
  static func read(_ text: String, overrides: SpecOverrides = SpecOverrides()) throws(SpecError) -> Experiment {
    try read(Array(text.utf8), overrides: overrides)
  }

  static func read(
    _ bytes: [UInt8], overrides: SpecOverrides = SpecOverrides(), files: [String: String] = Self.files,
    binaryFiles: [String: [UInt8]] = [:]
  ) throws(SpecError) -> Experiment {
    try Experiment(bytes, file: "spec.json", folder: "/specs", overrides: overrides) {
      (location: DataFile.Location) throws(SpecError) -> [UInt8] in
      if let bytes = binaryFiles[location.path] { return bytes }
      guard let text = files[location.path] else {
        throw SpecError(file: location.path, place: .file, message: "there is no such file")
      }
      return Array(text.utf8)
    }
  }

  /// The error for a text that must be refused; nil if it is accepted.
  static func refusal(of text: String, overrides: SpecOverrides = SpecOverrides()) -> SpecError? {
    do {
      _ = try read(text, overrides: overrides)
      return nil
    } catch { return error }
  }
}
