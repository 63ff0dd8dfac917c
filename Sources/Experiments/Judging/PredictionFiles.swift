// Predictions for other programs: a CSV table, and arrays for NumPy.

import Networks
import Sampling
import Storage

extension PredictReport {
  /// The columns of the table before the stimulus itself.
  private static let columns = [
    "context", "stimulus", "wanted", "mean", "sd", "standard_error", "lower", "upper", "right_sign",
  ]

  /// Where the table goes; a table of this program's may be replaced.
  package static func csvPlace(_ path: String) -> WholePlace {
    let heading = CSV.line(columns.map { .text($0) }).dropLast()
    return WholePlace(path, own: nil, option: "--csv") { place in
      try String(decoding: Posix.head(of: place), as: UTF8.self).hasPrefix(heading)
    }
  }

  /// Where the arrays go; a folder of arrays only may be replaced.
  package static func npyPlace(_ path: String) -> WholePlace {
    WholePlace(path, own: ["*.npy"], option: "--npy") { _ in false }
  }

  /// Writes a line per context and stimulus: contexts in turn, in each all stimuli; `feature_d` is x_d.
  ///
  /// - Throws: ``StorageError``.
  package func writeCSV(to place: WholePlace, replacing: Bool) throws {
    try place.write(replacing: replacing) { path in
      let file = try OutputFile(path)
      let features = (0..<stimuli.columns).map { "feature_\($0)" }
      try file.append(CSV.line((Self.columns + features).map { .text($0) }))
      for (c, points) in prediction.points.enumerated() {
        for (p, point) in points.enumerated() {
          let cells: [CSV.Cell] = [
            .text(String(c)), .text(String(p)), .number(point.wanted), .number(point.mean), .number(point.sd),
            .number(point.standardError), .number(point.lower), .number(point.upper),
            point.rightSign.map { .number($0) } ?? .empty,
          ]
          try file.append(CSV.line(cells + stimuli.row(p).map { .number($0) }))
        }
      }
      try file.close()
    }
  }

  /// Writes `outputs.npy` [network, context, stimulus], `wanted.npy` [context, stimulus], `stimuli.npy` [stimulus, feature], and of
  /// each network `chain.npy` and `draw.npy`. The networks are asked again, one by one.
  ///
  /// - Throws: ``StorageError``.
  package func writeNPY(to place: WholePlace, replacing: Bool) throws {
    let contexts = prediction.points.count
    try place.write(replacing: replacing) { folder in
      try Posix.makeDirectory(folder)
      func write(_ name: String, _ shape: [Int], _ values: [Double], _ type: TransitionFigure.Kind = .real) throws {
        let file = try NPYFile("\(folder)/\(name).npy", shape: shape, type: type)
        try file.append(values)
        try file.close()
      }
      try write("wanted", [contexts, stimuli.rows], prediction.points.flatMap { $0.map(\.wanted) })
      try write("stimuli", [stimuli.rows, stimuli.columns], stimuli.elements)
      let outputs = try NPYFile(
        "\(folder)/outputs.npy", shape: [prediction.networks, contexts, stimuli.rows], type: .real)
      var (chains, draws): ([Double], [Double]) = ([], [])
      try answers.forEachNetwork(stimuli) { chain, draw, answer in
        chains.append(Double(chain))
        draws.append(Double(draw))
        try outputs.append(answer.elements)
      }
      try outputs.close()
      try write("chain", [chains.count], chains, .integer)
      try write("draw", [draws.count], draws, .integer)
    }
  }
}
