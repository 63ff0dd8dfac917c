// The estimate of a metric that warm-up collects, of whichever kind.

/// Collects what an inverse metric of one kind is estimated from.
///
/// Two optionals and no enumeration: a payload that is taken out to be changed would be copied with every draw.
struct MetricEstimator: Sendable, Equatable {
  private var moments: CovarianceEstimator?
  private var fisher: FisherEstimator?

  /// nil where nothing is estimated.
  init?(_ kind: InverseMetric.Kind, dimension: Int) {
    switch kind {
    case .identity: return nil
    case .diagonal, .dense: moments = CovarianceEstimator(dimension: dimension, isDense: kind == .dense)
    case .lowRank: fisher = FisherEstimator(dimension: dimension)
    }
  }

  /// Takes in where a chain is. What needs gradients ignores a point where none is known: kernels without any keep their metric.
  mutating func add(_ point: EvaluatedPoint) {
    moments?.add(point.position)
    if point.hasGradient { fisher?.add(point.position, gradient: point.gradient) }
  }

  /// Forgets everything.
  mutating func reset() {
    moments?.reset()
    fisher?.reset()
  }

  /// The estimate, regularised in the given units (nil: ones); nil from too little.
  func inverseMetric(units: [Double]?) -> InverseMetric? {
    moments?.inverseMetric(units: units) ?? fisher?.inverseMetric(units: units)
  }

  /// Whether this is what a metric of a kind is estimated from.
  func serves(_ kind: InverseMetric.Kind) -> Bool {
    switch kind {
    case .identity: false
    case .diagonal: moments?.isDense == false
    case .dense: moments?.isDense == true
    case .lowRank: fisher != nil
    }
  }

  func save(to archive: inout [Double]) {
    archive.append(moments != nil ? 1 : 2)
    moments?.save(to: &archive)
    fisher?.save(to: &archive)
  }

  /// Reads what ``save(to:)`` wrote; a zero stands for no estimator.
  static func restored(from archive: inout ArraySlice<Double>) throws -> MetricEstimator? {
    switch try archive.next() {
    case 0: nil
    case 1: MetricEstimator(moments: try CovarianceEstimator(from: &archive))
    case 2: MetricEstimator(fisher: try FisherEstimator(from: &archive))
    case let kind: throw ArchiveError("the saved warm-up estimates a metric of unknown kind \(kind)")
    }
  }

  private init(moments: CovarianceEstimator? = nil, fisher: FisherEstimator? = nil) {
    self.moments = moments
    self.fisher = fisher
  }
}
