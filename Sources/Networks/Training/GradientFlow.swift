// Gradient flow of gain-modulated linear networks with fixed gains: the exact equation for their populations (THEORY 7).

import CGSL
import Sampling

/// The neurons that share a gain pattern, by their second moments.
public struct PopulationCovariance: Sendable, Equatable {
  /// The share of neurons, P0(g).
  public let weight: Double
  /// The gain in every context; any real numbers.
  public let gains: [Double]
  /// ⟨(w, m)(w, m)ᵀ⟩ over the population, [1 + feature, 1 + feature] with w first.
  public let moments: Matrix

  /// A population's weight, gains and second moments of (w, m).
  public init(weight: Double, gains: [Double], moments: Matrix) {
    self.weight = weight
    self.gains = gains
    self.moments = moments
  }

  /// ⟨w m_d⟩, [feature].
  public var covariance: [Double] { (1..<moments.columns).map { moments[0, $0] } }

  /// The squared multiple correlation of w with m, cᵀ⟨m mᵀ⟩⁺c/⟨w²⟩ with c = ⟨w m⟩; of a maximum-entropy population ρ_g. Neurons whose m lie in
  /// fewer directions than there are features have a pseudo-inverse. O(D³).
  ///
  /// - Throws: ``GSLError`` for moments that are no finite numbers.
  public func structure() throws -> Double {
    let features = moments.columns - 1
    var input = Matrix(rows: features, columns: features)
    for d in 0..<features { for e in 0..<features { input[d, e] = moments[1 + d, 1 + e] } }
    let eigen = try SymmetricEigen(input)
    let slope = eigen.rank == features ? try Cholesky(input).solve(covariance) : eigen.pseudoInverse * covariance
    return dot(covariance, slope) / moments[0, 0]
  }
}

/// Gradient flow dθ/dt = −N ∂L/∂θ of a gain-modulated linear network with fixed gains.
///
/// The second moments Σ_g of (w, m) in every population g obey a closed equation, dΣ_g/dt = M_g Σ_g + Σ_g M_g, M_g the
/// symmetric matrix whose first row and column are (0, u_g) with u_g = S (A − R)ᵀ g, and R = Σ_g P0(g) g ⟨w m⟩_g
/// (THEORY section 7). Started from a prior's covariances it describes N → ∞; started from the empirical moments of one
/// network it is exact at any N. Integrated by GSL's Runge–Kutta method of Prince and Dormand, order 8, with adaptive steps.
/// One step costs O(populations · (K D + D²)).
public struct GradientFlow: Sendable {
  /// The largest number of contexts for which all 2^K populations are integrated.
  public static let maximumContexts = 12

  /// The task, with target A.
  public let task: LearningTask
  /// S, [feature, feature].
  public let stimulusCovariance: Matrix
  /// The populations at t = 0.
  public let populations: [PopulationCovariance]

  /// The flow from given populations.
  ///
  /// - Throws: ``TrainingError`` if shapes do not fit or a weight is negative.
  public init(task: LearningTask, populations: [PopulationCovariance], stimulusCovariance: Matrix? = nil) throws {
    let size = task.features + 1
    for population in populations {
      guard population.gains.count == task.contexts, population.moments.rows == size, population.moments.columns == size
      else {
        throw TrainingError.invalidShape(
          what: "a population",
          found: "\(population.gains.count) gains, \(population.moments.rows) x \(population.moments.columns) moments",
          allowed: "\(task.contexts) gains, \(size) x \(size) moments")
      }
      guard population.weight >= 0, population.weight.isFinite else {
        throw TrainingError.invalidParameter(
          name: "a population's weight", value: population.weight, allowed: "a number that is not negative")
      }
    }
    let covariance = stimulusCovariance ?? Matrix.identity(task.features)
    guard covariance.rows == task.features, covariance.columns == task.features else {
      throw TrainingError.invalidShape(
        what: "the stimulus covariance", found: "\(covariance.rows) x \(covariance.columns)",
        allowed: "\(task.features) x \(task.features)")
    }
    self.task = task
    self.populations = populations
    self.stimulusCovariance = covariance
  }

  /// The flow of infinitely wide networks from w ~ N(0, σ_w²), m ~ N(0, σ_m² I), with independent binary gains.
  ///
  /// - Throws: ``TrainingError`` if a scale is not positive, the active probability not in (0, 1], or K above
  ///   ``maximumContexts``.
  public init(
    task: LearningTask, activeProbability: Double = 0.5, outputScale: Double, inputScale: Double,
    stimulusCovariance: Matrix? = nil
  ) throws {
    for (name, value) in [("the output scale", outputScale), ("the input scale", inputScale)] {
      guard value > 0, value.isFinite else {
        throw TrainingError.invalidParameter(name: name, value: value, allowed: "a positive finite number")
      }
    }
    guard activeProbability > 0, activeProbability <= 1 else {
      throw TrainingError.invalidParameter(
        name: "the active probability", value: activeProbability, allowed: "a number above 0 and at most 1")
    }
    guard task.contexts <= Self.maximumContexts else {
      throw TrainingError.invalidParameter(
        name: "the number of contexts", value: Double(task.contexts),
        allowed: "at most \(Self.maximumContexts), because all 2^K populations are integrated")
    }
    var moments = (inputScale * inputScale) * Matrix.identity(task.features + 1)
    moments[0, 0] = outputScale * outputScale
    let prior = EnumeratedPatterns.independentPrior(contexts: task.contexts, activeProbability: activeProbability)
    try self.init(
      task: task,
      populations: (0..<1 << task.contexts).map {
        let pattern = GainPattern(index: $0, contexts: task.contexts)
        return PopulationCovariance(
          weight: prior[pattern.activeContexts], gains: pattern.bits.map(Double.init), moments: moments)
      }, stimulusCovariance: stimulusCovariance)
  }

  /// Integrates until the loss is at most `bound`, or until `time`, whichever comes first.
  ///
  /// - Parameters:
  ///   - bound: of the loss; the last step may fall below it.
  ///   - time: in units in which a weight moves by −N ∂L/∂θ; nil for no limit.
  ///   - relativeError: of a step.
  ///   - maximumSteps: after which the flow counts as stalled.
  /// - Throws: ``TrainingError`` if the loss stalls above the bound; ``GSLError``.
  public func run(
    untilLoss bound: Double, time: Double? = nil, relativeError: Double = 1e-10, maximumSteps: Int = 20_000
  ) throws -> GradientFlowResult {
    guard bound > 0, bound.isFinite else {
      throw TrainingError.invalidParameter(name: "the loss bound", value: bound, allowed: "a positive finite number")
    }
    var state = populations.flatMap { population in
      (0...task.features).flatMap { a in (a...task.features).map { population.moments[a, $0] } }
    }
    let equation = FlowEquation(self)
    var now = 0.0
    var loss = equation.loss(state)
    var curve = [LossPoint(time: 0, loss: loss)]
    let end = time ?? .infinity
    // The fastest rate at the start sets the first step's size.
    var step = min(end, 1e-3 / max(1e-3, loss.squareRoot()))
    guard loss > bound, end > 0 else { return result(state, equation, curve) }
    try withUnsafePointer(to: equation) { equation in
      var system = gsl_odeiv2_system(
        function: { _, y, derivative, parameters in
          parameters!.assumingMemoryBound(to: FlowEquation.self).pointee.derivative(y!, derivative!)
          return Int32(GSL_SUCCESS)
        }, jacobian: nil, dimension: state.count, params: UnsafeMutableRawPointer(mutating: equation))
      try GSL.checked {
        let stepper = gsl_odeiv2_step_alloc(cgsl_odeiv2_step_rk8pd(), state.count)
        let control = gsl_odeiv2_control_y_new(relativeError * 1e-2, relativeError)
        let evolution = gsl_odeiv2_evolve_alloc(state.count)
        defer {
          gsl_odeiv2_evolve_free(evolution)
          gsl_odeiv2_control_free(control)
          gsl_odeiv2_step_free(stepper)
        }
        while loss > bound, now < end {
          let status = gsl_odeiv2_evolve_apply(
            evolution, control, stepper, &system, &now, end.isFinite ? end : now + 1e9, &step, &state)
          loss = equation.pointee.loss(state)
          curve.append(LossPoint(time: now, loss: loss))
          guard status == GSL_SUCCESS, loss.isFinite, curve.count <= maximumSteps else {
            throw TrainingError.stalled(loss: loss, bound: bound, time: now, steps: curve.count - 1)
          }
        }
      }
    }
    return result(state, equation, curve)
  }

  private func result(_ state: [Double], _ equation: FlowEquation, _ curve: [LossPoint]) -> GradientFlowResult {
    let size = task.features + 1
    var moved: [PopulationCovariance] = []
    for (index, population) in populations.enumerated() {
      var k = index * equation.width
      var moments = Matrix(rows: size, columns: size)
      for a in 0..<size {
        for b in a..<size {
          moments[a, b] = state[k]
          moments[b, a] = state[k]
          k += 1
        }
      }
      moved.append(PopulationCovariance(weight: population.weight, gains: population.gains, moments: moments))
    }
    let readout = Matrix(rows: task.contexts, columns: task.features, elements: equation.readout(state))
    return GradientFlowResult(task: task, populations: moved, readout: readout, lossCurve: curve)
  }
}

/// The right-hand side of the flow, over the upper triangles of all populations' moments.
private struct FlowEquation {
  let contexts: Int
  let features: Int
  /// Moments a population.
  let width: Int
  let weights: [Double]
  let gains: [[Double]]
  let target: [Double]
  let covariance: Matrix

  init(_ flow: GradientFlow) {
    contexts = flow.task.contexts
    features = flow.task.features
    width = (features + 1) * (features + 2) / 2
    weights = flow.populations.map(\.weight)
    gains = flow.populations.map(\.gains)
    target = flow.task.target.elements
    covariance = flow.stimulusCovariance
  }

  /// R, [context, feature].
  func readout(_ state: UnsafePointer<Double>) -> [Double] {
    var readout = [Double](repeating: 0, count: contexts * features)
    for g in weights.indices {
      let covariance = state + g * width + 1
      for c in 0..<contexts {
        let factor = weights[g] * gains[g][c]
        guard factor != 0 else { continue }
        for d in 0..<features { readout[c * features + d] += factor * covariance[d] }
      }
    }
    return readout
  }

  func loss(_ state: UnsafePointer<Double>) -> Double {
    let readout = readout(state)
    var loss = 0.0
    for c in 0..<contexts {
      for d in 0..<features {
        for e in 0..<features {
          let k = c * features
          loss += (readout[k + d] - target[k + d]) * covariance[d, e] * (readout[k + e] - target[k + e])
        }
      }
    }
    return loss / 2
  }

  /// d⟨w²⟩ = 2 u·⟨w m⟩, d⟨w m⟩ = ⟨w²⟩ u + ⟨m mᵀ⟩ u, d⟨m mᵀ⟩ = u ⟨w m⟩ᵀ + ⟨w m⟩ uᵀ.
  func derivative(_ state: UnsafePointer<Double>, _ derivative: UnsafeMutablePointer<Double>) {
    let readout = readout(state)
    // S (A − R)ᵀ, [context, feature].
    var force = [Double](repeating: 0, count: contexts * features)
    for c in 0..<contexts {
      for d in 0..<features {
        for e in 0..<features {
          force[c * features + d] += covariance[d, e] * (target[c * features + e] - readout[c * features + e])
        }
      }
    }
    var u = [Double](repeating: 0, count: features)
    for g in weights.indices {
      for d in 0..<features {
        u[d] = 0
        for c in 0..<contexts { u[d] += gains[g][c] * force[c * features + d] }
      }
      let moments = state + g * width
      let out = derivative + g * width
      let cross = moments + 1
      out[0] = 0
      for d in 0..<features {
        out[0] += 2 * u[d] * cross[d]
        out[1 + d] = moments[0] * u[d]
      }
      var k = 1 + features
      for d in 0..<features {
        for e in d..<features {
          out[1 + d] += moments[k] * u[e]
          if e != d { out[1 + e] += moments[k] * u[d] }
          out[k] = u[d] * cross[e] + cross[d] * u[e]
          k += 1
        }
      }
    }
  }
}
