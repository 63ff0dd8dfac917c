// A recorded function of a network as a value: models list those that they have.

import Sampling

/// A permutation-invariant function of a network, recorded with every draw.
///
/// It looks at a position, and at what the model computes of it once for all observables, the `View`. To add one: a file that
/// extends this type, as `participationRatio` does, and an entry in the lists of the models that have it.
public struct Observable<View>: Sendable {
  /// What it is called, and the axes of its values: usually one variable.
  public let variables: [ObservableVariable]
  /// The number of scalars.
  let count: Int
  /// Writes the scalars from an index on. Allocates nothing.
  let write:
    @Sendable (
      _ position: Span<Double>, _ view: inout View, _ values: inout MutableSpan<Double>, _ first: Int
    ) -> Void

  /// Variables whose scalars are written one after the other.
  init(
    _ variables: [ObservableVariable],
    write:
      @escaping @Sendable (
        _ position: Span<Double>, _ view: inout View, _ values: inout MutableSpan<Double>, _ first: Int
      ) -> Void
  ) {
    self.variables = variables
    self.write = write
    count = variables.reduce(0) { $0 + $1.count }
  }

  /// A scalar.
  init(_ name: String, _ value: @escaping @Sendable (_ position: Span<Double>, _ view: inout View) -> Double) {
    self.init([ObservableVariable(name)]) { position, view, values, first in values[first] = value(position, &view) }
  }
}
