// Where the peers' gains and stimuli are, and how they are read.

import Foundation
import Sampling

/// Benchmarks/peers/data.
let peerData = URL(filePath: #filePath).deletingLastPathComponent().appendingPathComponent("../../peers/data")

/// A comma-separated table of numbers.
///
/// - Throws: ``CocoaError`` if the file cannot be read.
func readTable(_ url: URL) throws -> Matrix {
  Matrix(
    try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { line in
      line.split(separator: ",").map { Double($0.trimmingCharacters(in: .whitespaces))! }
    })
}
