// A transition's figures as a list: their names and kinds, written as numbers, read back, and those of two transitions together.

/// One of the figures that are recorded of every transition.
public struct TransitionFigure: Sendable, Equatable {
  /// What kind of number it is; recorded are numbers, flags as 0 and 1.
  public enum Kind: Sendable {
    /// A real number.
    case real
    /// A whole number.
    case integer
    /// Yes or no.
    case boolean
  }

  /// The name in files: ArviZ's, where it has one.
  public let name: String
  /// What kind of number it is.
  public let kind: Kind
}

extension Transition {
  /// The recorded figures, in the order in which they stand in files.
  public static let figures: [TransitionFigure] = {
    var list = TransitionList()
    var transition = Transition()
    transition.visit(beside: transition, &list)
    return list.figures
  }()

  /// Writes the recorded figures, in the order of ``figures``.
  ///
  /// - Precondition: as many numbers as figures.
  @inlinable
  func write(to numbers: inout [Double]) {
    numbers.withUnsafeMutableBufferPointer { numbers in
      var writer = TransitionWriter(numbers: numbers, isComplete: false)
      var transition = self
      transition.visit(beside: self, &writer)
    }
  }
}

/// What goes through the figures of a transition, ``Transition/visit(beside:_:)``: a value that it may change, and that of another.
@usableFromInline
protocol TransitionVisitor {
  mutating func real(_ name: String?, _ value: inout Double, _ other: Double)
  mutating func count(_ name: String?, _ value: inout Int, _ other: Int)
  mutating func largest(_ name: String?, _ value: inout Int, _ other: Int)
  mutating func flag(_ name: String?, _ value: inout Bool, _ other: Bool)
}

/// Names and kinds.
private struct TransitionList: TransitionVisitor {
  var figures: [TransitionFigure] = []

  mutating func real(_ name: String?, _ value: inout Double, _ other: Double) { add(name, .real) }
  mutating func count(_ name: String?, _ value: inout Int, _ other: Int) { add(name, .integer) }
  mutating func largest(_ name: String?, _ value: inout Int, _ other: Int) { add(name, .integer) }
  mutating func flag(_ name: String?, _ value: inout Bool, _ other: Bool) { add(name, .boolean) }

  private mutating func add(_ name: String?, _ kind: TransitionFigure.Kind) {
    if let name { figures.append(TransitionFigure(name: name, kind: kind)) }
  }
}

/// The figures of two transitions together.
@usableFromInline
struct TransitionSum: TransitionVisitor {
  @inlinable init() {}

  @inlinable @inline(__always)
  func real(_ name: String?, _ value: inout Double, _ other: Double) { if !other.isNaN { value = other } }
  @inlinable @inline(__always)
  func count(_ name: String?, _ value: inout Int, _ other: Int) { value += other }
  @inlinable @inline(__always)
  func largest(_ name: String?, _ value: inout Int, _ other: Int) { value = max(value, other) }
  @inlinable @inline(__always)
  func flag(_ name: String?, _ value: inout Bool, _ other: Bool) { value = value || other }
}

/// Writes the figures as numbers.
@usableFromInline
struct TransitionWriter: TransitionVisitor {
  @usableFromInline let numbers: UnsafeMutableBufferPointer<Double>
  /// Whether figures that are not recorded are written too.
  @usableFromInline let isComplete: Bool
  @usableFromInline var next = 0

  @inlinable
  init(numbers: UnsafeMutableBufferPointer<Double>, isComplete: Bool) {
    self.numbers = numbers
    self.isComplete = isComplete
  }

  @inlinable @inline(__always)
  mutating func real(_ name: String?, _ value: inout Double, _ other: Double) { write(value, name) }
  @inlinable @inline(__always)
  mutating func count(_ name: String?, _ value: inout Int, _ other: Int) { write(Double(value), name) }
  @inlinable @inline(__always)
  mutating func largest(_ name: String?, _ value: inout Int, _ other: Int) { write(Double(value), name) }
  @inlinable @inline(__always)
  mutating func flag(_ name: String?, _ value: inout Bool, _ other: Bool) { write(value ? 1 : 0, name) }

  @inlinable @inline(__always)
  mutating func write(_ number: Double, _ name: String?) {
    guard isComplete || name != nil else { return }
    numbers[next] = number
    next += 1
  }
}

/// Takes the figures from the numbers that a complete ``TransitionWriter`` wrote.
struct TransitionReader: TransitionVisitor {
  let numbers: UnsafeBufferPointer<Double>
  private var next = 0

  init(numbers: UnsafeBufferPointer<Double>) { self.numbers = numbers }

  mutating func real(_ name: String?, _ value: inout Double, _ other: Double) { value = take() }
  mutating func count(_ name: String?, _ value: inout Int, _ other: Int) { value = Int(take()) }
  mutating func largest(_ name: String?, _ value: inout Int, _ other: Int) { value = Int(take()) }
  mutating func flag(_ name: String?, _ value: inout Bool, _ other: Bool) { value = take() != 0 }

  private mutating func take() -> Double {
    defer { next += 1 }
    return numbers[next]
  }
}

/// The figures of a chain's transitions as they were recorded, read back by name.
public struct RecordedTransitions: Sendable {
  /// The number of draws.
  public let count: Int
  /// The column of every recorded figure in the order of ``Transition/figures``; nil for one that was not recorded.
  private let columns: [[Double]?]

  /// - Parameters:
  ///   - names: of what was recorded, in any order; others than a transition's are ignored.
  ///   - columns: `[name, draw]`.
  public init(names: [String], columns: [[Double]]) {
    precondition(names.count == columns.count, "a column for every name")
    count = columns.first?.count ?? 0
    self.columns = Transition.figures.map { figure in names.firstIndex(of: figure.name).map { columns[$0] } }
  }

  /// Whether nothing that a transition has is missing.
  public var isComplete: Bool { columns.allSatisfy { $0 != nil } }

  /// The report of a draw; what was not recorded is as in a new ``Transition``.
  public subscript(draw: Int) -> Transition {
    var transition = Transition()
    var reader = RecordedReader(columns: columns, draw: draw)
    transition.visit(beside: transition, &reader)
    return transition
  }
}

/// Takes the recorded figures of one draw. A count that is none becomes the nearest one.
private struct RecordedReader: TransitionVisitor {
  let columns: [[Double]?]
  let draw: Int
  private var next = 0

  init(columns: [[Double]?], draw: Int) {
    self.columns = columns
    self.draw = draw
  }

  mutating func real(_ name: String?, _ value: inout Double, _ other: Double) {
    if let number = take(name) { value = number }
  }
  mutating func count(_ name: String?, _ value: inout Int, _ other: Int) {
    if let number = take(name) { value = (0...Int.max).wholeNumber(roundingUp: number) }
  }
  mutating func largest(_ name: String?, _ value: inout Int, _ other: Int) { count(name, &value, other) }
  mutating func flag(_ name: String?, _ value: inout Bool, _ other: Bool) {
    if let number = take(name) { value = number != 0 }
  }

  private mutating func take(_ name: String?) -> Double? {
    guard name != nil else { return nil }
    defer { next += 1 }
    return columns[next]?[draw]
  }
}
