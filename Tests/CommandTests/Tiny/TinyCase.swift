// One tiny ensemble twice: as an experiment file for the program, and as formulas for the quadrature.

import Foundation
import Testing

/// An ensemble of one or two output weights.
struct TinyCase: Sendable, CustomTestStringConvertible {
  enum Model: Sendable {
    /// Gains φ'(b).
    case continuousGains(TinyActivation, neurons: Int)
    case binaryGains(probability: Double, neurons: Int)
    /// [neuron][context].
    case givenGains([[Double]])
    case twoLayer(TinyActivation, neurons: Int)
    case deep(TinyActivation, widths: [Int], scaling: String, drives: String)
  }

  var name: String
  var model: Model
  /// A, [context][feature].
  var target = [[1.0]]
  /// [stimulus][feature]; nil for Gaussian ones.
  var stimuli: [[Double]]? = [[-1], [0.5], [1.5]]
  var tightness = 10.0
  /// Prior standard deviations.
  var output = 1.0
  var input = 1.0
  var context = 1.0
  var hidden = 1.0
  /// Stimuli whose answers are averaged too, and bind nothing.
  var probes: [[Double]] = []

  var testDescription: String { name }
  var contexts: Int { target.count }
  var features: Int { target[0].count }

  // MARK: - As an experiment

  /// The text of the experiment file; `stimuli.csv` and `gains.csv` are beside it.
  func spec(_ sampler: String, draws: Int) throws -> String {
    var network: [String: Any]
    switch model {
    case .continuousGains(let activation, let neurons):
      network = [
        "kind": "gainModulatedLinear", "neurons": neurons,
        "gains": ["kind": "continuous", "activation": activation.rawValue],
      ]
    case .binaryGains(let probability, let neurons):
      network = [
        "kind": "gainModulatedLinear", "neurons": neurons,
        "gains": ["kind": "binary", "activeProbability": probability] as [String: Any],
      ]
    case .givenGains(let gains):
      network = [
        "kind": "gainModulatedLinear", "neurons": gains.count, "gains": ["kind": "fixed", "path": "gains.csv"],
      ]
    case .twoLayer(let activation, let neurons):
      network = ["kind": "twoLayer", "neurons": neurons, "activation": activation.rawValue]
    case .deep(let activation, let widths, let scaling, let drives):
      network = [
        "kind": "deep", "widths": widths, "activation": activation.rawValue, "readoutScaling": scaling,
        "contextLayers": drives,
      ]
    }
    let spec: [String: Any] = [
      "name": "tiny", "task": ["kind": "linearReadout", "target": target] as [String: Any], "network": network,
      "ensemble": ["kind": "gibbs", "tightness": tightness] as [String: Any],
      "weights": ["output": output, "input": input, "context": context, "hidden": hidden],
      "stimuli": stimuli == nil ? ["kind": "gaussian"] : ["kind": "file", "path": "stimuli.csv"],
      "sampler": ["kind": sampler, "chains": 4, "warmup": 500, "draws": draws, "seed": 11] as [String: Any],
      "record": ["weights": 300],
    ]
    return String(decoding: try JSONSerialization.data(withJSONObject: spec), as: UTF8.self)
  }

  static func csv(_ rows: [[Double]]) -> String {
    rows.map { $0.map { "\($0)" }.joined(separator: ",") + "\n" }.joined()
  }

  // MARK: - As formulas

  var network: TinyNetwork {
    switch model {
    case .continuousGains(let activation, let neurons):
      gainModulated(neurons, axes: lines(neurons, features + contexts, halved: true)) { b, _, _ in
        activation.slope(b)
      }
    case .binaryGains(let probability, let neurons): binary(neurons, probability)
    case .givenGains(let given): discrete(given.count, states: [(1, given.flatMap { $0 })])
    case .twoLayer(let activation, let neurons):
      feedforward(activation, [neurons], isMeanField: true, drives: "first")
    case .deep(let activation, let widths, let scaling, let drives):
      feedforward(activation, widths, isMeanField: scaling == "meanField", drives: drives)
    }
  }

  /// Axes of neurons with so many weights each.
  ///
  /// - Parameter halved: whether a change of the sign of all of a neuron's weights (of gain-modulated neurons: input weights) is undone by
  ///   its outgoing ones.
  private func lines(_ neurons: Int, _ weights: Int, halved: Bool) -> [TinyAxis] {
    (0..<neurons).flatMap { _ in (0..<weights).map { halved && $0 == 0 ? .half : .line } }
  }

  /// All 2^(N K) gain patterns.
  private func binary(_ neurons: Int, _ probability: Double) -> TinyNetwork {
    discrete(
      neurons,
      states: (0..<(1 << (neurons * contexts))).map { pattern in
        let gains = (0..<neurons * contexts).map { Double(pattern >> $0 & 1) }
        return (gains.reduce(1) { $0 * ($1 == 1 ? probability : 1 - probability) }, gains)
      })
  }

  private func discrete(_ neurons: Int, states: [(probability: Double, gains: [Double])]) -> TinyNetwork {
    var network = gainModulated(neurons, drives: false, axes: lines(neurons, features, halved: true)) { $1[$2] }
    network.states = states
    return network
  }

  /// R_cd = (1/N) Σ w_i g_ic m_id; rows are the entries of R, L = ½ |R − A|².
  ///
  /// - Parameter gain: of a drive, of the state's gains, and of the place neuron · K + context among them.
  private func gainModulated(
    _ neurons: Int, drives: Bool = true, axes: [TinyAxis],
    gain: @escaping @Sendable (_ drive: Double, _ gains: [Double], _ place: Int) -> Double
  ) -> TinyNetwork {
    let (k, d) = (contexts, features)
    let stride = d + (drives ? k : 0)
    let count = k * d
    let wanted = target.flatMap { $0 }
    return TinyNetwork(
      rows: .init(
        weights: Array(repeating: 1, count: count), wanted: wanted,
        readouts: (0..<count).map { row in (0..<count).map { $0 == row ? 1 : 0 } }),
      neurons: neurons, readoutFactor: 1 / Double(neurons), taskFactor: Double(neurons), tightness: tightness,
      outputScale: output,
      hiddenScales: (0..<neurons).flatMap { _ in
        Array(repeating: input, count: d) + Array(repeating: context, count: drives ? k : 0)
      },
      axes: axes,
      features: { hidden, gains, h in
        for i in 0..<neurons {
          for c in 0..<k {
            let g = gain(drives ? hidden[i * stride + d + c] : 0, gains, i * k + c)
            for f in 0..<d { h[(c * d + f) * neurons + i] = g * hidden[i * stride + f] }
          }
        }
      },
      hiddenNames: ["input_second_moment"] + (drives ? ["context_second_moment"] : ["active_share"]),
      hidden: { hidden, gains, values, first in
        var (m, b) = (0.0, 0.0)
        for i in 0..<neurons {
          for f in 0..<d { m += hidden[i * stride + f] * hidden[i * stride + f] }
          if drives { for c in 0..<k { b += hidden[i * stride + d + c] * hidden[i * stride + d + c] } }
        }
        values[first] = m / Double(neurons)
        values[first + 1] =
          drives ? b / Double(neurons) : gains.reduce(0, +) / Double(max(1, gains.count))
      })
  }

  /// Layers of neurons; rows are (context, stimulus), probes last in each context.
  private func feedforward(
    _ activation: TinyActivation, _ widths: [Int], isMeanField: Bool, drives: String
  ) -> TinyNetwork {
    let (k, d, last) = (contexts, features, widths[widths.count - 1])
    // A Gaussian of one feature as a fine grid: for smooth activations the trapezoid rule converges faster than any power.
    let step = 0.1
    let grid = stride(from: -8.0, through: 8, by: step).map { [$0] }
    let list = stimuli ?? grid
    let shares =
      stimuli == nil
      ? grid.map { step * exp(-$0[0] * $0[0] / 2) / (2 * Double.pi).squareRoot() }
      : list.map { _ in 1 / Double(list.count) }
    let all = list + probes
    func perContext(_ body: (Int) -> [Double]) -> [Double] { (0..<k).flatMap(body) }
    let weights = perContext { _ in shares + probes.map { _ in 0 } }
    let wanted = perContext { c in all.map { x in zip(target[c], x).reduce(0) { $0 + $1.0 * $1.1 } } }
    var readouts: [[Double]] = []
    for c in 0..<k {
      for f in 0..<d {
        readouts.append(
          perContext { other in
            other == c ? zip(shares, list).map { $0 * $1[f] } + probes.map { _ in 0 } : all.map { _ in 0 }
          })
      }
    }
    for c in 0..<k {
      for probe in probes.indices {
        readouts.append(
          perContext { other in all.indices.map { other == c && $0 == list.count + probe ? 1 : 0 } })
      }
    }
    let isDriven = widths.indices.map { drives == "all" || (drives == "first" && $0 == 0) }
    // Per neuron its incoming weights, then its drives; layer after layer.
    var scales: [Double] = []
    var starts: [Int] = []
    var strides: [Int] = []
    for (layer, width) in widths.enumerated() {
      let incoming = layer == 0 ? d : widths[layer - 1]
      starts.append(scales.count)
      strides.append(incoming + (isDriven[layer] ? k : 0))
      for _ in 0..<width {
        scales += Array(repeating: layer == 0 ? input : hidden, count: incoming)
        scales += Array(repeating: context, count: isDriven[layer] ? k : 0)
      }
    }
    let (inputScale, contextScale) = (input, context)
    let axes: [TinyAxis] =
      if activation == .relu, widths.count == 1, d == 1, k == 1, isDriven[0] {
        Array(
          repeating: .plane(
            kinks: all.flatMap { x -> [Double] in
              let angle = atan2(-inputScale * x[0], contextScale)
              return [angle, angle > 0 ? angle - .pi : angle + .pi]
            }), count: last)
      } else if activation == .relu {
        Array(repeating: .kinked, count: scales.count)
      } else {
        widths.indices.flatMap { lines(widths[$0], strides[$0], halved: activation.isOdd) }.map {
          // Behind a second layer the integrand bends sharply at 0, where Gauss's nodes are dense.
          guard widths.count > 1 else { return $0 }
          if case .half = $0 { return .kinkedHalf } else { return .kinked }
        }
      }
    let (firstStarts, firstStrides, layers) = (starts, strides, widths)
    return TinyNetwork(
      rows: .init(weights: weights, wanted: wanted, readouts: readouts), neurons: last,
      readoutFactor: isMeanField ? 1 / Double(last) : 1 / Double(last).squareRoot(),
      taskFactor: isMeanField ? Double(last) : 1, tightness: tightness, outputScale: output, hiddenScales: scales,
      axes: axes,
      features: { hidden, _, h in
        var (before, now) = ([Double](repeating: 0, count: 4), [Double](repeating: 0, count: 4))
        for c in 0..<k {
          for (p, x) in all.enumerated() {
            for (layer, width) in layers.enumerated() {
              let incoming = layer == 0 ? d : layers[layer - 1]
              let factor = layer == 0 ? 1 : 1 / Double(incoming).squareRoot()
              for i in 0..<width {
                let first = firstStarts[layer] + i * firstStrides[layer]
                var sum = 0.0
                for j in 0..<incoming { sum += hidden[first + j] * (layer == 0 ? x[j] : before[j]) }
                sum *= factor
                if isDriven[layer] { sum += hidden[first + incoming + c] }
                now[i] = activation.value(sum)
              }
              swap(&before, &now)
            }
            for i in 0..<last { h[(c * all.count + p) * last + i] = before[i] }
          }
        }
      },
      hiddenNames: ["input_second_moment"] + (isDriven[0] ? ["context_second_moment"] : [])
        + (layers.count > 1 ? ["hidden_second_moment"] : []),
      hidden: { hidden, _, values, first in
        var place = first
        func square(_ layer: Int, _ range: Range<Int>) -> Double {
          var sum = 0.0
          for i in 0..<layers[layer] {
            for j in range {
              let value = hidden[firstStarts[layer] + i * firstStrides[layer] + j]
              sum += value * value
            }
          }
          return sum
        }
        values[place] = square(0, 0..<d) / Double(layers[0])
        place += 1
        if isDriven[0] {
          values[place] = square(0, d..<d + k) / Double(layers[0])
          place += 1
        }
        // Per weight.
        if layers.count > 1 { values[place] = square(1, 0..<layers[0]) / Double(layers[0] * layers[1]) }
      })
  }
}
