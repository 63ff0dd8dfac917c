// The span of a few vectors, and the subspaces that subsets of given vectors span.

import Sampling

/// The span of vectors that are added one after the other, by an orthonormal basis (Gram and Schmidt, twice).
struct LinearSpan: Sendable {
  /// A vector is in the span if less than this part of it is left outside.
  static let tolerance = 1e-9

  /// An orthonormal basis.
  private(set) var vectors: [[Double]] = []
  var rank: Int { vectors.count }

  /// Adds a vector. O(rank · length).
  mutating func add(_ vector: [Double]) {
    if let rest = remainder(of: vector) { vectors.append(rest) }
  }

  /// Whether a vector is in the span.
  func contains(_ vector: [Double]) -> Bool { remainder(of: vector) == nil }

  /// The unit vector along what is outside; nil if that is nothing.
  private func remainder(of vector: [Double]) -> [Double]? {
    let scale = vector.reduce(0) { max($0, abs($1)) }
    guard scale > 0 else { return nil }
    var rest = vector.map { $0 / scale }
    let length = dot(rest, rest).squareRoot()
    for _ in 0..<2 {
      for unit in vectors {
        let component = dot(unit, rest)
        for k in rest.indices { rest[k] -= component * unit[k] }
      }
    }
    let left = dot(rest, rest).squareRoot()
    return left > Self.tolerance * length ? rest.map { $0 / left } : nil
  }
}

/// The subspaces that subsets of vectors span, each with all vectors in it (the flats of their matroid).
struct SpannedSubspaces {
  /// Vectors times subspaces at most; what is beyond is not looked at.
  static let mostWork = 2_000_000

  private let vectors: [[Double]]

  init(_ vectors: [[Double]]) { self.vectors = vectors }

  /// Calls `body` with each: which vectors are members, and the span. From {0} up, O(subspaces · vectors · length²).
  func forEachSubspace(_ body: (_ members: [Bool], _ subspace: LinearSpan) throws -> Void) rethrows {
    var seen: Set<[Bool]> = []
    var level = [LinearSpan()]
    var work = 0
    while !level.isEmpty {
      var next: [LinearSpan] = []
      for subspace in level {
        let members = vectors.map(subspace.contains)
        guard seen.insert(members).inserted else { continue }
        try body(members, subspace)
        for (vector, isMember) in zip(vectors, members) where !isMember {
          work += vectors.count
          guard work <= Self.mostWork else { return }
          var larger = subspace
          larger.add(vector)
          next.append(larger)
        }
      }
      level = next
    }
  }
}
