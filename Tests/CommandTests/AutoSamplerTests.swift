// Which sampler "auto" takes, model by model.

import Testing

@testable import Experiments

@Suite struct AutoSamplerTests {
  private static func spec(
    _ network: String, _ ensemble: String, _ stimuli: String = #"{ "kind": "sampled", "count": 20 }"#
  )
    -> String
  {
    """
    { "task": { "kind": "inputSelection", "contexts": 2 }, "network": \(network), "ensemble": \(ensemble), "stimuli": \(stimuli) }
    """
  }

  private static func twoLayer(_ activation: String, _ neurons: Int) -> String {
    #"{ "kind": "twoLayer", "neurons": \#(neurons), "activation": "\#(activation)" }"#
  }

  private static func gibbs(_ tightness: Double) -> String { #"{ "kind": "gibbs", "tightness": \#(tightness) }"# }

  private static func strained(_ output: String) -> String {
    spec(twoLayer("tanh", 100), gibbs(5)).replacing(
      "{ \"task\"", with: "{ \"weights\": { \"output\": \(output), \"input\": 5 }, \"task\"")
  }

  static let cases: [(String, SamplerName)] = [
    (
      spec(#"{ "kind": "gainModulatedLinear", "neurons": 9 }"#, #"{ "kind": "product" }"#, #"{ "kind": "gaussian" }"#),
      .exact
    ),
    // Neurons of an odd activation, none of which decides the sum ...
    (spec(twoLayer("tanh", 100), gibbs(50)), .neuronGibbs), (spec(twoLayer("erf", 50), gibbs(0)), .independence),
    (spec(twoLayer("linear", 100), gibbs(1)), .neuronGibbs),
    (
      spec(#"{ "kind": "deep", "widths": [80], "activation": "tanh", "readoutScaling": "standard" }"#, gibbs(10)),
      .neuronGibbs
    ),
    // ... and neurons that are bound too firmly, whose responses have one sign, or that are far from their prior.
    (spec(twoLayer("tanh", 5), gibbs(200)), .collapsedHmc), (spec(twoLayer("tanh", 100), gibbs(1e4)), .collapsedHmc),
    (spec(twoLayer("softplus", 100), gibbs(1)), .collapsedHmc),
    (spec(twoLayer("relu", 100), gibbs(0.1)), .collapsedHmc),
    (spec(twoLayer("gelu", 100), gibbs(1)), .collapsedHmc),
    (spec(twoLayer("tanh", 50), #"{ "kind": "gibbs", "expectedLoss": 0.1 }"#), .collapsedHmc),
    (strained("0.2"), .collapsedHmc), (strained("1"), .neuronGibbs),
    (spec(#"{ "kind": "deep", "widths": [8, 8], "activation": "tanh" }"#, gibbs(50)), .collapsedHmc),
    // Neurons without gradients; signs alone, and beside normal weights; given output weights.
    (spec(twoLayer("sign", 100), gibbs(1)), .neuronGibbs), (spec(twoLayer("sign", 5), gibbs(200)), .ellipticalSlice),
    (spec(#"{ "kind": "deep", "widths": [8, 8], "activation": "sign" }"#, gibbs(1)), .ellipticalSlice),
    (spec(twoLayer("hermite2", 100), gibbs(1)), .collapsedHmc),
    (spec(#"{ "kind": "twoLayer", "neurons": 9, "activation": "tanh", "weightKind": "sign" }"#, gibbs(1)), .flips),
    (
      spec(#"{ "kind": "twoLayer", "neurons": 9, "activation": "sign", "weightKind": { "input": "sign" } }"#, gibbs(1)),
      .ellipticalSlice
    ),
    (
      spec(#"{ "kind": "twoLayer", "neurons": 9, "activation": "tanh", "weightKind": { "input": "sign" } }"#, gibbs(1)),
      .hmc
    ),
    (spec(#"{ "kind": "twoLayer", "neurons": 9, "activation": "tanh", "readout": "fixed" }"#, gibbs(1)), .hmc),
    // Where output weights are not Gaussian given the rest, or a matrix of many outputs would be dearer than the steps that it saves.
    (spec(twoLayer("erf", 50), gibbs(1), #"{ "kind": "gaussian" }"#), .hmc),
    (spec(twoLayer("relu", 300), gibbs(1), #"{ "kind": "sampled", "count": 300 }"#), .hmc),
    (
      spec(
        #"{ "kind": "deep", "widths": [3, 300], "activation": "relu" }"#, gibbs(1),
        #"{ "kind": "sampled", "count": 300 }"#), .hmc
    ),
    (
      spec(#"{ "kind": "deep", "widths": [8, 8], "activation": "tanh" }"#, gibbs(50)).replacing(
        "{ \"task\"", with: "{ \"sampler\": { \"metric\": \"dense\" }, \"task\""), .hmc
    ),
  ]

  @Test(arguments: cases) func takes(text: String, expected: SamplerName) throws {
    #expect(SamplerChoice(try ExperimentSamples.read(text)).kind == expected)
  }
}

@Suite struct GradientSamplerTests {
  /// Samplers that follow gradients are refused where there are none, before anything is drawn, with those that are left.
  @Test(arguments: ["hmc", "nuts", "mala", "ula", "ghmc", "tempering", "collapsedHmc"])
  func areRefusedForSigns(sampler: String) throws {
    let text = """
      { "task": { "kind": "inputSelection", "contexts": 2 },
        "network": { "kind": "twoLayer", "neurons": 4, "activation": "sign" },
        "ensemble": { "kind": "gibbs", "tightness": 2 }, "stimuli": { "kind": "sampled", "count": 8 },
        "sampler": { "kind": "\(sampler)" } }
      """
    let error = try #require(ExperimentSamples.refusal(of: text))
    #expect(error.keyPath == "sampler.kind" && error.message.contains("\"\(sampler)\" follows gradients"))
    for allowed in ["auto"] + SamplerName.withoutGradients.map(\.rawValue) {
      #expect(error.message.contains("\"\(allowed)\""))
      _ = try ExperimentSamples.read(text.replacing("\"\(sampler)\" }", with: "\"\(allowed)\" }"))
    }
  }
}
