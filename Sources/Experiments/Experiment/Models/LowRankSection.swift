// "network.lowRank": a given part of low rank in the connectivity of a recurrent network.

import JSON
import Networks
import Sampling

/// What the drawn connectivity of a recurrent network is added to.
package enum LowRankSection: Sendable, Equatable {
  case none
  /// Vectors of random directions with given overlaps.
  case random(overlaps: [Double], size: Double, seed: UInt64)
  /// m_1 … m_R, n_1 … n_R, a row a neuron.
  case file(DataFile)

  static let mostRanks = 100

  static let schema = SpecSection(
    path: "network.lowRank", kindMeaning: "a given part (1/N) sum_r m_r n_r^T of the connectivity",
    presence: .defaultsTo("none"),
    kinds: [
      ("none", []),
      (
        "random",
        [
          SpecKey(
            "overlaps", .numbers(.entries, maximumCount: mostRanks),
            "lambda_r = n_r.m_r/N, one for each rank: the eigenvalues of the part"
          ).example([2]),
          SpecKey(
            "size", .number(.positive), .derived("the larger of 1 and the square root of the largest |lambda_r|"),
            "|m_r|/sqrt(N) and |n_r|/sqrt(N); its square is at least |lambda_r|"),
          SpecKey("seed", .integer(0...Int.max), .defaultsTo(1), "of the vectors' directions"),
        ]
      ),
      (
        "file",
        [
          SpecKey(
            "path", .path,
            "a CSV or .npy file with a row per neuron: its entries of m_1 ... m_R, then those of n_1 ... n_R"
          ).example("vectors.csv", ExampleTable(.numbers, rows: .neurons, columns: .pair))
        ]
      ),
    ])

  init(from reader: SpecReader, neurons: Int) throws(SpecError) {
    switch reader.kind {
    case "none": self = .none
    case "random":
      let overlaps = try reader.numbers("overlaps")
      let largest = overlaps.map { abs($0) }.max() ?? 0
      let size = reader.gives("size") ? try reader.number("size") : max(1, largest.squareRoot() * (1 + 1e-15))
      guard largest <= size * size else {
        throw reader.error(
          at: "overlaps",
          "an overlap of \(largest) is out of reach of vectors whose size is \(size); allowed: at most size squared, "
            + "\(size * size), either sign")
      }
      let directions = LowRankConnectivity.directions(overlaps: overlaps, size: size)
      guard directions <= neurons else {
        throw reader.error(
          at: "overlaps",
          "these vectors have \(directions) directions, and the network has \(neurons) neurons (network.neurons); allowed: as many "
            + "neurons at least")
      }
      self = .random(overlaps: overlaps, size: size, seed: UInt64(try reader.integer("seed")))
    default:
      let file = try reader.source.table(try reader.path("path"), at: reader.path + "path")
      guard file.table.rows == neurons else {
        throw reader.error(
          at: "path",
          "\(file.location.path) has \(file.table.rows) row\(file.table.rows == 1 ? "" : "s"); allowed: \(neurons), one a neuron "
            + "(network.neurons)")
      }
      guard file.table.columns % 2 == 0, file.table.columns <= 2 * Self.mostRanks else {
        throw reader.error(
          at: "path",
          "\(file.location.path) has \(file.table.columns) column\(file.table.columns == 1 ? "" : "s"); allowed: 2 for each rank, m_1 ... "
            + "m_R, n_1 ... n_R, of at most \(Self.mostRanks) ranks")
      }
      self = .file(file)
    }
  }

  /// The member of the resolved section; none where nothing is given, as before there was such a part.
  var members: [(String, JSONValue)] {
    switch self {
    case .none: []
    case .random(let overlaps, let size, let seed):
      [
        (
          "lowRank",
          [
            "kind": "random", "overlaps": .numbers(overlaps), "size": .number(size), "seed": .integer(Int(seed)),
          ]
        )
      ]
    case .file(let file): [("lowRank", ["kind": "file", "path": .string(file.location.path)])]
    }
  }

  /// To follow the network in words.
  var words: String {
    switch self {
    case .none: ""
    case .random(let overlaps, _, _): ", a given part of rank \(overlaps.count)"
    case .file(let file): ", a given part of rank \(file.table.columns / 2)"
    }
  }

  func connectivity(neurons: Int) throws -> LowRankConnectivity? {
    switch self {
    case .none: return nil
    case .random(let overlaps, let size, let seed):
      // Stimuli have the stream of chain 0, output weights that of chain 1.
      var stream = try RandomStream(StreamKey(seed: seed, chain: 2, purpose: .stimuli))
      return LowRankConnectivity(overlaps: overlaps, size: size, neurons: neurons, using: &stream)
    case .file(let file):
      let columns = file.table.transposed
      let count = columns.rows / 2
      func vectors(_ first: Int) -> Matrix {
        Matrix(rows: count, columns: neurons, elements: (first..<first + count).flatMap { columns.row($0) })
      }
      return LowRankConnectivity(outgoing: vectors(0), selecting: vectors(count))
    }
  }
}
