// What a chain has drawn so far, in bounded memory: for judging the draws while they are made.

import Synchronization

/// The scalars of a chain's draws after warm-up: of every draw at first, of every second, fourth ... once they would be too many.
///
/// One thread adds, another looks; the one that adds waits no longer than a copy takes.
package final class DrawHistory: Sendable {
  /// What there is at one moment.
  package struct Content: Sendable {
    /// The scalars that are kept.
    package fileprivate(set) var names: [String] = []
    /// How many scalars a draw has.
    package fileprivate(set) var scalars = 0
    /// Every so many draws one is kept, from the first.
    package fileprivate(set) var stride = 1
    /// Draws given, kept or not.
    package fileprivate(set) var draws = 0
    /// `[kept draw, scalar]`.
    package fileprivate(set) var values: [Double] = []

    /// Kept draws.
    package var count: Int { names.isEmpty ? 0 : values.count / names.count }

    /// The kept draws of one scalar, every `step`-th, at most `limit`.
    package func column(_ scalar: Int, every step: Int, limit: Int) -> [Double] {
      Swift.stride(from: 0, to: count, by: step).prefix(limit).map { values[$0 * names.count + scalar] }
    }

    fileprivate var places: [Int] {
      let step = max(1, (scalars + DrawHistory.mostScalars - 1) / DrawHistory.mostScalars)
      return Array(Swift.stride(from: 0, to: scalars, by: step))
    }
  }

  /// More scalars than this are looked at in part.
  package static let mostScalars = 2048

  private let capacity: Int
  private let content = Mutex(Content())

  /// An empty history that keeps at most `capacity` values, but 64 draws at least.
  package init(capacity: Int) { self.capacity = capacity }

  /// What there is now.
  package var now: Content { content.withLock { $0 } }

  /// Says what the values are; draws that were given before stay.
  package func begin(_ names: [String]) {
    content.withLock { content in
      guard content.scalars == 0 else { return }
      content.scalars = names.count
      content.names = content.places.map { names[$0] }
    }
  }

  /// Takes draws, `[draw, scalar]` with all scalars, those that follow the last.
  ///
  /// - Precondition: ``begin(_:)`` was called.
  package func add(_ rows: [Double]) {
    content.withLock { content in
      let places = content.places
      guard !places.isEmpty else { return }
      for row in 0..<rows.count / content.scalars {
        if content.draws % content.stride == 0 {
          for place in places { content.values.append(rows[row * content.scalars + place]) }
          if content.values.count > max(capacity, 64 * places.count) { Self.thin(&content) }
        }
        content.draws += 1
      }
    }
  }

  /// Leaves out every second of the kept draws.
  private static func thin(_ content: inout Content) {
    let width = content.names.count
    let kept = (content.count + 1) / 2
    for row in 0..<kept {
      for scalar in 0..<width { content.values[row * width + scalar] = content.values[2 * row * width + scalar] }
    }
    content.values.removeLast(content.values.count - kept * width)
    content.stride *= 2
  }
}
