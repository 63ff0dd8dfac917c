// The observables that a model lists, as something that a chain records.

import Sampling

/// Observables in the order in which they are recorded.
public struct ObservableList<View: NetworkView>: Observables {
  /// What is recorded.
  public let observables: [Observable<View>]
  private let makeView: @Sendable () -> View

  /// - Parameter makeView: scratch memory of one chain; with arrays of its own, since shared ones would be copied at the first draw.
  init(_ observables: [Observable<View>], makeView: @escaping @Sendable () -> View) {
    self.observables = observables
    self.makeView = makeView
  }

  public var variables: [ObservableVariable] { observables.flatMap(\.variables) }

  public func makeWorkspace() -> View { makeView() }

  public func evaluate(
    at position: Span<Double>, logDensity: Double, into values: inout MutableSpan<Double>, using view: inout View
  ) {
    view.logDensity = logDensity
    view.look(at: position)
    write(position, &view, to: &values)
  }

  /// Writes all scalars of a network that has been looked at.
  func write(_ position: Span<Double>, _ view: inout View, to values: inout MutableSpan<Double>) {
    var first = 0
    for observable in observables {
      observable.write(position, &view, &values, first)
      first += observable.count
    }
  }
}
