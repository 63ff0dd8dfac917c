// Which combinations of contexts given gains can tell apart, and what they force on every network's readout.

import Sampling

/// A linear identity g_c = Σ_e a_e g_e that the gains of all neurons obey, and therefore the rows of every readout.
public struct GainIdentity: Sendable, Equatable, CustomStringConvertible {
  /// c, the context whose gains follow from those of earlier ones.
  public let context: Int
  /// The earlier contexts e with their factors a_e; none if the gains of c are all zero.
  public let terms: [Term]

  /// A context with its factor.
  public struct Term: Sendable, Equatable {
    /// e.
    public let context: Int
    /// a_e.
    public let factor: Double
  }

  /// For example `g_2 = g_0 - 0.5 g_1`.
  public var description: String { text("g") }

  /// The identity between quantities called `symbol`.
  func text(_ symbol: String) -> String {
    var text = "\(symbol)_\(context) ="
    if terms.isEmpty { text += " 0" }
    for (index, term) in terms.enumerated() {
      let size = String(format: "%.6g", abs(term.factor))
      let sign = term.factor < 0 ? "-" : index == 0 ? "" : "+"
      text += (sign.isEmpty ? " " : " \(sign) ") + (size == "1" ? "" : "\(size) ") + "\(symbol)_\(term.context)"
    }
    return text
  }

  /// By how much the rows of a matrix miss it, `[feature]`.
  func violation(by rows: Matrix) -> [Double] {
    (0..<rows.columns).map { d in
      terms.reduce(rows[context, d]) { $0 - $1.factor * rows[$1.context, d] }
    }
  }
}

/// The span of given gain patterns in R^K.
struct GainSpan: Sendable {
  /// Columns are taken for dependent if what is left of one is smaller by this factor.
  static let tolerance = 1e-7

  /// One identity for every context whose gains follow from those of earlier contexts.
  let identities: [GainIdentity]
  /// An orthonormal basis U of the span, `[context, direction]`; the identity matrix if the patterns span R^K.
  let basis: Matrix

  /// The dimension r of the span.
  var rank: Int { basis.columns }

  /// Finds the identities by orthogonalising the contexts' gains one after the other. O(patterns · K² + K³).
  ///
  /// - Throws: ``GSLError``.
  init(_ gains: GivenGains) throws {
    let contexts = gains.contexts
    let roots = gains.fractions.map { $0.squareRoot() }
    var columns = Orthonormal()
    var independent: [Int] = []
    var sizes: [Double] = []
    var identities: [GainIdentity] = []
    for c in 0..<contexts {
      let column = (0..<roots.count).map { roots[$0] * gains.patterns[$0, c] }
      sizes.append(column.reduce(0) { max($0, abs($1)) })
      guard let coefficients = columns.append(column, unlessBelow: Self.tolerance) else {
        independent.append(c)
        continue
      }
      // What is left of rounding is no term.
      let terms = zip(independent, coefficients).filter { abs($0.1) * sizes[$0.0] > 1e-12 * sizes[c] }
      identities.append(
        GainIdentity(context: c, terms: terms.map { GainIdentity.Term(context: $0.0, factor: $0.1) }))
    }
    self.identities = identities
    guard !identities.isEmpty else {
      basis = Matrix.identity(contexts)
      return
    }
    var normals = Orthonormal()
    for identity in identities {
      var normal = [Double](repeating: 0, count: contexts)
      normal[identity.context] = 1
      for term in identity.terms { normal[term.context] = -term.factor }
      _ = normals.append(normal, unlessBelow: 0)
    }
    var projector = Matrix(rows: contexts, columns: contexts)
    for normal in normals.vectors { subtractOuterProduct(normal.map { -$0 }, normal, from: &projector) }
    let eigen = try SymmetricEigen(projector)
    var basis = Matrix(rows: contexts, columns: independent.count)
    for c in 0..<contexts { for r in 0..<basis.columns { basis[c, r] = eigen.vectors[c, r] } }
    self.basis = basis
  }

  /// The part of a matrix's rows that no readout can have: (1 - U Uᵀ) M.
  func unreachable(_ matrix: Matrix) -> Matrix {
    guard !identities.isEmpty else { return Matrix(rows: matrix.rows, columns: matrix.columns) }
    return matrix - basis * (basis.transposed * matrix)
  }

  /// Uᵀ M: the rows of a matrix in the basis of the span.
  func coordinates(of matrix: Matrix) -> Matrix { identities.isEmpty ? matrix : basis.transposed * matrix }

  /// Checks that a readout can equal the target.
  ///
  /// - Throws: ``MaxEntropyError/dependentGains(identity:feature:violation:)`` for the identity that it misses by most.
  func require(_ target: Matrix) throws {
    let largest = target.elements.reduce(0) { max($0, abs($1)) }
    var worst: (identity: GainIdentity, feature: Int, violation: Double)?
    for identity in identities {
      let scale = identity.terms.reduce(1) { max($0, abs($1.factor)) }
      for (feature, violation) in identity.violation(by: target).enumerated()
      where abs(violation) > 1e-10 * scale * largest && abs(violation) > abs(worst?.violation ?? 0) {
        worst = (identity, feature, violation)
      }
    }
    if let worst {
      throw MaxEntropyError.dependentGains(
        identity: worst.identity, feature: worst.feature, violation: worst.violation)
    }
  }
}

/// Vectors made orthonormal one after the other (Gram and Schmidt, twice for accuracy).
private struct Orthonormal {
  private(set) var vectors: [[Double]] = []
  /// Column j holds the components of accepted vector j along the vectors up to it, and its remaining length.
  private var triangle: [[Double]] = []

  /// Adds a vector's part orthogonal to those before it; or, if that is below `fraction` of the vector or zero, returns the
  /// vector's coefficients in the accepted ones.
  mutating func append(_ vector: [Double], unlessBelow fraction: Double) -> [Double]? {
    let scale = vector.reduce(0) { max($0, abs($1)) }
    guard scale > 0 else { return [] }
    var rest = vector.map { $0 / scale }
    let length = dot(rest, rest).squareRoot()
    var components = [Double](repeating: 0, count: vectors.count)
    for _ in 0..<2 {
      for (j, unit) in vectors.enumerated() {
        let component = dot(unit, rest)
        components[j] += component
        for i in rest.indices { rest[i] -= component * unit[i] }
      }
    }
    let remaining = dot(rest, rest).squareRoot()
    if remaining > fraction * length {
      vectors.append(rest.map { $0 / remaining })
      triangle.append((components + [remaining]).map { $0 * scale })
      return nil
    }
    var coefficients = components.map { $0 * scale }
    for j in coefficients.indices.reversed() {
      coefficients[j] /= triangle[j][j]
      for i in 0..<j { coefficients[i] -= coefficients[j] * triangle[j][i] }
    }
    return coefficients
  }
}
