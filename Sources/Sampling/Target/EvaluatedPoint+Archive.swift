// How an evaluated point is saved: with what is known of the density there.

extension EvaluatedPoint {
  /// Appends everything that is known, the gradient too: a restored chain then evaluates no more than the original.
  ///
  /// - Precondition: the log density is known.
  package func save(to archive: inout [Double]) {
    precondition(hasLogDensity, "a point is saved between transitions, when its log density is known")
    archive.append(Double(position.count))
    archive.append(contentsOf: position)
    archive.append(logDensity)
    archive.append(hasGradient ? 1 : 0)
    if hasGradient { archive.append(contentsOf: gradient) }
  }

  /// Takes back what ``save(to:)`` wrote.
  package mutating func restore(from archive: inout ArraySlice<Double>) throws {
    let count = try archive.next()
    guard count == Double(position.count) else {
      throw ArchiveError("the saved state has \(count) coordinates, this target \(position.count)")
    }
    position = try archive.next(position.count)
    let value = try archive.next()
    let savedGradient = try archive.next() == 1
    if savedGradient { gradient = try archive.next(gradient.count) }
    markEvaluated(value, gradient: savedGradient)
  }
}
