// Draws with faults that the checks should find, and the same draws without.

import Foundation
import Sampling

@testable import Networks

/// A feedforward density whose loss weighs contexts and stimuli unequally: 1 for each is the ensemble's own.
struct UnequalLoss: DifferentiableLogDensity {
  let density: FeedforwardDensity
  /// [row].
  let weights: [Double]
  private let task: NeuronSumTask

  init(_ density: FeedforwardDensity, weights: [Double]) {
    self.density = density
    self.weights = weights
    task = density.outputTask()!
  }

  var layout: ParameterLayout { density.layout }
  var units: [Double]? { density.units }
  func makeWorkspace() -> FeedforwardDensity.Workspace { density.makeWorkspace() }

  func logDensity(at position: Span<Double>, using workspace: inout FeedforwardDensity.Workspace) -> Double {
    position.withUnsafeBufferPointer { x in
      workspace.memory.withUnsafeMutableBufferPointer {
        density.weightPrior.logDensity(x.baseAddress!) + likelihood(x, $0)
      }
    }
  }

  func logDensity(
    at position: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout FeedforwardDensity.Workspace
  ) -> Double {
    position.withUnsafeBufferPointer { x in
      workspace.memory.withUnsafeMutableBufferPointer { memory in
        gradient.withUnsafeMutableBufferPointer { gradient in
          let value = density.weightPrior.logDensity(x.baseAddress!) + likelihood(x, memory)
          density.weightPrior.writeGradient(x.baseAddress!, to: gradient.baseAddress!)
          density.pass.reverse(x.baseAddress!, memory.baseAddress!, addingTo: gradient.baseAddress!)
          return value
        }
      }
    }
  }

  private func likelihood(_ x: UnsafeBufferPointer<Double>, _ memory: UnsafeMutableBufferPointer<Double>) -> Double {
    let memory = memory.baseAddress!
    density.pass.forward(x.baseAddress!, memory)
    let (outputs, slopes) = (density.pass.outputs(in: memory), density.pass.slopes(in: memory))
    var value = 0.0
    for s in 0..<weights.count {
      let error = outputs[s] - task.wanted[s]
      value -= weights[s] * task.precision / 2 * error * error
      slopes[s] = -weights[s] * task.precision * error
    }
    return value
  }
}

/// Langevin steps that move some coordinates only, with an accept step or without.
struct PartialLangevin<Target: DifferentiableLogDensity>: PointKernel {
  var target: Target
  let stepSizes: [Double]
  var isUnadjusted = false

  func makeScratch() -> NoScratch { NoScratch() }

  func step(
    _ point: inout PointState<Target>, scratch: inout NoScratch, using stream: inout RandomStream
  ) -> Transition {
    point.current.evaluateGradient(target, using: &point.workspace)
    let gradient = point.current.gradient
    point.proposed = point.current
    var (forward, backward) = (0.0, 0.0)
    for (j, h) in stepSizes.enumerated() where h > 0 {
      let noise = stream.standardNormal()
      forward += noise * noise
      point.proposed.position[j] += h * h / 2 * gradient[j] + h * noise
    }
    point.proposed.invalidate()
    point.proposed.evaluateGradient(target, using: &point.workspace)
    for (j, h) in stepSizes.enumerated() where h > 0 {
      let drift = h * h / 2 * point.proposed.gradient[j]
      let noise = (point.current.position[j] - point.proposed.position[j] - drift) / h
      backward += noise * noise
    }
    let logRatio = point.proposed.logDensity - point.current.logDensity + (forward - backward) / 2
    var transition = Transition()
    transition.acceptanceRate = min(1, exp(logRatio))
    if isUnadjusted || log(stream.uniformPositive()) < logRatio {
      point.accept()
      transition.moved = true
    }
    return transition
  }
}

enum FaultySampling {
  /// Positions of chains of a kernel, [chain][draw], the first `warmup` left out.
  static func positions<Kernel: PointKernel>(
    _ kernel: Kernel, chains: Int = 4, draws: Int, thin: Int, warmup: Int = 1000, seed: UInt64,
    start: (Int, inout RandomStream) throws -> [Double]
  ) throws -> [[[Double]]] {
    try (0..<chains).map { number in
      var starts = try RandomStream(StreamKey(seed: seed, chain: number, purpose: .start))
      var chain = try Chain(
        number: number, kernel: kernel, warmup: NoAdaptation<Kernel>(transitions: 0), start: try start(number, &starts),
        stream: try RandomStream(StreamKey(seed: seed, chain: number, purpose: .transitions)))
      for _ in 0..<warmup { _ = chain.advance() }
      return (0..<draws).map { _ in
        for _ in 0..<thin { _ = chain.advance() }
        return chain.state.position
      }
    }
  }

  /// What a run of these positions would have recorded.
  static func table<Ensemble: SampledEnsemble>(_ ensemble: Ensemble, _ positions: [[[Double]]]) throws -> DrawTable {
    let density = try ensemble.density()
    let seen = ensemble.observables(of: density)
    let names = seen.variables.flatMap(\.scalarNames)
    var scalars = [[[Double]]](repeating: [], count: names.count)
    var streaming: [[StreamingStatistic]] = []
    let heldOut = try GaussianReadoutTests.heldOut(features: ensemble.task.features)
    for chain in positions {
      var accumulator = ensemble.accumulator(of: density, heldOut: heldOut)
      var workspace = seen.makeWorkspace()
      var values = [Double](repeating: 0, count: names.count)
      var densityWorkspace = density.makeWorkspace()
      var columns = [[Double]](repeating: [], count: names.count)
      for position in chain {
        let log = density.logDensity(at: position.span, using: &densityWorkspace)
        var out = values.mutableSpan
        seen.evaluate(at: position.span, logDensity: log, into: &out, using: &workspace)
        for k in names.indices { columns[k].append(values[k]) }
        accumulator.add(position.span)
      }
      for k in names.indices { scalars[k].append(columns[k]) }
      streaming.append(accumulator.statistics)
    }
    return DrawTable(
      names: names, scalars: Dictionary(uniqueKeysWithValues: zip(names, scalars)), streaming: streaming)
  }

  /// The checks that there were before balance and conditional readouts, and all.
  static func checks<Ensemble: SampledEnsemble>(
    _ ensemble: Ensemble, _ positions: [[[Double]]], falseAlarmRate: Double = 1e-4
  ) throws -> (before: Check, now: Check) {
    let predictions = try ensemble.predictions()
    let draws = try table(ensemble, positions)
    let earlier = predictions.filter { !$0.name.hasPrefix("balance") && !$0.name.hasPrefix("conditional") }
    return (
      Check(earlier, against: draws, falseAlarmRate: falseAlarmRate),
      Check(predictions, against: draws, falseAlarmRate: falseAlarmRate)
    )
  }
}
