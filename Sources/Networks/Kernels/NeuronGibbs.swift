// Networks moved neuron by neuron: each neuron's output weight integrated out, its other parameters proposed from the prior.

import Foundation
import Sampling

/// Sweeps over the neurons of a ``NeuronSumDensity``.
///
/// For neuron i, with e = Y − f Σ_{j≠i} w_j h_j what the others leave to explain, the output weight is Gaussian given h_i and is
/// integrated out,
///
///     ln ∫ dw_i p = const − ½ ln(1 + v) + ½ σ_w² q²/(1 + v),  v = σ_w² κ f² |h_i|²,  q = κ f e·h_i,
///
/// other parameters are proposed from the prior (or by a Crank–Nicolson step, which keeps a part of them) and accepted with that
/// function's ratio, and w_i ~ N(σ_w² q/(1 + v), σ_w²/(1 + v)) is drawn anew. One neuron changes the log density by O(1) at any
/// N, so that proposals from the prior are accepted often, and what neurons have in common is held by a restoring force that
/// every update obeys: a few sweeps make a nearly independent network.
///
/// A sweep costs N S evaluations of the response, made in one batch, and O(N S) besides. The log density's value comes with it.
/// Nothing to tune. `acceptance_rate` is that of the proposals, `n_steps` the number of sweeps.
public struct NeuronGibbs<Target: NeuronSumDensity>: PointKernel {
  public var target: Target {
    didSet {
      guard let task = target.neuronSumTask() else {
        preconditionFailure("the new target's neurons do not meet in a sum only")
      }
      self.task = task
    }
  }
  /// One number a sweep: by how much a proposal keeps of where a neuron is, ρ in x' = ρ x + √(1 − ρ²) s z. 0: from the prior.
  public let persistence: [Double]
  private var task: NeuronSumTask
  private let scales: [Double]

  /// Nil if the target's neurons do not meet in a sum only (``NeuronSumDensity/neuronSumTask()``).
  ///
  /// - Precondition: at least one sweep; 0 ≤ ρ < 1.
  public init?(_ target: Target, persistence: [Double] = [0, 0.8]) {
    precondition(!persistence.isEmpty && persistence.allSatisfy { $0 >= 0 && $0 < 1 })
    guard let task = target.neuronSumTask() else { return nil }
    self.target = target
    self.task = task
    self.persistence = persistence
    scales = target.priorScales
  }

  /// Responses at the position and at the proposed one, [neuron, response]; what is left to explain; noise.
  public struct Scratch: Sendable {
    var responses: [Double]
    var proposedResponses: [Double]
    var residual: [Double]
    var noise: [Double]
  }

  public func makeScratch() -> Scratch {
    let zeros = [Double](repeating: 0, count: target.neurons * target.responseCount)
    return Scratch(
      responses: zeros, proposedResponses: zeros, residual: [Double](repeating: 0, count: target.responseCount),
      noise: [Double](repeating: 0, count: scales.count))
  }

  public func step(
    _ point: inout PointState<Target>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Transition {
    var transition = Transition()
    Self.respond(target, at: point.current.position, into: &scratch.responses, using: &point.workspace)
    start(&scratch, at: point.current.position)
    var accepted = 0
    for persistence in persistence {
      propose(&point, persistence: persistence, noise: &scratch.noise, using: &stream)
      Self.respond(target, at: point.proposed.position, into: &scratch.proposedResponses, using: &point.workspace)
      accepted += sweep(&point.current.position, point.proposed.position, &scratch, using: &stream)
    }
    point.current.invalidate()
    point.proposed.invalidate()
    transition.acceptanceRate = Double(accepted) / Double(persistence.count * target.neurons)
    transition.steps = persistence.count
    transition.moved = true
    return transition
  }

  /// Takes the arrays apart, which exclusivity checking would not let both be reached through one value.
  private static func respond(
    _ target: Target, at position: [Double], into responses: inout [Double], using workspace: inout Target.Workspace
  ) {
    var span = responses.mutableSpan
    target.writeResponses(at: position.span, into: &span, using: &workspace)
  }

  /// Y − f Σ_i w_i h_i.
  private func start(_ scratch: inout Scratch, at position: [Double]) {
    let count = target.responseCount
    scratch.residual.withUnsafeMutableBufferPointer { residual in
      scratch.responses.withUnsafeBufferPointer { responses in
        for s in 0..<count { residual[s] = task.wanted[s] }
        for i in 0..<target.neurons {
          addMultiple(-task.factor * position[i], responses.baseAddress! + i * count, to: residual.baseAddress!, count)
        }
      }
    }
  }

  /// Writes a proposal for every parameter but the output weights into the proposed point.
  private func propose(
    _ point: inout PointState<Target>, persistence: Double, noise: inout [Double], using stream: inout RandomStream
  ) {
    var span = noise.mutableSpan
    stream.fillStandardNormal(&span)
    let spread = (1 - persistence * persistence).squareRoot()
    Self.propose(
      from: point.current.position, into: &point.proposed.position, noise: noise, scales: scales,
      persistence: persistence, spread: spread)
    for j in target.layout.binaryRange {
      let keeps = persistence > 0 && stream.bernoulli(persistence)
      point.proposed.position[j] =
        keeps ? point.current.position[j] : stream.bernoulli(target.activeProbability) ? 1 : 0
    }
  }

  private static func propose(
    from position: [Double], into proposed: inout [Double], noise: [Double], scales: [Double], persistence: Double,
    spread: Double
  ) {
    proposed.withUnsafeMutableBufferPointer { proposed in
      position.withUnsafeBufferPointer { position in
        noise.withUnsafeBufferPointer { noise in
          scales.withUnsafeBufferPointer { scales in
            for j in 0..<scales.count {
              proposed[j] = persistence * position[j] + spread * (scales[j] * noise[j])
            }
          }
        }
      }
    }
  }

  /// Visits every neuron once; returns how many proposals were accepted.
  private func sweep(
    _ position: inout [Double], _ proposed: [Double], _ scratch: inout Scratch, using stream: inout RandomStream
  ) -> Int {
    let n = target.neurons
    let count = target.responseCount
    let dimension = target.dimension
    var accepted = 0
    position.withUnsafeMutableBufferPointer { position in
      proposed.withUnsafeBufferPointer { proposed in
        scratch.responses.withUnsafeMutableBufferPointer { responses in
          scratch.proposedResponses.withUnsafeBufferPointer { proposedResponses in
            scratch.residual.withUnsafeMutableBufferPointer { residual in
              let left = residual.baseAddress!
              for i in 0..<n {
                let present = responses.baseAddress! + i * count
                let candidate = proposedResponses.baseAddress! + i * count
                let moves = move(
                  &position[i], prior: scales[i], noise: scratch.noise[i], from: present, to: candidate,
                  residual: left, count, using: &stream)
                if moves {
                  accepted += 1
                  present.update(from: candidate, count: count)
                  for j in stride(from: n + i, to: dimension, by: n) { position[j] = proposed[j] }
                }
              }
            }
          }
        }
      }
    }
    return accepted
  }

  /// Decides on a neuron's proposal, draws its output weight, and brings the residual up to date.
  @inline(__always)
  private func move(
    _ weight: inout Double, prior scale: Double, noise: Double, from h: UnsafePointer<Double>,
    to candidate: UnsafePointer<Double>, residual: UnsafeMutablePointer<Double>, _ count: Int,
    using stream: inout RandomStream
  ) -> Bool {
    let old = task.factor * weight
    let products = ResponseProducts(h, candidate, residual, count)
    let here = OutputWeightLaw(
      square: products.square, overlap: products.residual + old * products.square, scale: scale, task)
    let there = OutputWeightLaw(
      square: products.candidateSquare, overlap: products.candidateResidual + old * products.cross, scale: scale, task)
    let ratio = there.exponent - here.exponent - 0.5 * log(there.shrinkage / here.shrinkage)
    let moves = stream.uniformPositive() < exp(ratio)
    let law = moves ? there : here
    weight = law.mean + law.deviation * noise
    let new = task.factor * weight
    if moves {
      addMultiples(old, h, -new, candidate, to: residual, count)
    } else {
      addMultiple(old - new, h, to: residual, count)
    }
    return moves
  }
}

/// The Gaussian law of a neuron's output weight given all else, and what is left of ln p once the weight is integrated out:
/// `exponent` − ½ ln `shrinkage`.
struct OutputWeightLaw {
  /// 1 + v.
  let shrinkage: Double
  /// ½ σ_w² q²/(1 + v).
  let exponent: Double
  let mean: Double
  let deviation: Double

  /// - Parameters:
  ///   - square: |h|².
  ///   - overlap: e·h.
  @inline(__always)
  init(square: Double, overlap: Double, scale: Double, _ task: NeuronSumTask) {
    let variance = scale * scale
    let slope = task.precision * task.factor
    shrinkage = 1 + variance * slope * task.factor * square
    mean = variance * slope * overlap / shrinkage
    exponent = 0.5 * mean * slope * overlap
    deviation = scale / shrinkage.squareRoot()
  }
}

/// The scalar products of a neuron's responses h, the proposed ones h' and the residual r, in one pass.
struct ResponseProducts {
  /// |h|², h·r.
  let square: Double
  let residual: Double
  /// |h'|², h'·r, h'·h.
  let candidateSquare: Double
  let candidateResidual: Double
  let cross: Double

  @inline(__always)
  init(_ h: UnsafePointer<Double>, _ candidate: UnsafePointer<Double>, _ residual: UnsafePointer<Double>, _ count: Int) {
    var (hh, hr, cc, cr, ch) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
    var i = 0
    while i + 8 <= count {
      let (a, b, r) = (lanes(h, i), lanes(candidate, i), lanes(residual, i))
      hh += a * a
      hr += a * r
      cc += b * b
      cr += b * r
      ch += a * b
      i += 8
    }
    var sums = (hh.sum(), hr.sum(), cc.sum(), cr.sum(), ch.sum())
    while i < count {
      sums.0 += h[i] * h[i]
      sums.1 += h[i] * residual[i]
      sums.2 += candidate[i] * candidate[i]
      sums.3 += candidate[i] * residual[i]
      sums.4 += h[i] * candidate[i]
      i += 1
    }
    (square, self.residual, candidateSquare, candidateResidual, cross) = sums
  }
}

/// y_i += a x_i.
@inline(__always)
func addMultiple(_ a: Double, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, _ count: Int) {
  var i = 0
  while i + 8 <= count {
    store(lanes(y, i) + a * lanes(x, i), y, i)
    i += 8
  }
  while i < count {
    y[i] += a * x[i]
    i += 1
  }
}

/// y_i += a x_i + b z_i.
@inline(__always)
func addMultiples(
  _ a: Double, _ x: UnsafePointer<Double>, _ b: Double, _ z: UnsafePointer<Double>,
  to y: UnsafeMutablePointer<Double>, _ count: Int
) {
  var i = 0
  while i + 8 <= count {
    store(lanes(y, i) + (a * lanes(x, i) + b * lanes(z, i)), y, i)
    i += 8
  }
  while i < count {
    y[i] += a * x[i] + b * z[i]
    i += 1
  }
}
