// Functions that a caller gives to expressions.

/// A function of one to three numbers that expressions may use by its name.
public struct RegisteredFunction: Sendable {
  /// The name: letters, digits and "_", not beginning with a digit.
  public let name: String
  /// How many numbers it takes.
  public let arguments: Int
  private let body: Body

  private enum Body: Sendable {
    case one(@Sendable (Double) -> Double)
    case two(@Sendable (Double, Double) -> Double)
    case three(@Sendable (Double, Double, Double) -> Double)
  }

  /// A function of one number.
  public init(_ name: String, _ function: @escaping @Sendable (Double) -> Double) {
    (self.name, arguments, body) = (name, 1, .one(function))
  }

  /// A function of two numbers.
  public init(_ name: String, _ function: @escaping @Sendable (Double, Double) -> Double) {
    (self.name, arguments, body) = (name, 2, .two(function))
  }

  /// A function of three numbers.
  public init(_ name: String, _ function: @escaping @Sendable (Double, Double, Double) -> Double) {
    (self.name, arguments, body) = (name, 3, .three(function))
  }

  func apply(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ c: UnsafePointer<Double>,
    _ result: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    switch body {
    case .one(let function): for i in 0..<count { result[i] = function(a[i]) }
    case .two(let function): for i in 0..<count { result[i] = function(a[i], b[i]) }
    case .three(let function): for i in 0..<count { result[i] = function(a[i], b[i], c[i]) }
    }
  }
}

/// The functions that expressions may use besides those that all have.
public struct RegisteredFunctions: Sendable {
  let functions: [RegisteredFunction]
  /// Whether functions that are not known are let through, as where draws were made by a program that knew them: they give NaN.
  let acceptsUnknown: Bool

  /// - Precondition: different names.
  public init(_ functions: [RegisteredFunction]) {
    precondition(Set(functions.map(\.name)).count == functions.count, "registered functions have different names")
    self.functions = functions
    acceptsUnknown = false
  }

  private init(acceptsUnknown: Bool) {
    functions = []
    self.acceptsUnknown = acceptsUnknown
  }

  /// None.
  public static let none = RegisteredFunctions([])
  /// Whatever an expression calls: for runs that are read and not continued.
  package static let unknown = RegisteredFunctions(acceptsUnknown: true)
}
