// Small recurrent networks on trials with masks, contexts and several channels, and what they do by the definition.

import Sampling
import Testing

@testable import Networks

struct RecurrentCase: CustomTestStringConvertible {
  let architecture: RecurrentArchitecture
  let batch: TrialBatch
  let density: RecurrentDensity
  let position: [Double]
  var testDescription: String {
    "\(architecture.activation), leak \(architecture.leak), \(architecture.readoutScaling), \(batch.outputChannels) channels, rank \(architecture.lowRank?.rank ?? 0)"
  }

  static let scales = WeightScales(output: 1.3, input: 0.8, context: 1.4, hidden: 0.9)

  /// Trials of two channels of which only the first is asked for: the other's output weights are those of the prior.
  static func batchOfOneAskedChannel(trials: Int, times: Int) -> TrialBatch {
    let whole = batch(trials: trials, times: times)
    return try! TrialBatch(
      trials: trials, times: times, inputChannels: 2, outputChannels: 2, inputs: whole.inputs, targets: whole.targets,
      mask: whole.mask.enumerated().map { $0.offset % 2 == 0 ? 1 : 0 }, contextOfTrial: whole.contextOfTrial,
      contexts: 2)
  }

  /// Five trials of four steps in two contexts; of two channels, one is asked for at steps 2 and 3 (their rows follow each other) of all trials,
  /// the other here and there; of one channel, here and there.
  static func batch(channels: Int = 2, trials: Int = 5, times: Int = 4, full: Bool = false) -> TrialBatch {
    var (inputs, targets, mask): ([Double], [Double], [Double]) = ([], [], [])
    for trial in 0..<trials {
      for t in 0..<times {
        inputs += [0.7 - 0.3 * Double(trial) + 0.2 * Double(t * t), Double((trial + 2 * t) % 3) - 0.8]
        for channel in 0..<channels {
          targets.append(0.4 * Double(channel) - 0.25 * Double(trial % 3) + 0.15 * Double(t))
          mask.append(full || (channel == 1 ? t >= 2 : (trial + t) % 3 != 1) ? 1 : 0)
        }
      }
    }
    return try! TrialBatch(
      trials: trials, times: times, inputChannels: 2, outputChannels: channels, inputs: inputs, targets: targets,
      mask: mask, contextOfTrial: (0..<trials).map { $0 % 2 }, contexts: 2)
  }

  init(
    _ activation: Activation, neurons: Int = 7, leak: Double = 1,
    scaling: FeedforwardArchitecture.ReadoutScaling = .standard, channels: Int = 2, full: Bool = false,
    tightness: Double = 3, overlaps: [Double] = [], seed: UInt64 = 5
  ) {
    batch = Self.batch(channels: channels, full: full)
    var stream = try! RandomStream(StreamKey(seed: seed, chain: 0, purpose: .testing))
    architecture = RecurrentArchitecture(
      for: batch, neurons: neurons, activation: activation, leak: leak, readoutScaling: scaling,
      lowRank: overlaps.isEmpty
        ? nil : LowRankConnectivity(overlaps: overlaps, size: 1.5, neurons: neurons, using: &stream))
    density = RecurrentDensity(
      architecture: architecture, scales: Self.scales, trials: batch, tightness: tightness)
    position = density.drawPrior(using: &stream)
  }

  var ensemble: RecurrentEnsemble {
    RecurrentEnsemble(
      architecture: architecture, scales: Self.scales, trials: batch, tightness: density.tightness)
  }

  /// Activities [trial][time][neuron] and outputs [trial][time][channel], neuron by neuron.
  var naive: (activities: [[[Double]]], outputs: [[[Double]]]) {
    let n = architecture.neurons
    func weight(_ block: String, _ row: Int, _ i: Int) -> Double {
      position[density.layout[block]!.offset + row * n + i]
    }
    var (activities, outputs): ([[[Double]]], [[[Double]]]) = ([], [])
    for trial in 0..<batch.trials {
      var h = [Double](repeating: 0, count: n)
      var (own, answers): ([[Double]], [[Double]]) = ([], [])
      for t in 0..<batch.times {
        h = (0..<n).map { i in
          var z = weight("context_weights", batch.contextOfTrial[trial], i)
          for channel in 0..<batch.inputChannels {
            z +=
              weight("input_weights", channel, i)
              * batch.inputs[(trial * batch.times + t) * batch.inputChannels + channel]
          }
          for j in 0..<n { z += weight("recurrent_weights", j, i) * h[j] / Double(n).squareRoot() }
          if let part = architecture.lowRank {
            for r in 0..<part.rank {
              let state = (0..<n).reduce(0) { $0 + part.selecting[r, $1] * h[$1] } / Double(n)
              z += part.outgoing[r, i] * state
            }
          }
          return (1 - architecture.leak) * h[i] + architecture.leak * architecture.activation.value(z)
        }
        own.append(h)
        answers.append(
          (0..<batch.outputChannels).map { channel in
            architecture.readoutFactor * (0..<n).reduce(0) { $0 + weight("output_weights", channel, $1) * h[$1] }
          })
      }
      activities.append(own)
      outputs.append(answers)
    }
    return (activities, outputs)
  }

  /// K/(2M) Σ (y − Y)² over the masked entries.
  var naiveLoss: Double {
    let outputs = naive.outputs
    var (sum, count) = (0.0, 0)
    for trial in 0..<batch.trials {
      for t in 0..<batch.times {
        for channel in 0..<batch.outputChannels {
          let entry = (trial * batch.times + t) * batch.outputChannels + channel
          guard batch.mask[entry] == 1 else { continue }
          let error = outputs[trial][t][channel] - batch.targets[entry]
          sum += error * error
          count += 1
        }
      }
    }
    return Double(batch.contexts) / (2 * Double(count)) * sum
  }
}
