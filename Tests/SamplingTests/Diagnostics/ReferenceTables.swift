// Arrays and the values that ArviZ and emcee gave for them.

import Foundation
import Testing

/// The content of `Reference/diagnostics.json`, made by `make_diagnostics.py` beside it.
struct ReferenceTables: Decodable {
  struct Table: Decodable {
    let name: String
    let draws: [[Double]]
    let expected: Expected
  }

  struct Expected: Decodable {
    let mean, sd: Double
    let quantiles: [Double]
    let rHat, bulkRHat, foldedRHat, splitRHat: Double
    let essBulk, essTail, essMean, essSd: Double
    let essQuantiles: [Double]
    let mcseMean, mcseSd: Double
    let mcseQuantiles: [Double]
    let eBFMI: [Double]
    let autocovariance: [Double]
    let autocorrelationTime: Double
    let autocorrelationTimeRefused: Int
  }

  struct Nested: Decodable {
    let draws: [[Double]]
    let superchains: [Int]
    let raw, rank: Double
  }

  struct BetaBounds: Decodable {
    let ess, probability, low, high: Double
  }

  let versions: [String: String]
  let probabilities: [Double]
  let tables: [Table]
  let nested: [Nested]
  let betaBounds: [BetaBounds]

  static let shared: ReferenceTables = {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let url = Bundle.module.url(forResource: "diagnostics", withExtension: "json")!
    return try! decoder.decode(ReferenceTables.self, from: Data(contentsOf: url))
  }()
}

/// Expects a number of the reference: to 1e-8 of its size, NaN and infinities exactly.
func expectAgreement(
  _ value: Double, _ reference: Double, _ what: String, absolute: Double = 0,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let agrees =
    reference.isFinite
    ? abs(value - reference) <= 1e-8 * abs(reference) + absolute
    : value == reference || (value.isNaN && reference.isNaN)
  #expect(agrees, "\(what): \(value), reference \(reference)", sourceLocation: sourceLocation)
}
