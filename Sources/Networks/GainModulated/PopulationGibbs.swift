// Nearly independent draws of whole gain-modulated linear networks with given gains.

import Sampling

/// Collapsed sampling of a Gibbs or hard density of gain-modulated linear networks whose gains are given.
///
/// The readout sees the output weights only through x_p = |w_p|/σ_w, the norm over each population p of neurons with equal
/// gains, once the input weights are integrated out. A step moves these norms under their own law (`PopulationNormLaw`), then
/// draws everything else anew and exactly: w_p uniform on the sphere of that radius, the input weights from their Gaussian
/// law given w (`CollapsedReadout`). Position and norms determine each other's laws, so the chain is the position's alone.
///
/// A step costs O(N D) with N (1 + D) Gaussians, plus O(P K² + K³ + K² D) for P populations; no evaluations of the log density,
/// which comes out of the draw. Draws of a few large populations are nearly independent. Reversible. Nothing to tune.
public struct PopulationGibbs: PointKernel {
  public var target: GainModulatedLinearDensity {
    didSet {
      guard let plan = Plan(target) else {
        preconditionFailure("the new target has no collapsed kernel with given gains")
      }
      self.plan = plan
    }
  }

  private var plan: Plan

  /// What follows from the target alone.
  private struct Plan: Sendable {
    let populations: NeuronPopulations
    let sampler: PopulationNormSampler
    /// Populations with gains; one without, if there is any, comes after them.
    let activeCount: Int

    init?(_ target: GainModulatedLinearDensity, adjust: (inout PopulationNormLaw) -> Void = { _ in }) {
      guard case .fixed(let gains) = target.gains else { return nil }
      populations = NeuronPopulations(gains: gains)
      guard var law = PopulationNormLaw(target, populations: populations) else { return nil }
      adjust(&law)
      sampler = PopulationNormSampler(law)
      activeCount = law.count
    }
  }

  /// Nil if the target's gains are not given, or its potential is neither a loss nor a constraint.
  public init?(_ target: GainModulatedLinearDensity) {
    guard let plan = Plan(target) else { return nil }
    self.target = target
    self.plan = plan
  }

  /// With a law of norms that is changed: for tests, which must notice.
  init?(_ target: GainModulatedLinearDensity, adjust: (inout PopulationNormLaw) -> Void) {
    guard let plan = Plan(target, adjust: adjust) else { return nil }
    self.target = target
    self.plan = plan
  }

  public var isReversible: Bool { true }

  /// Noise that becomes the weights, sorted by population; a readout; memory for the norms.
  public struct Scratch: KernelScratch {
    var noise: [Double]
    var readout: [Double]
    var shift: [Double]
    var norms: PopulationNormSampler.Workspace
  }

  public func makeScratch() -> Scratch {
    let law = plan.sampler.law
    let size = law.readout.contexts * law.readout.features
    let zeros = [Double](repeating: 0, count: size)
    return Scratch(
      noise: [Double](repeating: 0, count: target.dimension + size + plan.sampler.noiseCount), readout: zeros,
      shift: zeros, norms: plan.sampler.makeWorkspace())
  }

  public func step(
    _ point: inout PointState<GainModulatedLinearDensity>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Transition {
    var transition = Transition()
    fill(&scratch.noise, using: &stream)
    let logDensity = draw(
      &point.current.position, scratch: &scratch, acceptanceRate: &transition.acceptanceRate, using: &stream)
    point.current.invalidate()
    point.current.setLogDensity(logDensity)
    transition.steps = 1
    transition.moved = true
    transition.energy = -logDensity
    return transition
  }

  @inline(__always)
  private func fill(_ noise: inout [Double], using stream: inout RandomStream) {
    var span = noise.mutableSpan
    stream.fillStandardNormal(&span)
  }

  /// Replaces the position by the next; returns its log density.
  private func draw(
    _ position: inout [Double], scratch: inout Scratch, acceptanceRate: inout Double, using stream: inout RandomStream
  ) -> Double {
    let law = plan.sampler.law
    let size = law.readout.contexts * law.readout.features
    return position.withUnsafeMutableBufferPointer { position in
      scratch.noise.withUnsafeMutableBufferPointer { noise in
        scratch.readout.withUnsafeMutableBufferPointer { readout in
          scratch.shift.withUnsafeMutableBufferPointer { shift in
            let x = position.baseAddress!
            let z = noise.baseAddress!
            readNorms(x, into: &scratch.norms.norms)
            acceptanceRate = plan.sampler.step(
              &scratch.norms, noise: z + target.dimension + size, using: &stream)
            let outputSquares = scaleOutputs(z, to: scratch.norms.norms)
            var (penalty, inputSquares) = (0.0, 0.0)
            // Once more from the result, which leaves the hard ensemble no rounding but its own.
            for pass in 0..<(law.readout.isHard ? 2 : 1) {
              let unit = pass == 0 ? 1 / target.inputPrecision.squareRoot() : 1
              let n = Double(target.neurons)
              readReadout(
                z, scale: pass == 0 ? 1 / (n * target.inputPrecision.squareRoot()) : 1 / n, into: readout.baseAddress!)
              penalty = law.readout.drawShift(
                scratch.norms.covariance, readout: readout.baseAddress!, noise: z + target.dimension,
                into: shift.baseAddress!, using: &scratch.norms.readout)
              inputSquares = shiftInputs(z, unit: unit, by: shift.baseAddress!)
            }
            unsort(z, into: x)
            return -outputSquares / 2 - target.inputPrecision / 2 * inputSquares - penalty
          }
        }
      }
    }
  }

  /// x_p = |w_p|/σ_w of the populations with gains.
  @inline(__always)
  private func readNorms(_ position: UnsafePointer<Double>, into norms: inout [Double]) {
    plan.populations.order.withUnsafeBufferPointer { order in
      for p in 0..<plan.activeCount {
        var sum = 0.0
        for j in plan.populations.starts[p]..<plan.populations.starts[p + 1] {
          let w = position[Int(order[j])]
          sum += w * w
        }
        norms[p] = (target.outputPrecision * sum).squareRoot()
      }
    }
  }

  /// Makes the first N numbers of the noise output weights of the given norms; those of a population without gains stay a
  /// draw of the prior. Returns α_w Σ_i w_i².
  @inline(__always)
  private func scaleOutputs(_ noise: UnsafeMutablePointer<Double>, to norms: [Double]) -> Double {
    let scale = 1 / target.outputPrecision.squareRoot()
    var total = 0.0
    for p in 0..<plan.populations.count {
      let start = plan.populations.starts[p]
      let count = plan.populations.starts[p + 1] - start
      let square = sumOfSquares(noise + start, count)
      let isActive = p < plan.activeCount
      let factor = isActive ? scale * norms[p] / square.squareRoot() : scale
      for j in start..<start + count { noise[j] *= factor }
      total += isActive ? norms[p] * norms[p] : square
    }
    return total
  }

  /// R⁰_cd = (1/N) Σ_p g_pc Σ_{i ∈ p} w_i m⁰_id, with m⁰ = N scale times the numbers after the output weights: σ_m times noise at first.
  @inline(__always)
  private func readReadout(_ noise: UnsafePointer<Double>, scale: Double, into readout: UnsafeMutablePointer<Double>) {
    let law = plan.sampler.law
    let contexts = law.readout.contexts
    let features = law.readout.features
    let n = target.neurons
    for k in 0..<contexts * features { readout[k] = 0 }
    law.gains.withUnsafeBufferPointer { gains in
      for p in 0..<plan.activeCount {
        let start = plan.populations.starts[p]
        let count = plan.populations.starts[p + 1] - start
        for d in 0..<features {
          let sum = scale * dotProduct(noise + start, noise + n * (1 + d) + start, count)
          for c in 0..<contexts { readout[c * features + d] += gains[p * contexts + c] * sum }
        }
      }
    }
  }

  /// m_id = m⁰_id + (σ_m²/N) w_i Σ_c g_pc z_cd, sorted as the noise. Returns Σ_i |m_i|².
  @inline(__always)
  private func shiftInputs(_ noise: UnsafeMutablePointer<Double>, unit: Double, by shift: UnsafePointer<Double>)
    -> Double
  {
    let law = plan.sampler.law
    let contexts = law.readout.contexts
    let features = law.readout.features
    let n = target.neurons
    let weight = 1 / (target.inputPrecision * Double(n))
    var total = 0.0
    law.gains.withUnsafeBufferPointer { gains in
      for p in 0..<plan.populations.count {
        let start = plan.populations.starts[p]
        let count = plan.populations.starts[p + 1] - start
        for d in 0..<features {
          var change = 0.0
          if p < plan.activeCount {
            for c in 0..<contexts { change += gains[p * contexts + c] * shift[c * features + d] }
          }
          total += scaleAndAdd(
            noise + n * (1 + d) + start, unit, noise + start, weight * change, count)
        }
      }
    }
    return total
  }

  /// Brings all weights back from the order of populations to the neurons' own.
  @inline(__always)
  private func unsort(_ sorted: UnsafePointer<Double>, into position: UnsafeMutablePointer<Double>) {
    let n = target.neurons
    plan.populations.order.withUnsafeBufferPointer { order in
      for block in 0..<target.dimension / n {
        let from = sorted + block * n
        let to = position + block * n
        for j in 0..<n { to[Int(order[j])] = from[j] }
      }
    }
  }
}
