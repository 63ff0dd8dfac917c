// What help says can be done can be done.

import Foundation
import JSON
import Networks
import Sampling
import Storage
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct HelpTruthTests {
  /// Specs that between them name every kind and every word that help lists.
  private static let specs: [String] = {
    let task = "\"task\": { \"kind\": \"inputSelection\", \"contexts\": 2 }"
    let gibbs = "\"ensemble\": { \"kind\": \"gibbs\", \"tightness\": 2 }"
    let sampled = "\"stimuli\": { \"kind\": \"sampled\", \"count\": 8 }"
    var list = [
      "{ \"task\": { \"kind\": \"linearReadout\", \"target\": [[1, 0]] }, \"network\": { \"kind\": \"gainModulatedLinear\", \"neurons\": 4 } }",
      "{ \(task), \"network\": { \"kind\": \"gainModulatedLinear\", \"neurons\": 2, \"gains\": { \"kind\": \"fixed\", \"path\": \"gains.csv\" } }, \(gibbs), \"sampler\": { \"kind\": \"collapsedGibbs\" } }",
      "{ \(task), \"network\": { \"kind\": \"gainModulatedLinear\", \"neurons\": 2 }, \"weights\": { \"convention\": \"moment\" }, \"sampler\": { \"kind\": \"exact\" } }",
      "{ \(task), \"network\": { \"kind\": \"twoLayer\", \"neurons\": 4, \"activation\": \"tanh\" }, \"stimuli\": { \"kind\": \"file\", \"path\": \"stimuli.csv\" } }",
    ]
    list.append(
      "{ \"task\": { \"kind\": \"evidenceIntegration\", \"contexts\": 2 }, \"network\": { \"kind\": \"gainModulatedLinear\", \"neurons\": 4 } }"
    )
    list.append(
      "{ \"task\": { \"kind\": \"moments\", \"loadings\": [\"a\"], \"constraints\": [] }, \"network\": { \"kind\": \"gainModulatedLinear\", \"neurons\": 4 } }"
    )
    list += [
      "{ \"task\": { \"kind\": \"targets\", \"path\": \"targets.csv\" }, \"network\": { \"kind\": \"twoLayer\", \"neurons\": 4, \"activation\": \"tanh\" }, \(gibbs), \"stimuli\": { \"kind\": \"file\", \"path\": \"stimuli.csv\" } }",
      "{ \"task\": { \"kind\": \"teacher\", \"contexts\": 2, \"features\": 3, \"noise\": 0.1 }, \"network\": { \"kind\": \"gainModulatedLinear\", \"neurons\": 4 }, \"ensemble\": { \"kind\": \"gibbs\" }, \(sampled) }",
    ]
    for task in [
      "\"trials\", \"path\": \"trials.npz\"", "\"flipFlop\"", "\"perceptualDecision\"",
      "\"contextDecision\", \"mask\": \"all\"", "\"delayedComparison\", \"mask\": \"decision\"", "\"sine\"",
    ] {
      list.append(
        "{ \"task\": { \"kind\": \(task) }, \"network\": { \"kind\": \"recurrent\", \"neurons\": 4, \"activation\": \"tanh\" }, \(gibbs) }"
      )
    }
    for part in ["\"random\", \"overlaps\": [1]", "\"file\", \"path\": \"vectors.csv\""] {
      list.append(
        "{ \"task\": { \"kind\": \"sine\" }, \"network\": { \"kind\": \"recurrent\", \"neurons\": 4, \"activation\": \"tanh\", \"lowRank\": { \"kind\": \(part) } }, \(gibbs) }"
      )
    }
    for sampler in SamplerName.allCases where ![.exact, .collapsedHmc, .flips].contains(sampler) {
      list.append(
        "{ \(task), \"network\": { \"kind\": \"gainModulatedLinear\", \"neurons\": 4 }, \(gibbs), \"sampler\": { \"kind\": \"\(sampler.rawValue)\" } }"
      )
    }
    list.append(
      "{ \(task), \"network\": { \"kind\": \"twoLayer\", \"neurons\": 4, \"activation\": \"relu\" }, \(gibbs), \(sampled), \"sampler\": { \"kind\": \"collapsedHmc\" } }"
    )
    list.append(
      "{ \(task), \"network\": { \"kind\": \"gainModulatedLinear\", \"neurons\": 4 }, \"ensemble\": { \"kind\": \"hard\" } }"
    )
    list.append(
      "{ \(task), \"network\": { \"kind\": \"twoLayer\", \"neurons\": 9, \"activation\": \"tanh\" }, \"ensemble\": { \"kind\": \"hard\", \"on\": \"readout\" }, \(sampled) }"
    )
    for network in ["\"twoLayer\", \"neurons\": 4", "\"deep\", \"widths\": [3, 4]"] {
      for forms in ["\"weightKind\": \"sign\"", "\"readout\": \"fixed\"", "\"readout\": \"drawn\""] {
        list.append(
          "{ \(task), \"network\": { \"kind\": \(network), \"activation\": \"relu\", \(forms) }, \(gibbs), \(sampled) }"
        )
      }
    }
    list.append(
      "{ \(task), \"network\": { \"kind\": \"twoLayer\", \"neurons\": 4, \"activation\": \"relu\", \"weightKind\": \"sign\" }, \(gibbs), \(sampled), \"sampler\": { \"kind\": \"flips\" } }"
    )
    for metric in MetricName.allCases {
      list.append(
        "{ \(task), \"network\": { \"kind\": \"gainModulatedLinear\", \"neurons\": 4 }, \(gibbs), \"sampler\": { \"metric\": \"\(metric.rawValue)\" } }"
      )
    }
    for known in Activation.allCases {
      let activation = known.rawValue
      list.append(
        "{ \(task), \"network\": { \"kind\": \"twoLayer\", \"neurons\": 4, \"activation\": \"\(activation)\" }, \(gibbs), \(sampled) }"
      )
      if known.hasBoundedGains {
        list.append(
          "{ \(task), \"network\": { \"kind\": \"gainModulatedLinear\", \"neurons\": 4, \"gains\": { \"kind\": \"continuous\", \"activation\": \"\(activation)\" } }, \(gibbs) }"
        )
      }
      for (scaling, layers) in [("meanField", "first"), ("standard", "all"), ("standard", "none")] {
        list.append(
          "{ \(task), \"network\": { \"kind\": \"deep\", \"widths\": [3, 2], \"activation\": \"\(activation)\", \"readoutScaling\": \"\(scaling)\", \"contextLayers\": \"\(layers)\" }, \(gibbs), \(sampled) }"
        )
      }
    }
    return list
  }()

  private static func experiment(_ text: String) throws -> Experiment {
    try ExperimentSamples.read(
      Array(text.utf8),
      files: [
        "gains.csv": "1,0\n0,1\n", "stimuli.csv": "1,2\n3,5\n0,1\n", "targets.csv": "1\n-1\n0.5\n",
        "vectors.csv": "1,2\n0,1\n-1,1\n2,1\n",
      ],
      binaryFiles: [
        "trials.npz": try NPZFile.bytes(
          [("inputs", [1, 2, 1], [1, 0], .real), ("targets", [1, 2, 1], [0, 1], .real)], by: "test")
      ])
  }

  /// Every kind of every section, and every word of a choice, stands in a spec that is read, is not refused, and has an ensemble or
  /// a problem that is solved for by sampling.
  @Test func everyKindThatHelpListsRuns() throws {
    var seen: Set<String> = []
    for text in Self.specs {
      let experiment = try Self.experiment(text)
      if !experiment.needsSampledSolution { _ = try experiment.networkEnsemble() }
      note(experiment.resolvedJSON, at: "", in: &seen)
    }
    for section in SpecSchema.sections {
      for key in section.allKeys {
        // Generators have a test of their own.
        guard case .choice(let words) = key.form, key.name != "generator" else { continue }
        // Nothing is written of what is so anyway.
        for word in words
        where ![("network", "drawn"), ("network.lowRank", "none")].contains(where: { $0 == (section.path, word) }) {
          let place = (section.path.isEmpty ? "" : "\(section.path).") + "\(key.name)=\(word)"
          #expect(seen.contains(place), "help lists \(place), and no spec here has it")
        }
      }
    }
  }

  private func note(_ value: JSONValue, at path: String, in seen: inout Set<String>) {
    switch value.content {
    case .object(let members):
      for member in members { note(member.value, at: path.isEmpty ? member.key : "\(path).\(member.key)", in: &seen) }
    case .string(let word): seen.insert("\(path)=\(word)")
    default: break
    }
  }

  /// A spec that is read has an ensemble, whatever activation, model, ensemble and stimuli meet in it: what has none is refused with
  /// its place in the file.
  @Test(arguments: Activation.allCases.map(\.rawValue))
  func whatIsReadHasAnEnsemble(activation: String) throws {
    func requireDensity(_ ensemble: some SampledEnsemble) throws { _ = try ensemble.density() }
    var (read, refused) = (0, 0)
    for network in [
      "{ \"kind\": \"gainModulatedLinear\", \"neurons\": 4, \"gains\": { \"kind\": \"continuous\", \"activation\": \"\(activation)\" } }",
      "{ \"kind\": \"twoLayer\", \"neurons\": 4, \"activation\": \"\(activation)\" }",
      "{ \"kind\": \"deep\", \"widths\": [4], \"activation\": \"\(activation)\" }",
      "{ \"kind\": \"deep\", \"widths\": [3, 2], \"activation\": \"\(activation)\" }",
    ] {
      for ensemble in ["{ \"kind\": \"product\" }", "{ \"kind\": \"gibbs\", \"tightness\": 2 }"] {
        for stimuli in ["{ \"kind\": \"gaussian\" }", "{ \"kind\": \"sampled\", \"count\": 8 }"] {
          let text = """
            { "task": { "kind": "inputSelection", "contexts": 2 }, "network": \(network), "ensemble": \(ensemble),
              "stimuli": \(stimuli) }
            """
          do {
            let experiment = try Self.experiment(text)
            read += 1
            if !experiment.needsSampledSolution { try requireDensity(try experiment.networkEnsemble()) }
          } catch let error as SpecError {
            refused += 1
            let isGain =
              error.keyPath == "network.gains.activation" && !Activation(rawValue: activation)!.hasBoundedGains
            #expect(error.keyPath == "stimuli.kind" || error.keyPath == "ensemble.kind" || isGain, "\(error)")
          } catch is MaxEntropyError {
            // Gains that are always 1 give one readout in all contexts: no such networks do this task.
            #expect(activation == "linear")
          }
        }
      }
    }
    // Of activations whose gains are not bounded, gibbs ensembles only.
    #expect(read >= (Activation(rawValue: activation)!.hasBoundedGains ? 9 : 3) && read + refused <= 16)
  }

  /// What help says is refused, is; and it disowns nothing else.
  @Test func helpDisownsNothing() {
    let text = SpecHelp.text()
    for words in ["This version", "are read and refused", "not yet", "not implemented", "in a later version"] {
      #expect(!text.contains(words))
      for command in Program.mcmcRun.commands {
        #expect(!HelpText.of(command.description, program: "mcmc-run").contains(words), "\(command.description.name)")
      }
    }
    for rule in MeaningRule.all { #expect(!rule.refuses.isEmpty) }
  }

  /// What findings advise can be said in a spec or on the command line.
  @Test func adviceCanBeFollowed() {
    // Every kernel at its worst, and the draws of a run that went wrong.
    let bad = ChainStatistics(
      chain: 0, transitions: 100, moves: 0, nonFiniteRejections: 50, acceptanceRate: 0.01, targetAcceptanceRate: 0.8,
      divergences: 50, treeDepthSaturations: 50, eBFMI: 0.01)
    let findings = Finding.sampling([bad]) + [Finding.biasedKernel("ula", measuredBias: nil)]
    let advice = findings.map(\.advice).filter { !$0.isEmpty }
    #expect(advice.count == 7)
    let keys = Set(SamplerSection.schema.allKeys.map(\.name))
    let ways: [(words: String, key: String)] = [
      ("step size", "stepSize"), ("leapfrog steps", "leapfrogSteps"), ("arm up", "warmup"), ("draws", "draws"),
      ("arm-up", "warmup"), ("target acceptance", "targetAcceptance"), ("tree depth", "treeDepth"),
      ("metric", "metric"), ("tempering", "kind"), ("smaller step", "stepSize"),
    ]
    for text in advice {
      let named = ways.filter { text.contains($0.words) }
      #expect(!named.isEmpty, "\(text)")
      for way in named { #expect(keys.contains(way.key), "\(way.words) is no key of the spec: \(text)") }
      #expect(!text.localizedCaseInsensitiveContains("reparametri"))
    }
  }

  /// The limits that help and refusals state are those of the solver.
  @Test func contextsAreAllowedUpToTheSolversLimit() {
    func refusal(_ contexts: Int) -> SpecError? {
      ExperimentSamples.refusal(
        of: "{ \"task\": { \"kind\": \"inputSelection\", \"contexts\": \(contexts) }, "
          + "\"network\": { \"kind\": \"gainModulatedLinear\", \"neurons\": 4 } }")
    }
    #expect(refusal(MeaningRule.mostSymmetricContexts) == nil)
    #expect(refusal(MeaningRule.mostSymmetricContexts + 1)?.message.contains("1 to 1024") == true)
  }
}
