// How networks are trained: the rule, its rate, and when to stop.

/// How a gradient becomes a change of weights.
public enum TrainingRule: Sendable, Equatable {
  /// θ ← θ − η n ∂L/∂θ. The training time advances by η.
  case gradientDescent
  /// Adam (Kingma & Ba 2015) with bias correction; steps of about η whatever the size of the gradient.
  case adam(firstDecay: Double = 0.9, secondDecay: Double = 0.999)
}

/// The learning rate η.
public enum LearningRate: Sendable, Equatable {
  /// Gradient descent: 1/2 (with batches 1/4) over the largest curvature of n L, estimated anew every ten steps; steps are
  /// stable below 2 over it. Adam: 0.01/√(1 + step/1000).
  case automatic
  /// The same at every step.
  case fixed(Double)
}

/// How to train a network, and when to stop.
public struct TrainingOptions: Sendable, Equatable {
  /// The rule.
  public var rule: TrainingRule
  /// η.
  public var learningRate: LearningRate
  /// Training stops once the loss, on all stimuli, is at most this.
  public var lossBound: Double
  /// Training stops after this many steps at the latest.
  public var maximumSteps: Int
  /// Gradient descent stops once the training time, Σ η, reaches this; nil for no limit.
  public var maximumTime: Double?

  /// A rule, its learning rate, and when to end.
  public init(
    rule: TrainingRule = .gradientDescent, learningRate: LearningRate = .automatic, lossBound: Double = 1e-8,
    maximumSteps: Int = 100_000, maximumTime: Double? = nil
  ) {
    self.rule = rule
    self.learningRate = learningRate
    self.lossBound = lossBound
    self.maximumSteps = maximumSteps
    self.maximumTime = maximumTime
  }

  /// - Throws: ``TrainingError`` naming what is out of range.
  func validate() throws {
    func require(_ isAllowed: Bool, _ name: String, _ value: Double, _ allowed: String) throws {
      guard isAllowed else { throw TrainingError.invalidParameter(name: name, value: value, allowed: allowed) }
    }
    try require(lossBound >= 0, "the loss bound", lossBound, "a number that is not negative")
    try require(maximumSteps >= 1, "the number of steps", Double(maximumSteps), "at least 1")
    if let time = maximumTime { try require(time > 0, "the training time", time, "a positive number") }
    if case .fixed(let rate) = learningRate {
      try require(rate > 0 && rate.isFinite, "the learning rate", rate, "a positive finite number")
    }
    if case .adam(let first, let second) = rule {
      try require(first >= 0 && first < 1, "Adam's first decay", first, "0 or more and below 1")
      try require(second >= 0 && second < 1, "Adam's second decay", second, "0 or more and below 1")
    }
  }
}

/// Why training ended.
public enum TrainingStop: String, Sendable, Equatable, Codable {
  /// The loss is at most the bound.
  case lossReached
  /// All steps are done, or the time is over.
  case stepsDone
  /// It was asked to stop.
  case interrupted
}

/// A network before and after training.
public struct TrainedNetwork: Sendable, Equatable {
  /// Where it started.
  public let start: [Double]
  /// Where it ended.
  public let end: [Double]
  /// The loss at the end, on all stimuli.
  public let loss: Double
  /// The number of steps.
  public let steps: Int
  /// Σ of the learning rates.
  public let time: Double
  /// The loss on all stimuli along the way, thinned evenly to at most `LossCurve.maximumCount` points.
  public let lossCurve: [LossPoint]
  /// Why it ended.
  public let stop: TrainingStop
}

/// A loss curve of bounded length: when it is full, every second point goes and only every second one comes.
struct LossCurve {
  static let maximumCount = 512

  private(set) var points: [LossPoint] = []
  private var stride = 1
  private var offered = 0

  mutating func offer(_ point: LossPoint) {
    defer { offered += 1 }
    guard offered % stride == 0 else { return }
    if points.count == Self.maximumCount {
      points = points.indices.filter { $0 % 2 == 0 }.map { points[$0] }
      stride *= 2
      guard offered % stride == 0 else { return }
    }
    points.append(point)
  }
}
