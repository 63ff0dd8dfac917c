// Mixtures of Gaussians fitted to a cloud of neurons, and neurons redrawn from them.

import Sampling

/// A mixture of Gaussians with full covariances, fitted by expectation maximisation (Dempster, Laird & Rubin 1977).
public struct GaussianMixture: Sendable {
  /// Where the components are centred.
  public enum Means: Sendable, Equatable {
    /// At zero: populations differ in covariance alone, as theory's do (THEORY section 2).
    case zero
    /// Anywhere.
    case free
  }

  /// One component.
  public struct Component: Sendable, Equatable {
    /// The share of neurons.
    public let weight: Double
    /// The mean, [coordinate].
    public let mean: [Double]
    /// The covariance, [coordinate, coordinate].
    public let covariance: Matrix
  }

  /// Where the components are centred.
  public let means: Means
  /// The components, heaviest first.
  public let components: [Component]
  /// Σ_i ln p(x_i), in nats.
  public let logLikelihood: Double
  /// −2 ln L + parameters · ln n (Schwarz 1978): smaller is better.
  public let bic: Double
  /// The component that each neuron most probably belongs to.
  public let labels: [Int]
  private let factors: [Cholesky]

  /// The best of several starts. O(starts · rounds · n k d²).
  ///
  /// Free means start from k-means++, zero means from random directions in the whitened cloud, each neuron going to the nearest up
  /// to sign. Covariances have 10⁻⁶ of the cloud's mean variance added to their diagonal. Starts that leave a component with fewer
  /// than d + 1 neurons are dropped.
  ///
  /// - Parameter points: [neuron, coordinate].
  /// - Throws: ``StatisticsError`` for too few neurons, k (d + 1) at least, or if no start succeeds.
  public init(
    _ points: Matrix, components count: Int, means: Means = .free, starts: Int = 10, using stream: inout RandomStream
  ) throws {
    let (n, d) = (points.rows, points.columns)
    guard count >= 1, n >= count * (d + 1) else {
      throw StatisticsError.invalidCount(
        what: "components for \(n) neurons of \(d) coordinates", found: count,
        allowed: "1 ... \(n / (d + 1)), so that each has at least \(d + 1) neurons")
    }
    guard starts >= 1 else {
      throw StatisticsError.invalidCount(what: "starts of the mixture", found: starts, allowed: "at least 1")
    }
    let axes = try PrincipalAxes(points, isCentred: means == .free)
    let variance = axes.variances.reduce(0, +) / Double(d)
    guard axes.varies else { throw StatisticsError.degenerate("the neurons to fit are all equal") }
    var best: Expectation?
    for _ in 0..<(count == 1 ? 1 : starts) {
      let labels =
        means == .free
        ? try KMeans(points, clusters: count, starts: 1, using: &stream).labels
        : Self.directionLabels(axes.rotate(points), axes.variances, count, using: &stream)
      var fit = Expectation(points, labels: labels, components: count, means: means, ridge: 1e-6 * variance)
      guard fit.run(), fit.logLikelihood > best?.logLikelihood ?? -.infinity else { continue }
      best = fit
    }
    guard let best else {
      throw StatisticsError.degenerate(
        "no start of a mixture of \(count) populations kept \(d + 1) neurons in each; ask for fewer populations")
    }
    let order = (0..<count).sorted { best.weights[$0] > best.weights[$1] }
    self.means = means
    components = order.map {
      Component(weight: best.weights[$0], mean: best.centres[$0], covariance: best.covariances[$0])
    }
    factors = order.map { best.factors[$0] }
    logLikelihood = best.logLikelihood
    let perComponent = d * (d + 1) / 2 + (means == .free ? d : 0)
    bic = -2 * best.logLikelihood + Double(count - 1 + count * perComponent) * log(Double(n))
    labels = (0..<n).map { i in
      order.indices.max { best.responsibility[order[$0] * n + i] < best.responsibility[order[$1] * n + i] }!
    }
  }

  /// The mixtures of 1 ... `maximum` components, the one of least BIC being the number of populations found.
  ///
  /// - Throws: as the fit.
  public static func selecting(
    _ points: Matrix, maximum: Int, means: Means = .free, starts: Int = 10, using stream: inout RandomStream
  ) throws -> (fits: [GaussianMixture], byBIC: Int) {
    guard maximum >= 1 else {
      throw StatisticsError.invalidCount(
        what: "the largest number of components", found: maximum, allowed: "at least 1")
    }
    var fits: [GaussianMixture] = []
    for count in 1...maximum {
      fits.append(try GaussianMixture(points, components: count, means: means, starts: starts, using: &stream))
    }
    return (fits, fits.indices.min { fits[$0].bic < fits[$1].bic }! + 1)
  }

  /// Every neuron drawn anew from its own component, [neuron, coordinate]: populations keep their sizes and places.
  ///
  /// The resampling test (Dubreuil et al. 2022; Beiran et al. 2021): networks made of redrawn neurons keep their
  /// performance if the populations are all the structure there is. O(n d²).
  public func redraw(using stream: inout RandomStream) -> Matrix {
    let d = components[0].mean.count
    var result = Matrix(rows: labels.count, columns: d)
    var normal = [Double](repeating: 0, count: d)
    for (i, label) in labels.enumerated() {
      for k in 0..<d { normal[k] = stream.standardNormal() }
      for k in 0..<d {
        var value = components[label].mean[k]
        for j in 0...k { value += factors[label].factor[k, j] * normal[j] }
        result[i, k] = value
      }
    }
    return result
  }

  /// Labels by the largest |cosine| with random points of the whitened cloud.
  private static func directionLabels(
    _ rotated: Matrix, _ variances: [Double], _ count: Int, using stream: inout RandomStream
  ) -> [Int] {
    let floor = 1e-12 * variances[0]
    let d = rotated.columns
    let white = (0..<rotated.rows).map { i in
      let row = (0..<d).map { rotated[i, $0] / max(variances[$0], floor).squareRoot() }
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return norm > 0 ? row.map { $0 / norm } : row
    }
    let seeds = (0..<count).map { _ in white[stream.integer(below: white.count)] }
    return white.map { point in
      (0..<count).max { abs(dot(point, seeds[$0])) < abs(dot(point, seeds[$1])) }!
    }
  }
}

/// One run of expectation maximisation.
private struct Expectation {
  let points: Matrix
  let means: GaussianMixture.Means
  let ridge: Double
  var weights: [Double]
  var centres: [[Double]]
  var covariances: [Matrix]
  var factors: [Cholesky] = []
  /// P(component | point), [component, point].
  var responsibility: [Double]
  var logLikelihood = -Double.infinity

  init(_ points: Matrix, labels: [Int], components: Int, means: GaussianMixture.Means, ridge: Double) {
    self.points = points
    self.means = means
    self.ridge = ridge
    weights = [Double](repeating: 0, count: components)
    centres = [[Double]](repeating: [Double](repeating: 0, count: points.columns), count: components)
    covariances = [Matrix](repeating: Matrix(rows: points.columns, columns: points.columns), count: components)
    responsibility = [Double](repeating: 0, count: components * points.rows)
    for (i, label) in labels.enumerated() { responsibility[label * points.rows + i] = 1 }
  }

  /// Whether it converged with enough neurons in every component.
  mutating func run() -> Bool {
    let smallestGain = 1e-7 * Double(points.rows)
    for _ in 0..<1000 {
      guard maximise() else { return false }
      let previous = logLikelihood
      expect()
      guard logLikelihood.isFinite else { return false }
      if logLikelihood - previous < smallestGain { return true }
    }
    return true
  }

  /// Weights, means and covariances from responsibilities.
  private mutating func maximise() -> Bool {
    let (n, d) = (points.rows, points.columns)
    factors = []
    for c in weights.indices {
      let own = responsibility[c * n..<(c + 1) * n]
      let total = own.reduce(0, +)
      guard total >= Double(d + 1) else { return false }
      weights[c] = total / Double(n)
      if means == .free {
        for k in 0..<d {
          var sum = 0.0
          for (i, share) in own.enumerated() { sum += share * points[i, k] }
          centres[c][k] = sum / total
        }
      }
      var covariance = Matrix(rows: d, columns: d)
      for (i, share) in own.enumerated() where share > 0 {
        for j in 0..<d {
          let left = share * (points[i, j] - centres[c][j]) / total
          for k in 0...j { covariance[j, k] += left * (points[i, k] - centres[c][k]) }
        }
      }
      for j in 0..<d {
        covariance[j, j] += ridge
        for k in 0..<j { covariance[k, j] = covariance[j, k] }
      }
      guard let factor = try? Cholesky(covariance) else { return false }
      covariances[c] = covariance
      factors.append(factor)
    }
    return true
  }

  /// Responsibilities and likelihood from weights, means and covariances.
  private mutating func expect() {
    let (n, d) = (points.rows, points.columns)
    for c in weights.indices {
      let constant =
        log(weights[c]) - 0.5 * factors[c].logDeterminant - 0.5 * Double(d) * log(2 * .pi)
      let lower = factors[c].factor
      var solved = [Double](repeating: 0, count: d)
      for i in 0..<n {
        var square = 0.0
        for j in 0..<d {
          var value = points[i, j] - centres[c][j]
          for k in 0..<j { value -= lower[j, k] * solved[k] }
          solved[j] = value / lower[j, j]
          square += solved[j] * solved[j]
        }
        responsibility[c * n + i] = constant - square / 2
      }
    }
    logLikelihood = 0
    for i in 0..<n {
      var largest = -Double.infinity
      for c in weights.indices { largest = max(largest, responsibility[c * n + i]) }
      var total = 0.0
      for c in weights.indices { total += exp(responsibility[c * n + i] - largest) }
      logLikelihood += largest + log(total)
      for c in weights.indices { responsibility[c * n + i] = exp(responsibility[c * n + i] - largest) / total }
    }
  }
}
