// Each network's mean squared error and right choices in each context, added up from blocks of answers.

import Sampling

/// The errors of single networks on a list of stimuli, context by context.
public struct NetworkErrors: Sendable {
  private let wanted: Matrix
  /// Stimuli per context with a right choice: Y ≠ 0.
  private let judged: [Int]
  /// Σ_p (y − Y)², and twice the right choices; [context][network].
  private var squares: [[Double]]
  private var twiceRight: [[Double]]

  /// - Parameter wanted: Y_c(x_p), [context, stimulus].
  public init(wanted: Matrix, networks: Int) {
    self.wanted = wanted
    judged = (0..<wanted.rows).map { c in wanted.row(c).count { Choice.exists($0) } }
    squares = Array(repeating: [Double](repeating: 0, count: networks), count: wanted.rows)
    twiceRight = squares
  }

  /// Adds a block of answers. O(its values).
  public mutating func add(_ block: AnswerBlock) {
    for c in block.contexts {
      for p in block.stimuli {
        let target = wanted[c, p]
        for (network, output) in block.outputs(context: c, stimulus: p).enumerated() {
          squares[c][network] += (output - target) * (output - target)
          if Choice.exists(target) { twiceRight[c][network] += Choice.twiceRight(output, wanted: target) }
        }
      }
    }
  }

  /// Mean over stimuli of (y_c − Y_c)² of each network.
  public func meanSquaredErrors(context: Int) -> [Double] { squares[context].map { $0 / Double(wanted.columns) } }

  /// The share of stimuli with sign y_c = sign Y_c of each network, an output of exactly 0 counting half; nil where no stimulus has
  /// a right choice.
  public func signAccuracies(context: Int) -> [Double]? {
    judged[context] == 0 ? nil : twiceRight[context].map { $0 / 2 / Double(judged[context]) }
  }
}

/// Signs of outputs as choices.
enum Choice {
  /// Whether a wanted output has a sign: it is neither 0 nor unknown.
  @inline(__always)
  static func exists(_ wanted: Double) -> Bool { wanted != 0 && !wanted.isNaN }

  /// 2 for the wanted sign, 1 for an output of exactly 0, else 0.
  @inline(__always)
  static func twiceRight(_ output: Double, wanted: Double) -> Double {
    output == 0 ? 1 : (output > 0) == (wanted > 0) ? 2 : 0
  }
}
