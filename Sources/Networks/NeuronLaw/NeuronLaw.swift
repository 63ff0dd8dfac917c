// Exact draws of single neurons from a solved maximum-entropy distribution.

import Sampling

/// The second moments of one population of neurons (THEORY section 2).
public struct PopulationMoments: Sendable, Equatable {
  /// P(g).
  public let weight: Double
  /// Var(w) = α_m/(a - |u|²).
  public let outputVariance: Double
  /// Cov(w, m) = u/(a - |u|²), `[feature]`.
  public let covariance: [Double]
  /// Cov(m) = (1/α_m)[I + u uᵀ/(a - |u|²)], `[feature, feature]`.
  public let inputCovariance: Matrix
}

/// The law of one neuron: a mixture over gain patterns of zero-mean Gaussians in (w, m).
public struct NeuronLaw: Sendable {
  /// The solution whose law this is.
  public let solution: MaxEntropySolution
  private let alias: AliasTable?
  /// √Var(w | g), an entry a pattern of the solution's table.
  private let outputDeviations: [Double]
  /// √(α_w/α_m) V, `[context, feature]`: what an active context adds to m a unit of w.
  private let pulls: [Double]
  /// 1/√α_m.
  private let inputDeviation: Double

  /// Prepares drawing. O(2^K), for the symmetric reduction O(K).
  public init(_ solution: MaxEntropySolution) {
    self.solution = solution
    let margins: [Double]
    switch solution.table {
    case .enumerated(_, let probability, let margin), .symmetric(_, let probability, let margin):
      alias = AliasTable(weights: probability)
      margins = margin
    case .saturated(_, let margin):
      alias = nil
      margins = [margin]
    case .given(_, let margin):
      alias = nil
      margins = margin
    }
    outputDeviations = margins.map { 1 / (solution.outputPrecision * $0).squareRoot() }
    let slope = (solution.outputPrecision / solution.inputPrecision).squareRoot()
    pulls = solution.scaledMultipliers.elements.map { slope * $0 }
    inputDeviation = 1 / solution.inputPrecision.squareRoot()
  }

  /// Number of contexts, K.
  public var contexts: Int { solution.problem.task.contexts }
  /// Number of features, D.
  public var features: Int { solution.problem.task.features }

  /// A chunk of the right shape.
  public func makeChunk(neurons: Int) -> NeuronChunk {
    NeuronChunk(neurons: neurons, contexts: contexts, features: features)
  }

  /// Fills `chunk` with independent neurons: g from its weights (or as given), w ~ N(0, Var(w)), m = w u_g/α_m + ξ/√α_m.
  ///
  /// O(N K D); allocates nothing per neuron.
  ///
  /// - Precondition: the chunk has this law's contexts and features; if gains are given, its neurons are among theirs.
  public func draw(into chunk: inout NeuronChunk, using stream: inout RandomStream) {
    precondition(chunk.contexts == contexts && chunk.features == features, "the chunk has another shape")
    fillNormals(&chunk, using: &stream)
    if alias != nil { fillUniforms(&chunk, using: &stream) }
    let contexts = contexts
    let (neurons, firstNeuron) = (chunk.neurons, chunk.firstNeuron)
    chunk.gain.withUnsafeMutableBufferPointer { gain in
      let gain = gain.baseAddress!
      outputDeviations.withUnsafeBufferPointer { deviations in
        switch solution.table {
        case .enumerated:
          let uniforms = chunk.uniforms
          chunk.outputWeight.withUnsafeMutableBufferPointer { w in
            uniforms.withUnsafeBufferPointer { uniforms in
              alias!.withDraws { draw in
                for i in 0..<neurons {
                  let pattern = draw(uniforms[i], uniforms[neurons + i])
                  for c in 0..<contexts { gain[c * neurons + i] = Double(pattern >> (contexts - 1 - c) & 1) }
                  w[i] *= deviations[pattern]
                }
              }
            }
          }
        case .symmetric:
          chunk.uniforms.withUnsafeMutableBufferPointer { uniforms in
            let uniforms = uniforms.baseAddress!
            chunk.outputWeight.withUnsafeMutableBufferPointer { w in
              alias!.withDraws { draw in
                for i in 0..<neurons {
                  let active = draw(uniforms[i], uniforms[neurons + i])
                  // The number of active contexts takes the place of the uniform number that it was drawn with.
                  uniforms[i] = Double(active)
                  w[i] *= deviations[active]
                }
              }
            }
            VectorKernels.subsets(
              ofSizes: uniforms, chances: uniforms + 2 * neurons, into: gain, contexts: contexts, neurons: neurons)
          }
        case .saturated:
          for k in 0..<contexts * neurons { gain[k] = 1 }
          for i in 0..<neurons { chunk.outputWeight[i] *= deviations[0] }
        case .given(let gains, _):
          gains.patterns.elements.withUnsafeBufferPointer { patterns in
            for i in 0..<neurons {
              let pattern = gains.patternOfNeuron[firstNeuron + i]
              for c in 0..<contexts { gain[c * neurons + i] = patterns[pattern * contexts + c] }
              chunk.outputWeight[i] *= deviations[pattern]
            }
          }
        }
      }
      tiltInputs(gain, &chunk.inputWeights, outputWeights: chunk.outputWeight)
    }
  }

  private func fillUniforms(_ chunk: inout NeuronChunk, using stream: inout RandomStream) {
    var uniforms = chunk.uniforms.mutableSpan
    stream.fillUniform(&uniforms)
  }

  /// Standard normal numbers in the place of all weights.
  private func fillNormals(_ chunk: inout NeuronChunk, using stream: inout RandomStream) {
    var outputs = chunk.outputWeight.mutableSpan
    stream.fillStandardNormal(&outputs)
    var inputs = chunk.inputWeights.mutableSpan
    stream.fillStandardNormal(&inputs)
  }

  /// m_id ← w_i √(α_w/α_m) Σ_c g_ic V_cd + m_id/√α_m.
  private func tiltInputs(_ gain: UnsafePointer<Double>, _ inputWeights: inout [Double], outputWeights: [Double]) {
    let neurons = outputWeights.count
    inputWeights.withUnsafeMutableBufferPointer { m in
      pulls.withUnsafeBufferPointer { pulls in
        for d in 0..<features {
          VectorKernels.tilt(
            m.baseAddress! + d * neurons, spread: inputDeviation, outputWeights: outputWeights, gains: gain,
            pulls: pulls.baseAddress! + d, stride: features, contexts: contexts, neurons: neurons)
        }
      }
    }
  }

  /// The moments of the population with this pattern; weight 0 if the pattern cannot occur. O(K D + D²).
  ///
  /// Of given gains: the average over the neurons that are active (gain above 1/2) in just these contexts, and zeros if there
  /// are none; O(K D + D²) for each of their patterns.
  public func moments(of pattern: GainPattern) throws -> PopulationMoments {
    precondition(pattern.contexts == contexts, "the pattern has another number of contexts")
    if case .given = solution.table { return merged(kinds(of: pattern)) }
    let gains = pattern.bits.map(Double.init)
    let weight: Double
    let margin: Double
    switch solution.table {
    case .enumerated(_, let probability, let margins):
      weight = probability[pattern.index]
      margin = margins[pattern.index]
    case .symmetric(let contexts, let probability, let margins):
      let active = pattern.activeContexts
      let logMultiplicity = try SymmetricPatterns.binomialLogPrior(contexts: contexts, activeProbability: 0.5)[active]
      weight = probability[active] / exp(logMultiplicity + Double(contexts) * log(2))
      margin = margins[active]
    case .saturated(let contexts, let own):
      weight = pattern.activeContexts == contexts ? 1 : 0
      let v = solution.scaledMultipliers.transposed * gains
      margin = pattern.activeContexts == contexts ? own : 1 - dot(v, v)
    case .given: preconditionFailure("given gains have been dealt with")
    }
    return moments(gains: gains, weight: weight, margin: margin)
  }

  /// The kinds of neurons of one activity pattern, by their gains; nothing where gains are not given. O(K D + D²) for each.
  func kinds(of pattern: GainPattern) -> [PopulationMoments] {
    guard case .given(let gains, let margin) = solution.table else { return [] }
    return margin.indices.filter { gains.activityPattern($0) == pattern }.map {
      moments(gains: gains.patterns.row($0), weight: gains.fractions[$0], margin: margin[$0])
    }
  }

  private func merged(_ kinds: [PopulationMoments]) -> PopulationMoments {
    var weight = 0.0
    var output = 0.0
    var covariance = [Double](repeating: 0, count: features)
    var input = Matrix(rows: features, columns: features)
    for own in kinds {
      weight += own.weight
      output += own.weight * own.outputVariance
      for d in 0..<features { covariance[d] += own.weight * own.covariance[d] }
      input = input + own.weight * own.inputCovariance
    }
    let scale = weight > 0 ? 1 / weight : 0
    return PopulationMoments(
      weight: weight, outputVariance: scale * output, covariance: covariance.map { scale * $0 },
      inputCovariance: scale * input)
  }

  private func moments(gains: [Double], weight: Double, margin: Double) -> PopulationMoments {
    let v = solution.scaledMultipliers.transposed * gains
    let root = (solution.outputPrecision * solution.inputPrecision).squareRoot()
    var inputCovariance = (1 / solution.inputPrecision) * Matrix.identity(features)
    for d in 0..<features {
      for e in 0..<features { inputCovariance[d, e] += v[d] * v[e] / (margin * solution.inputPrecision) }
    }
    return PopulationMoments(
      weight: weight, outputVariance: 1 / (solution.outputPrecision * margin),
      covariance: v.map { $0 / (root * margin) }, inputCovariance: inputCovariance)
  }
}
