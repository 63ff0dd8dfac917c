// Is what some weights of a network are, given the others, an additive regression with normal noise of one size?

import CGSL
import Sampling

/// Three exact tests of one network: that responses, given regressors, are an additive regression with normal noise of one size.
///
/// Under maximum entropy, product, Gibbs or hard, the output weights w given all else depend on it through Hᵀw and |w|² alone, with
/// a row of H for each neuron. So e = w − H H⁺ w has a uniform direction in its space given |e|, whatever the multipliers, the
/// tightness and the target are, and at every N. Nothing is fitted. The same holds of several responses with the same regressors (the mirror image, input
/// weights given output weights): then all residuals together have a uniform direction.
///
/// **F** compares with a larger model, by Fisher's law. **V** compares the size of the residuals between populations, **Q** looks for
/// neurons with residuals that are too large, Σ e_i⁴/(Σ e_i²)²; both by random rotations of e. All are exact for populations and added columns
/// that are functions of what is given (Langsrud 2005, rotation tests). What cannot be told is said in words, and never counted as agreement.
public struct ResidualTest: Sendable {
  /// What is left of responses of this part of their length is rounding.
  static let leastResidual = 1e-12

  /// N.
  public let neurons: Int
  /// The rank of the regressors.
  public let rank: Int
  /// Fisher's test of the larger model.
  public let largerModel: TestOutcome

  private let space: ColumnSpace
  /// e, [response, neuron].
  private let residuals: Matrix
  private let groups: ResidualGroups
  /// Why no rotation tells anything, if so.
  private let obstacle: String?
  /// Why populations cannot be compared, if so.
  private let groupObstacle: String?

  /// The test of responses [response, neuron] on regressors [column, neuron], against added columns [column, neuron].
  ///
  /// O(N r) a column, with r the rank of all. Nothing depends on units, of all numbers of a kind or of one column.
  ///
  /// - Parameter populations: a number for each neuron; nil for no populations.
  /// - Throws: ``StatisticsError`` for no neurons, different numbers of them, or numbers that are not finite.
  public init(
    responses: Matrix, regressors: Matrix, addedColumns: Matrix? = nil, populations: [Int]? = nil
  ) throws {
    let neurons = responses.columns
    for (what, found) in [
      ("the regressors", regressors.columns), ("the added columns", addedColumns?.columns ?? neurons),
      ("the populations", populations?.count ?? neurons),
    ] where found != neurons {
      throw StatisticsError.invalidCount(
        what: "neurons of \(what)", found: found, allowed: "\(neurons), as of the responses")
    }
    for (what, matrix) in [
      ("a response", responses), ("a regressor", regressors), ("an added column", addedColumns ?? responses),
    ] {
      if let bad = matrix.elements.first(where: { !$0.isFinite }) {
        throw StatisticsError.invalidValue(what: what, found: bad, allowed: "a finite number")
      }
    }
    guard neurons > 0, responses.rows > 0 else {
      throw StatisticsError.invalidCount(what: "neurons with responses", found: 0, allowed: "at least 1")
    }
    let larger = addedColumns.map(LargerModel.adding) ?? .none("no larger model was given")
    self.init(responses, on: ColumnSpace(regressors), larger: larger, populations: populations)
  }

  /// The test of responses [response, neuron] on a space.
  init(_ responses: Matrix, on space: ColumnSpace, larger: LargerModel, populations: [Int]?) {
    let responses = responses.inOwnUnit
    neurons = space.neurons
    rank = space.rank
    self.space = space
    residuals = space.residuals(of: responses)
    let left = residuals.squaredNorm
    let least = Self.leastResidual * Self.leastResidual * responses.squaredNorm
    if rank >= neurons {
      obstacle = "the regressors have rank \(rank), and fit any weights of \(neurons) neurons"
    } else if left <= least {
      obstacle = responses.largestMagnitude == 0 ? "all weights are zero" : "no residual is left but rounding"
    } else {
      obstacle = nil
    }
    groups = ResidualGroups(populations: populations ?? [], leverages: space.leverages)
    if populations == nil {
      groupObstacle = "there are no populations"
    } else if groups.count < 2 {
      groupObstacle =
        "\(groups.count == 0 ? "no population has" : "only one population has") two residual degrees of freedom"
    } else {
      groupObstacle = nil
    }
    largerModel =
      obstacle.map(TestOutcome.notTestable)
      ?? Self.compare(larger, responses, residuals, space, populations: populations ?? [], least: least)
  }

  /// F = [(S0 − S1)/(r1 − r)]/[S1/(N − r1)], degrees of freedom times the number of responses.
  private static func compare(
    _ larger: LargerModel, _ responses: Matrix, _ residuals: Matrix, _ space: ColumnSpace, populations: [Int],
    least: Double
  ) -> TestOutcome {
    var fit = RegressionFit()
    // S0 − S1, which is no difference where the spaces are nested by construction.
    var gained: Double
    switch larger {
    case .none(let reason): return .notTestable(reason)
    case .adding(let columns):
      var whole = space
      whole.extend(by: columns)
      let left = whole.residuals(of: residuals)
      fit = RegressionFit(rank: whole.rank, squaredResidual: left.squaredNorm)
      gained = (residuals - left).squaredNorm
    case .perPopulation(let columns):
      fit = .perPopulation(responses, columns: columns, populations: populations)
      gained = max(0, residuals.squaredNorm - fit.squaredResidual)
    }
    guard fit.rank > space.rank else {
      return .notTestable("the larger model adds nothing: both have rank \(space.rank)")
    }
    guard fit.rank < space.neurons else {
      return .notTestable("the larger model has rank \(fit.rank), and fits any weights of \(space.neurons) neurons")
    }
    guard fit.squaredResidual > least else { return .notTestable("the larger model leaves no residual but rounding") }
    let numerator = (fit.rank - space.rank) * responses.rows
    let denominator = (space.neurons - fit.rank) * responses.rows
    GSL.prepare()
    let ratio = gained / Double(numerator) / (fit.squaredResidual / Double(denominator))
    return .tested(
      ratio, degreesOfFreedom: [numerator, denominator],
      pValue: gsl_cdf_fdist_Q(ratio, Double(numerator), Double(denominator)))
  }

  /// The number of residual degrees of freedom: of each response N − r.
  public var residualDegreesOfFreedom: Int { (neurons - rank) * residuals.rows }

  /// Tests V and Q by `rotations` random rotations of the residuals, the same for both. O(N r) a rotation and response.
  ///
  /// e' = P z with z normal and P the projection on the complement of the regressors; both statistics are free of scale.
  ///
  /// - Throws: ``StatisticsError`` for fewer than 19 rotations, which never reject at 5 %.
  public func rotate(_ rotations: Int = 999, using stream: inout RandomStream) throws -> RotationTests {
    guard rotations >= 19 else {
      throw StatisticsError.invalidCount(what: "rotations", found: rotations, allowed: "at least 19")
    }
    if let obstacle { return RotationTests(obstacle: obstacle) }
    guard residualDegreesOfFreedom >= 2 else {
      return RotationTests(obstacle: "one residual degree of freedom has no direction")
    }
    var rotation = ResidualRotation(space, responses: residuals.rows, groups: groups)
    let own = rotation.statistics(of: residuals.elements)
    var inequalities = [Double](repeating: 0, count: rotations)
    var concentrations = inequalities
    for k in 0..<rotations {
      let found = rotation.next(using: &stream)
      (inequalities[k], concentrations[k]) = (found.inequality, found.concentration)
    }
    let v = NullStatistics(own: own.inequality, null: inequalities, rounding: groups.rounding)
    let q = NullStatistics(own: own.concentration, null: concentrations, rounding: 1e-10 * own.concentration)
    return RotationTests(v: groupObstacle == nil ? v : nil, groupObstacle: groupObstacle, q: q, neurons: neurons)
  }
}
