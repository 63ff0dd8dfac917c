// One network on its way down the loss.

import Sampling

/// The state of one training.
struct Descent<Density: NetworkDensity> {
  let training: GradientDescent<Density>
  let start: [Double]
  let number: Int?
  private var position: [Double]
  private var gradient: [Double]
  private var workspace: LossGradient<Density>.Workspace
  /// The loss on all stimuli where it was last evaluated.
  private(set) var loss: Double
  private let initialLoss: Double
  private let divergedLoss: Double
  private var steps = 0
  private var time = 0.0
  private var curve = LossCurve()
  private var sharpness = Sharpness<Density>()
  private var largestCurvature = 0.0
  private var firstMoment: [Double] = []
  private var secondMoment: [Double] = []

  /// Steps between two estimates of the curvature.
  private static var curvatureInterval: Int { 10 }

  init(_ training: GradientDescent<Density>, start: [Double], number: Int?) {
    self.training = training
    self.start = start
    self.number = number
    position = start
    let count = training.loss.density.layout.realCount
    gradient = [Double](repeating: 0, count: count)
    workspace = training.loss.makeWorkspace(at: start)
    var silent = start
    for j in 0..<count { silent[j] = 0 }
    let silentLoss = training.loss.loss(at: silent, using: &workspace)
    loss = training.loss.loss(at: start, gradient: &gradient, using: &workspace)
    initialLoss = loss
    divergedLoss = GradientDescent<Density>.divergenceFactor * max(loss, silentLoss)
    curve.offer(LossPoint(time: 0, loss: loss))
    if case .adam = training.options.rule {
      firstMoment = gradient.map { _ in 0 }
      secondMoment = firstMoment
    }
  }

  /// Whether steps or time are used up.
  var isDone: Bool {
    steps >= training.options.maximumSteps || training.options.maximumTime.map { time >= $0 } ?? false
  }

  /// One full-batch step.
  mutating func step() throws {
    if needsCurvature {
      sharpness.update(
        training.loss, at: position, gradient: gradient, iterations: curvatureIterations, using: &workspace)
      largestCurvature = sharpness.value
    }
    let rate = move(fraction: 0.5)
    loss = training.loss.loss(at: position, gradient: &gradient, using: &workspace)
    try didStep(rate)
  }

  /// One step on a batch, after which the loss on all stimuli is looked at if `evaluating`.
  mutating func step(on batch: LossGradient<Density>, evaluating: Bool) throws {
    var memory = batch.makeWorkspace(at: position)
    _ = batch.loss(at: position, gradient: &gradient, using: &memory)
    if needsCurvature {
      sharpness.update(batch, at: position, gradient: gradient, iterations: curvatureIterations, using: &memory)
      // Batches differ: the largest curvature of late counts.
      largestCurvature = max(sharpness.value, 0.9 * largestCurvature)
    }
    let rate = move(fraction: 0.25)
    guard evaluating else {
      steps += 1
      time += rate
      return
    }
    loss = training.loss.loss(at: position, using: &workspace)
    try didStep(rate)
  }

  func finish(_ stop: TrainingStop) -> TrainedNetwork {
    var memory = workspace
    return TrainedNetwork(
      start: start, end: position, loss: training.loss.loss(at: position, using: &memory), steps: steps, time: time,
      lossCurve: curve.points, stop: stop)
  }

  private var needsCurvature: Bool {
    guard case .automatic = training.options.learningRate, case .gradientDescent = training.options.rule else {
      return false
    }
    return steps % Self.curvatureInterval == 0
  }

  private var curvatureIterations: Int { steps == 0 ? 10 : 2 }

  /// Moves the weights; returns the rate.
  private mutating func move(fraction: Double) -> Double {
    let rule = training.options.rule
    var rate: Double
    switch (training.options.learningRate, rule) {
    case (.fixed(let given), _): rate = given
    case (.automatic, .adam): rate = 0.01 / (1 + Double(steps) / 1000).squareRoot()
    case (.automatic, .gradientDescent): rate = largestCurvature > 0 ? fraction / largestCurvature : 1
    }
    switch rule {
    case .gradientDescent:
      if let end = training.options.maximumTime { rate = min(rate, end - time) }
      for j in gradient.indices { position[j] -= rate * gradient[j] }
    case .adam(let first, let second):
      let count = Double(steps + 1)
      let firstBias = 1 - pow(first, count)
      let secondBias = 1 - pow(second, count)
      for j in gradient.indices {
        firstMoment[j] = first * firstMoment[j] + (1 - first) * gradient[j]
        secondMoment[j] = second * secondMoment[j] + (1 - second) * gradient[j] * gradient[j]
        position[j] -= rate * (firstMoment[j] / firstBias) / ((secondMoment[j] / secondBias).squareRoot() + 1e-8)
      }
    }
    return rate
  }

  private mutating func didStep(_ rate: Double) throws {
    steps += 1
    time += rate
    curve.offer(LossPoint(time: time, loss: loss))
    guard loss <= divergedLoss else {
      throw TrainingError.diverged(
        network: number, step: steps, loss: loss, initialLoss: initialLoss, learningRate: rate)
    }
  }
}
