// How strongly one neuron responds to each feature in each context, for any model of its stimuli.

import Sampling

/// The linear response h_cd(m, b) of a neuron: its part in the readout is w h_cd.
///
/// Position of a neuron: `input_weights` m [feature], then `context_drive` b [context].
public struct NeuronResponse: Sendable, Equatable {
  /// What the neuron's stimuli are.
  public enum Stimuli: Sendable, Equatable {
    /// Small against the drive: h_cd = φ'(b_c) m_d, the gain-modulated linear model.
    case small
    /// x ~ N(0, S): h_cd = E[φ(m·x + b_c) x_d] = ḡ(b_c, |m|_S) (S m)_d.
    case gaussian(covariance: Matrix)
    /// Given, [stimulus, feature]: h_cd = (1/P) Σ_p φ(m·x_p + b_c) x_pd.
    case sampled(Matrix)
  }

  /// φ.
  public let activation: Activation
  /// What the neuron's stimuli are.
  public let stimuli: Stimuli
  /// K.
  public let contexts: Int
  /// D.
  public let features: Int

  /// - Precondition: at least one context, feature and stimulus; shapes that agree; for small stimuli a gain that is
  ///   no step: the gains of a rectifier are binary, see ``MaxEntropyProblem``.
  public init(_ activation: Activation, stimuli: Stimuli, contexts: Int, features: Int) {
    precondition(contexts > 0 && features > 0)
    switch stimuli {
    case .small:
      precondition(!activation.hasStepGain, "its gains are binary: see MaxEntropyProblem")
    case .gaussian(let covariance): precondition(covariance.rows == features && covariance.columns == features)
    case .sampled(let stimuli): precondition(stimuli.columns == features && stimuli.rows > 0)
    }
    self.activation = activation
    self.stimuli = stimuli
    self.contexts = contexts
    self.features = features
  }

  /// The number of coordinates of a neuron without its output weight.
  public var dimension: Int { features + contexts }

  /// The readout of a network that is on target A: A for small stimuli, else A times the stimuli's second moment.
  public func readout(onTarget target: Matrix) -> Matrix {
    switch stimuli {
    case .small: target
    case .gaussian(let covariance): target * covariance
    case .sampled(let stimuli): target * GaussianStimuli.secondMoment(of: stimuli)
    }
  }
}

extension NeuronResponse {
  /// Scratch memory for one chain.
  public struct Workspace: Sendable {
    /// Inputs, values and gains, [context, stimulus], or values and gains [context].
    var inputs: [Double]
    var values: [Double]
    var gains: [Double]
    /// S m.
    var shaped: [Double]
  }

  func makeWorkspace() -> Workspace {
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    let count = if case .sampled(let stimuli) = stimuli { contexts * stimuli.rows } else { contexts }
    return Workspace(inputs: zeros(count), values: zeros(count), gains: zeros(count), shaped: zeros(features))
  }

  /// Writes h, [context, feature], to the first entries of `responses`. O(K D), times P for sampled stimuli.
  func write(
    at x: UnsafePointer<Double>, to responses: inout MutableSpan<Double>, using workspace: inout Workspace
  ) {
    switch stimuli {
    case .small:
      for c in 0..<contexts {
        let gain = activation.gain(x[features + c])
        for d in 0..<features { responses[c * features + d] = gain * x[d] }
      }
    case .gaussian(let covariance):
      let variance = shape(x, covariance, &workspace)
      for c in 0..<contexts {
        let gain = activation.gaussianGain(drive: x[features + c], variance: variance).gain
        for d in 0..<features { responses[c * features + d] = gain * workspace.shaped[d] }
      }
    case .sampled(let stimuli):
      activate(x, stimuli, &workspace)
      let count = stimuli.rows
      for c in 0..<contexts {
        for d in 0..<features {
          var sum = 0.0
          for p in 0..<count { sum += workspace.values[c * count + p] * stimuli.elements[p * features + d] }
          responses[c * features + d] = sum / Double(count)
        }
      }
    }
  }

  /// Λ·h, Λ [context, feature], with its gradient over (m, b). O(K D), times P for sampled stimuli, plus O(D²) for Gaussian ones.
  func tilt(
    _ multipliers: [Double], at x: UnsafePointer<Double>, gradient: inout [Double], using workspace: inout Workspace
  ) -> Double {
    for j in 0..<dimension { gradient[j] = 0 }
    var total = 0.0
    switch stimuli {
    case .small:
      for c in 0..<contexts {
        let gain = activation.gain(x[features + c])
        var projection = 0.0
        for d in 0..<features {
          let multiplier = multipliers[c * features + d]
          projection += multiplier * x[d]
          gradient[d] += gain * multiplier
        }
        gradient[features + c] = activation.curvature(x[features + c]) * projection
        total += gain * projection
      }
    case .gaussian(let covariance):
      let variance = shape(x, covariance, &workspace)
      var varianceSlope = 0.0
      for c in 0..<contexts {
        let gain = activation.gaussianGain(drive: x[features + c], variance: variance)
        var projection = 0.0
        for d in 0..<features {
          projection += multipliers[c * features + d] * workspace.shaped[d]
          var along = 0.0
          for e in 0..<features { along += covariance.elements[d * features + e] * multipliers[c * features + e] }
          gradient[d] += gain.gain * along
        }
        gradient[features + c] = gain.driveSlope * projection
        varianceSlope += gain.varianceSlope * projection
        total += gain.gain * projection
      }
      for d in 0..<features { gradient[d] += 2 * varianceSlope * workspace.shaped[d] }
    case .sampled(let stimuli):
      activate(x, stimuli, &workspace)
      let count = stimuli.rows
      for c in 0..<contexts {
        for p in 0..<count {
          let stimulus = p * features
          var projection = 0.0
          for d in 0..<features { projection += multipliers[c * features + d] * stimuli.elements[stimulus + d] }
          projection /= Double(count)
          total += workspace.values[c * count + p] * projection
          let slope = workspace.gains[c * count + p] * projection
          gradient[features + c] += slope
          for d in 0..<features { gradient[d] += slope * stimuli.elements[stimulus + d] }
        }
      }
    }
    return total
  }

  /// Writes S m and returns |m|_S².
  private func shape(_ x: UnsafePointer<Double>, _ covariance: Matrix, _ workspace: inout Workspace) -> Double {
    var variance = 0.0
    for d in 0..<features {
      var sum = 0.0
      for e in 0..<features { sum += covariance.elements[d * features + e] * x[e] }
      workspace.shaped[d] = sum
      variance += sum * x[d]
    }
    // A singular S leaves rounding where it has no variance.
    return max(0, variance)
  }

  /// Writes φ and φ' of m·x_p + b_c.
  private func activate(_ x: UnsafePointer<Double>, _ stimuli: Matrix, _ workspace: inout Workspace) {
    let count = stimuli.rows
    for p in 0..<count {
      var input = 0.0
      for d in 0..<features { input += x[d] * stimuli.elements[p * features + d] }
      for c in 0..<contexts { workspace.inputs[c * count + p] = input + x[features + c] }
    }
    let activation = activation
    workspace.inputs.withUnsafeBufferPointer { inputs in
      workspace.values.withUnsafeMutableBufferPointer { values in
        workspace.gains.withUnsafeMutableBufferPointer { gains in
          activation.apply(
            inputs.baseAddress!, values: values.baseAddress!, gains: gains.baseAddress!, count: inputs.count)
        }
      }
    }
  }
}
