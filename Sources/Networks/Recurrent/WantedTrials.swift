// Wanted outputs of trials, where a mask asks for them, in the order in which networks are run.

import Sampling

/// The masked wanted outputs, by output channel and then by row (step, trial).
///
/// L = (K/2M) Σ (y − Y)² over the M masked entries: with one step and every stimulus in every context it is the loss of THEORY section 1.
struct WantedTrials: Sendable {
  /// The entries of one output channel.
  struct Channel: Sendable {
    /// The rows that count, ascending.
    let rows: [Int]
    /// Y, one for each of them.
    var wanted: [Double]
    /// Whether the rows follow each other without gaps, so that no features have to be gathered.
    let areContiguous: Bool
  }

  private(set) var channels: [Channel]
  /// K/(2 M): what a squared error adds to the loss.
  let unit: Double
  private let trials, times: Int

  init(_ batch: TrialBatch) {
    (trials, times) = (batch.trials, batch.times)
    channels = (0..<batch.outputChannels).map { channel in
      var (rows, wanted): ([Int], [Double]) = ([], [])
      for t in 0..<batch.times {
        for trial in 0..<batch.trials {
          let entry = (trial * batch.times + t) * batch.outputChannels + channel
          guard batch.mask[entry] != 0 else { continue }
          rows.append(t * batch.trials + trial)
          wanted.append(batch.targets[entry])
        }
      }
      let areContiguous = rows.isEmpty || rows[rows.count - 1] - rows[0] + 1 == rows.count
      return Channel(rows: rows, wanted: wanted, areContiguous: areContiguous)
    }
    unit = Double(batch.contexts) / (2 * Double(batch.maskedEntries))
  }

  /// All wanted outputs, channel by channel.
  var values: [Double] { channels.flatMap(\.wanted) }

  /// Σ (y − Y)², with `scale` times ∂/∂y of half of it written to `slopes`; both y and slopes are [row, output channel]. O(rows).
  func squaredError(
    _ outputs: UnsafePointer<Double>, scale: Double, slopes: UnsafeMutablePointer<Double>
  ) -> Double {
    let count = channels.count
    for k in 0..<trials * times * count { slopes[k] = 0 }
    var sum = 0.0
    for channel in 0..<count {
      channels[channel].rows.withUnsafeBufferPointer { rows in
        channels[channel].wanted.withUnsafeBufferPointer { wanted in
          for s in 0..<rows.count {
            let entry = rows[s] * count + channel
            let error = outputs[entry] - wanted[s]
            sum += error * error
            slopes[entry] = scale * error
          }
        }
      }
    }
    return sum
  }

  /// The same with wanted outputs N(y, spread²), y [row, output channel].
  func drawn(given outputs: [Double], spread: Double, using stream: inout RandomStream) -> WantedTrials {
    var copy = self
    for channel in channels.indices {
      for (s, row) in channels[channel].rows.enumerated() {
        copy.channels[channel].wanted[s] = outputs[row * channels.count + channel] + spread * stream.standardNormal()
      }
    }
    return copy
  }
}
