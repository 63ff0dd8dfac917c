// Observables given as functions of the position: what a user who samples into memory wants recorded.

/// The log density and named scalar functions of the position, recorded with every draw.
///
/// Written as a literal: `["energy": { x in 0.5 * x[0] * x[0] }, "order": { x in abs(x[1]) }]`. The first observable is
/// always `lp`, the log density.
public struct ScalarObservables: Observables, ExpressibleByDictionaryLiteral {
  /// A scalar function of a position.
  public typealias Function = @Sendable (Span<Double>) -> Double

  public let variables: [ObservableVariable]
  @usableFromInline let functions: [Function]

  /// - Precondition: names differ, and none is `lp`.
  public init(_ functions: [(name: String, function: Function)]) {
    precondition(
      Set(functions.map(\.name) + ["lp"]).count == functions.count + 1, "observables have different names, none lp")
    variables = [ObservableVariable("lp")] + functions.map { ObservableVariable($0.name) }
    self.functions = functions.map(\.function)
  }

  /// - Precondition: names differ, and none is `lp`.
  public init(dictionaryLiteral functions: (String, Function)...) {
    self.init(functions.map { (name: $0.0, function: $0.1) })
  }

  /// Every coordinate by its name in `layout`, e.g. `x[0]`.
  public static func coordinates(of layout: ParameterLayout) -> ScalarObservables {
    ScalarObservables(
      (0..<layout.dimension).map { index in (name: layout.name(ofCoordinate: index), function: { $0[index] }) })
  }

  public func makeWorkspace() {}

  @inlinable
  public func evaluate(
    at position: Span<Double>, logDensity: Double, into values: inout MutableSpan<Double>, using workspace: inout Void
  ) {
    values[0] = logDensity
    for index in 0..<functions.count { values[index + 1] = functions[index](position) }
  }
}
