// One GSL generator with one owner: the only source of randomness in the program.

import CGSL
import CKernels

/// The exact state of a ``RandomStream``, portable only to the same generator and GSL version.
public struct RandomStreamSnapshot: Sendable, Equatable, Codable {
  /// GSL's name of the generator.
  public let generator: String
  /// The GSL version whose memory layout `state` has.
  public let gslVersion: String
  /// The generator's raw memory.
  public let state: [UInt8]

  /// A snapshot of its parts; ``RandomStream/init(restoring:)`` checks them.
  public init(generator: String, gslVersion: String, state: [UInt8]) {
    self.generator = generator
    self.gslVersion = gslVersion
    self.state = state
  }
}

/// What can be wrong with a generator or a snapshot.
public enum RandomStreamError: Error, Sendable, Equatable, CustomStringConvertible {
  /// GSL has no generator of this name.
  case unknownGenerator(String)
  /// The generator's seeding maps different seeds to one state, so that chains could repeat each other.
  case unsuitableGenerator(String)
  /// A snapshot of another generator, GSL version or size.
  case snapshotMismatch(expected: String, found: String)
  /// A snapshot that the generator cannot have left.
  case impossibleState(String)

  public var description: String {
    switch self {
    case .unknownGenerator(let name):
      "no GSL generator is called \"\(name)\"; known: \(RandomStream.generatorNames.joined(separator: ", "))"
    case .unsuitableGenerator(let name):
      "the GSL generator \"\(name)\" turns different seeds into equal streams, so chains could repeat each other; use \(RandomStream.defaultGenerator)"
    case .snapshotMismatch(let expected, let found):
      "the saved random state is of \(found), but this run needs \(expected)"
    case .impossibleState(let generator): "the saved random state is none that \(generator) can be in"
    }
  }
}

/// A stream of random numbers: the non-copyable owner of one GSL generator.
///
/// Made from a ``StreamKey`` and passed as `using stream: inout RandomStream`; never global, never shared between
/// chains. Two streams made from one key yield the same numbers on every machine with the same GSL.
public struct RandomStream: ~Copyable {
  /// The generator of a stream that names none: the Mersenne Twister MT19937. (Experiments name ``vectorGenerator`` unless told otherwise.)
  ///
  /// Period 2¹⁹⁹³⁷ − 1 and equidistributed in 623 dimensions (Matsumoto & Nishimura 1998), 32-bit seeding that is
  /// injective, no correlation between seeded streams in our tests, at about 10 ns a uniform.
  public static let defaultGenerator = "mt19937"

  /// This package's own generator, whose normal numbers are made by the block: eight lanes of xoshiro256++.
  ///
  /// Period 2²⁵⁶ − 1; the lanes are 2¹²⁸ steps apart (Blackman & Vigna 2021). ``fillStandardNormal(_:)`` makes its numbers
  /// by Box & Muller's transform with 63-bit radii (up to 9.4 σ), about eight times as fast as the ziggurat of MT19937.
  public static let vectorGenerator = String(cString: ck_generator_type().pointee.name)

  /// This package's own generator and all of GSL's whose seeding keeps streams apart, by name.
  public static let generatorNames: [String] = {
    GSL.prepare()
    var names = [vectorGenerator]
    var index: Int32 = 0
    while let type = cgsl_rng_type_at(index) {
      let name = String(cString: type.pointee.name)
      if !unsuitable.contains(name) { names.append(name) }
      index += 1
    }
    return names
  }()

  /// Generators that give equal streams to some pairs of seeds in 1 ... 2³⁰ (measured by `RandomStreamTests`).
  static let unsuitable: Set<String> = [
    "coveyou", "r250", "ran3", "ranf", "ranmar", "slatec", "uni", "uni32", "zuf",
  ]

  private let generator: UnsafeMutablePointer<gsl_rng>
  /// The state if the generator is ``vectorGenerator``, which has its own path for normal numbers.
  private let vectorState: UnsafeMutableRawPointer?

  /// The type of this name: this package's own, or one of GSL's.
  private static func type(named name: String) -> UnsafePointer<gsl_rng_type>? {
    name == vectorGenerator ? ck_generator_type() : cgsl_rng_type_named(name)
  }

  private init(owning generator: UnsafeMutablePointer<gsl_rng>) {
    self.generator = generator
    vectorState = generator.pointee.type == ck_generator_type() ? gsl_rng_state(generator) : nil
  }

  /// Opens the stream that `key` names.
  ///
  /// - Throws: ``RandomStreamError`` if GSL has no such generator, or it cannot keep streams apart.
  public init(_ key: StreamKey, generator name: String = RandomStream.defaultGenerator) throws {
    GSL.prepare()
    guard let type = Self.type(named: name) else { throw RandomStreamError.unknownGenerator(name) }
    guard !Self.unsuitable.contains(name) else { throw RandomStreamError.unsuitableGenerator(name) }
    self.init(owning: gsl_rng_alloc(type))
    gsl_rng_set(generator, key.generatorSeed)
  }

  /// Reopens a stream at the exact point where `snapshot` was taken.
  ///
  /// - Throws: ``RandomStreamError`` for another GSL version, an unknown generator, a state of the wrong size, or one that no
  ///   generator of this kind can be in: GSL's generators take their memory's word for where in it they are.
  public init(restoring snapshot: RandomStreamSnapshot) throws {
    GSL.prepare()
    guard let type = Self.type(named: snapshot.generator) else {
      throw RandomStreamError.unknownGenerator(snapshot.generator)
    }
    let size = type.pointee.size
    guard snapshot.gslVersion == GSL.version, snapshot.state.count == size else {
      throw RandomStreamError.snapshotMismatch(
        expected: "\(snapshot.generator), GSL \(GSL.version), \(size) bytes",
        found: "\(snapshot.generator), GSL \(snapshot.gslVersion), \(snapshot.state.count) bytes")
    }
    guard !Self.unsuitable.contains(snapshot.generator), GeneratorState.isPossible(snapshot) else {
      throw RandomStreamError.impossibleState(snapshot.generator)
    }
    let generator = gsl_rng_alloc(type)!
    snapshot.state.withUnsafeBytes { gsl_rng_state(generator)!.copyMemory(from: $0.baseAddress!, byteCount: size) }
    guard Self.varies(generator) else {
      gsl_rng_free(generator)
      throw RandomStreamError.impossibleState(snapshot.generator)
    }
    self.init(owning: generator)
  }

  /// Whether the numbers to come differ from each other: a memory of nothing but zeros yields zeros for ever, and who waits
  /// for a positive number waits as long.
  private static func varies(_ generator: UnsafeMutablePointer<gsl_rng>) -> Bool {
    let trial = gsl_rng_clone(generator)!
    defer { gsl_rng_free(trial) }
    let first = gsl_rng_get(trial)
    return (0..<1 << 15).contains { _ in gsl_rng_get(trial) != first }
  }

  deinit { gsl_rng_free(generator) }

  /// Another owner of an equal state, for values that are copied together with their stream.
  package func copy() -> RandomStream { RandomStream(owning: gsl_rng_clone(generator)) }

  /// The exact state, to be given to ``init(restoring:)``.
  public var snapshot: RandomStreamSnapshot {
    let bytes = UnsafeRawBufferPointer(start: gsl_rng_state(generator), count: gsl_rng_size(generator))
    return RandomStreamSnapshot(
      generator: String(cString: gsl_rng_name(generator)), gslVersion: GSL.version, state: Array(bytes))
  }

  /// A uniform number in [0, 1); with most generators a multiple of 2⁻³².
  @inline(__always)
  public mutating func uniform() -> Double { gsl_rng_uniform(generator) }

  /// A uniform number in (0, 1), so that its logarithm is finite.
  @inline(__always)
  public mutating func uniformPositive() -> Double { gsl_rng_uniform_pos(generator) }

  /// A uniform integer in 0 ..< `bound`.
  ///
  /// - Precondition: `bound > 0`, and below the generator's range (2³² for most).
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "the bound must be positive")
    return Int(gsl_rng_uniform_int(generator, UInt(bound)))
  }

  /// A standard normal number, by the ziggurat (Marsaglia & Tsang 2000, GSL's implementation); from ``vectorGenerator``
  /// by Box & Muller's transform.
  @inline(__always)
  public mutating func standardNormal() -> Double {
    if let vectorState { ck_generator_normal(vectorState) } else { gsl_ran_gaussian_ziggurat(generator, 1) }
  }

  /// Fills `values` with independent uniform numbers in [0, 1): those that as many calls of ``uniform()`` give.
  public mutating func fillUniform(_ values: inout MutableSpan<Double>) {
    if let vectorState {
      values.withUnsafeMutableBufferPointer { buffer in
        if let start = buffer.baseAddress { ck_generator_fill_uniform(vectorState, start, buffer.count) }
      }
      return
    }
    for i in 0..<values.count { values[unchecked: i] = gsl_rng_uniform(generator) }
  }

  /// Fills `values` with independent standard normal numbers: those that as many calls of ``standardNormal()`` give.
  public mutating func fillStandardNormal(_ values: inout MutableSpan<Double>) {
    if let vectorState {
      values.withUnsafeMutableBufferPointer { buffer in
        if let start = buffer.baseAddress { ck_generator_fill_normal(vectorState, start, buffer.count) }
      }
      return
    }
    for i in 0..<values.count { values[unchecked: i] = gsl_ran_gaussian_ziggurat(generator, 1) }
  }

  /// A standard exponential number.
  public mutating func standardExponential() -> Double { gsl_ran_exponential(generator, 1) }

  /// A gamma number of the given shape and scale 1.
  public mutating func gamma(shape: Double) -> Double { gsl_ran_gamma(generator, shape, 1) }

  /// A chi-squared number.
  public mutating func chiSquared(degreesOfFreedom: Double) -> Double {
    gsl_ran_chisq(generator, degreesOfFreedom)
  }

  /// True with the given probability.
  @inline(__always)
  public mutating func bernoulli(_ probability: Double) -> Bool { uniform() < probability }
}

extension RandomStream {
  /// Fills an array with independent standard normal numbers.
  @inlinable @inline(__always)
  mutating func fillStandardNormal(_ values: inout [Double]) {
    var span = values.mutableSpan
    fillStandardNormal(&span)
  }
}
