// What an expression can do to numbers, a block at a time.

/// One operation on blocks of numbers.
enum ExpressionOperation: Sendable, Equatable, Hashable {
  case add, subtract, multiply, divide, power
  case less, lessOrEqual, equal, unequal, and, or
  case minimum, maximum, arcTangent2
  case negate, not, absolute, sign, squareRoot, exponential, logarithm, logarithm2, logarithm10
  case sine, cosine, tangent, arcSine, arcCosine, arcTangent, hyperbolicSine, hyperbolicCosine, hyperbolicTangent
  case errorFunction, floor, ceiling, round
  /// Of three: the second where the first is not zero, else the third.
  case select
  /// A function that a caller registered, by its place among them.
  case registered(Int)

  /// The functions that every expression may use: name, number of arguments, operation.
  static let functions: [(name: String, arguments: Int, operation: ExpressionOperation)] = [
    ("abs", 1, .absolute), ("sign", 1, .sign), ("sqrt", 1, .squareRoot), ("exp", 1, .exponential),
    ("log", 1, .logarithm), ("log2", 1, .logarithm2), ("log10", 1, .logarithm10), ("sin", 1, .sine),
    ("cos", 1, .cosine), ("tan", 1, .tangent), ("asin", 1, .arcSine), ("acos", 1, .arcCosine),
    ("atan", 1, .arcTangent), ("sinh", 1, .hyperbolicSine), ("cosh", 1, .hyperbolicCosine),
    ("tanh", 1, .hyperbolicTangent), ("erf", 1, .errorFunction), ("floor", 1, .floor), ("ceil", 1, .ceiling),
    ("round", 1, .round), ("min", 2, .minimum), ("max", 2, .maximum), ("atan2", 2, .arcTangent2), ("if", 3, .select),
  ]

  /// Applies the operation to blocks of `count` numbers; operands that it does not take are not looked at.
  ///
  /// `spare` is room for as many numbers, of which nothing is kept. Neither minimum nor maximum passes over what is not a number.
  @inline(__always)
  func apply(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ c: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>, count: Int, spare: UnsafeMutablePointer<Double>,
    _ registered: UnsafeBufferPointer<RegisteredFunction>
  ) {
    @inline(__always) func unary(_ function: (Double) -> Double) { for i in 0..<count { result[i] = function(a[i]) } }
    @inline(__always) func binary(_ function: (Double, Double) -> Double) {
      for i in 0..<count { result[i] = function(a[i], b[i]) }
    }
    switch self {
    case .add: binary { $0 + $1 }
    case .subtract: binary { $0 - $1 }
    case .multiply: binary { $0 * $1 }
    case .divide: binary { $0 / $1 }
    case .power: binary { pow($0, $1) }
    case .less: binary { $0 < $1 ? 1 : 0 }
    case .lessOrEqual: binary { $0 <= $1 ? 1 : 0 }
    case .equal: binary { $0 == $1 ? 1 : 0 }
    case .unequal: binary { $0 != $1 ? 1 : 0 }
    case .and: binary { $0 != 0 && $1 != 0 ? 1 : 0 }
    case .or: binary { $0 != 0 || $1 != 0 ? 1 : 0 }
    case .minimum: binary { Self.smaller($0, $1) }
    case .maximum: binary { Self.larger($0, $1) }
    case .arcTangent2: binary { atan2($0, $1) }
    case .negate: unary { -$0 }
    case .not: unary { $0 == 0 ? 1 : 0 }
    case .absolute: unary { abs($0) }
    case .sign: unary { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
    case .squareRoot: unary { $0.squareRoot() }
    case .exponential: VectorKernels.exp(a, into: result, count: count)
    case .logarithm: unary { log($0) }
    case .logarithm2: unary { log2($0) }
    case .logarithm10: unary { log10($0) }
    case .sine: unary { sin($0) }
    case .cosine: unary { cos($0) }
    case .tangent: unary { tan($0) }
    case .arcSine: unary { asin($0) }
    case .arcCosine: unary { acos($0) }
    case .arcTangent: unary { atan($0) }
    case .hyperbolicSine: unary { sinh($0) }
    case .hyperbolicCosine: unary { cosh($0) }
    case .hyperbolicTangent: VectorKernels.tanh(a, values: result, gains: spare, count: count)
    case .errorFunction: VectorKernels.erf(a, values: result, gains: spare, count: count)
    case .floor: unary { $0.rounded(.down) }
    case .ceiling: unary { $0.rounded(.up) }
    case .round: unary { $0.rounded() }
    case .select: for i in 0..<count { result[i] = a[i] != 0 ? b[i] : c[i] }
    case .registered(let index): registered[index].apply(a, b, c, result, count)
    }
  }

  /// The smaller number, or what is not one.
  @inline(__always)
  static func smaller(_ x: Double, _ y: Double) -> Double { x < y || x.isNaN ? x : y }

  /// The larger number, or what is not one.
  @inline(__always)
  static func larger(_ x: Double, _ y: Double) -> Double { x > y || x.isNaN ? x : y }
}
