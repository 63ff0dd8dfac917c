// Nearly independent draws of whole gain-modulated linear networks with drawn binary gains.

import Sampling

/// Collapsed sampling of a Gibbs or hard density of gain-modulated linear networks whose binary gains are drawn.
///
/// With the input weights integrated out, the density of output weights and gains is
///
///     ln p(w, g) = Σ_i [ln P0(g_i) − α_w w_i²/2] − ½ Σ_k [ln det(I + κ_k C) + κ_k A_kᵀ (I + κ_k C)⁻¹ A_k]
///
/// (`CollapsedReadout`). A sweep takes one neuron after the other out (`NeuronExchange`) and moves it: a proposal of (w_i, g_i) from
/// the N → ∞ law (`PatternProposal`), accepted the more often the more neurons there are; two random steps of ln |w_i| and a draw of
/// each gain given all else, which cost little and move neurons that are too few or too tied to the task for that law. Then the input
/// weights are drawn from their Gaussian law given w and g. The position alone is the chain's state.
///
/// In the hard ensemble a step of w takes the place of the smaller one of ln |w|, and a position whose gains leave C singular stays as it is: no regular one can be reached from it, or reaches it.
///
/// A sweep costs O(K² + K D) a neuron (O(K² D) if stimuli are not isotropic), a step O(N K D) with N D Gaussians besides; no
/// evaluations of the log density, which comes out of the draw. Reversible. Nothing to tune.
public struct PatternGibbs: PointKernel {
  public var target: GainModulatedLinearDensity {
    didSet {
      guard let plan = Plan(target) else {
        preconditionFailure("the new target has no collapsed kernel with drawn gains")
      }
      self.plan = plan
    }
  }
  private var plan: Plan

  /// Most contexts for which all 2^K patterns are kept.
  public static var maximumContexts: Int { PatternProposal.maximumContexts }

  /// What follows from the target alone.
  struct Plan: Sendable {
    /// Of the input weights' draw.
    var readout: CollapsedReadout
    var exchange: NeuronExchange
    var proposal: PatternProposal
    let contexts: Int
    /// Random numbers for a neuron.
    var uniformCount: Int { 5 + contexts }
    var normalCount: Int { 3 }
    /// Sweeps a step.
    var sweeps: Int

    init?(_ target: GainModulatedLinearDensity) {
      guard case .drawn(let activeProbability) = target.gains, target.contexts <= PatternProposal.maximumContexts,
        let readout = CollapsedReadout(target)
      else { return nil }
      self.readout = readout
      exchange = NeuronExchange(target, readout)
      proposal = PatternProposal(target, readout, activeProbability: activeProbability)
      contexts = target.contexts
      // Few neurons are each other's task: the overhead of a step hides more sweeps.
      sweeps = target.neurons < 16 ? 4 : 1
    }
  }

  /// Nil if the target's gains are given, its potential is neither a loss nor a constraint, or it has more than 16 contexts.
  public init?(_ target: GainModulatedLinearDensity) {
    self.init(target) { _ in }
  }

  /// With a plan that is changed: for tests, which must notice, or must not.
  init?(_ target: GainModulatedLinearDensity, adjust: (inout Plan) -> Void) {
    guard var plan = Plan(target) else { return nil }
    adjust(&plan)
    self.target = target
    self.plan = plan
  }

  public var isReversible: Bool { true }

  /// Patterns, random numbers, matrices: memory without information.
  public struct Scratch: KernelScratch {
    var patterns: [Int32]
    var uniforms: [Double]
    var normals: [Double]
    var noise: [Double]
    /// A number a neuron.
    var row: [Double]
    var readout: [Double]
    var shift: [Double]
    var exchange: NeuronExchange.Workspace
    var readoutLaw: CollapsedReadout.Workspace
  }

  public func makeScratch() -> Scratch {
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    let n = target.neurons
    let size = target.contexts * target.features
    return Scratch(
      patterns: [Int32](repeating: 0, count: n), uniforms: zeros(plan.uniformCount * n),
      normals: zeros(plan.normalCount * n), noise: zeros(n * target.features + size),
      row: zeros(n), readout: zeros(size), shift: zeros(size), exchange: plan.exchange.makeWorkspace(),
      readoutLaw: plan.readout.makeWorkspace())
  }

  public func step(
    _ point: inout PointState<GainModulatedLinearDensity>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Transition {
    var transition = Transition()
    var counts = Counts()
    let found = Self.withPointer(&point.current.position) { x -> Double? in
      read(x, &scratch)
      if plan.readout.isHard, !isRegular(&scratch) { return nil }
      for _ in 0..<plan.sweeps {
        fill(&scratch.uniforms, &scratch.normals, using: &stream)
        let backwards = stream.bernoulli(0.5)
        sweep(x, backwards: backwards, &scratch, &counts)
      }
      write(x, &scratch)
      return drawInputs(x, &scratch, using: &stream)
    }
    guard let logDensity = found else { return transition }
    point.current.invalidate()
    point.current.setLogDensity(logDensity)
    transition.acceptanceRate = Double(counts.accepted) / Double(plan.sweeps * target.neurons)
    transition.flipAcceptanceRate =
      counts.otherPatterns > 0 ? Double(counts.flips) / Double(counts.otherPatterns) : .nan
    transition.steps = plan.sweeps
    transition.moved = true
    transition.energy = -logDensity
    return transition
  }

  @inline(__always)
  private static func withPointer<Result>(
    _ values: inout [Double], _ body: (UnsafeMutablePointer<Double>) -> Result
  ) -> Result { values.withUnsafeMutableBufferPointer { body($0.baseAddress!) } }

  @inline(__always)
  private func fill(_ uniforms: inout [Double], _ normals: inout [Double], using stream: inout RandomStream) {
    var span = uniforms.mutableSpan
    stream.fillUniform(&span)
    var other = normals.mutableSpan
    stream.fillStandardNormal(&other)
  }

  // MARK: Output weights and gains

  /// Patterns and C of a position.
  private func read(_ x: UnsafePointer<Double>, _ scratch: inout Scratch) {
    let n = target.neurons
    let g = x + n * (1 + target.features)
    scratch.patterns.withUnsafeMutableBufferPointer { patterns in
      for i in 0..<n { patterns[i] = 0 }
      for c in 0..<target.contexts { for i in 0..<n { patterns[i] = patterns[i] << 1 | (g[c * n + i] != 0 ? 1 : 0) } }
    }
    writeCovariance(x, &scratch)
  }

  private func isRegular(_ scratch: inout Scratch) -> Bool {
    plan.exchange.withState(&scratch.exchange) { $0.isRegular(contexts: target.contexts) }
  }

  /// C = (σ_m²/N²) Σ_i w_i² g_i g_iᵀ. O(N K²).
  private func writeCovariance(_ x: UnsafePointer<Double>, _ scratch: inout Scratch) {
    let n = target.neurons
    let contexts = target.contexts
    let g = x + n * (1 + target.features)
    scratch.row.withUnsafeMutableBufferPointer { row in
      let row = row.baseAddress!
      scratch.exchange.covariance.withUnsafeMutableBufferPointer { covariance in
        for c in 0..<contexts {
          for i in 0..<n { row[i] = plan.exchange.scale * g[c * n + i] * x[i] * x[i] }
          for e in 0...c {
            let sum = dotProduct(row, g + e * n, n)
            covariance[c * contexts + e] = sum
            covariance[e * contexts + c] = sum
          }
        }
      }
    }
  }

  /// One neuron after the other, in the order of their numbers or in reverse.
  private func sweep(
    _ x: UnsafeMutablePointer<Double>, backwards: Bool, _ scratch: inout Scratch, _ counts: inout Counts
  ) {
    plan.exchange.withState(&scratch.exchange) { state in
      scratch.patterns.withUnsafeMutableBufferPointer { patterns in
        scratch.uniforms.withUnsafeBufferPointer { uniforms in
          scratch.normals.withUnsafeBufferPointer { normals in
            plan.proposal.spreads.withUnsafeBufferPointer { spreads in
              plan.proposal.table.withDraws { draw in
                let sweep = Sweep(
                  plan: plan, neurons: target.neurons, halfPrecision: target.outputPrecision / 2,
                  logOdds: target.gainLogOdds, backwards: backwards, weights: x, patterns: patterns.baseAddress!,
                  uniforms: uniforms.baseAddress!, normals: normals.baseAddress!, spreads: spreads.baseAddress!,
                  draw: draw)
                // A constant number of contexts has its loops unrolled.
                switch plan.contexts {
                case 1: sweep.run(Contexts1(), &state, using: &scratch.readoutLaw, &counts)
                case 2: sweep.run(Contexts2(), &state, using: &scratch.readoutLaw, &counts)
                case 3: sweep.run(Contexts3(), &state, using: &scratch.readoutLaw, &counts)
                case 4: sweep.run(Contexts4(), &state, using: &scratch.readoutLaw, &counts)
                default: sweep.run(AnyContexts(count: plan.contexts), &state, using: &scratch.readoutLaw, &counts)
                }
              }
            }
          }
        }
      }
    }
  }

  /// Gains from patterns.
  private func write(_ x: UnsafeMutablePointer<Double>, _ scratch: inout Scratch) {
    let n = target.neurons
    let g = x + n * (1 + target.features)
    scratch.patterns.withUnsafeBufferPointer { patterns in
      for c in 0..<target.contexts {
        let bit = Int32(target.contexts - 1 - c)
        for i in 0..<n { g[c * n + i] = Double(patterns[i] >> bit & 1) }
      }
    }
  }

  // MARK: Input weights

  /// Draws the input weights given w and g; returns ln p of the new position.
  private func drawInputs(
    _ x: UnsafeMutablePointer<Double>, _ scratch: inout Scratch, using stream: inout RandomStream
  ) -> Double {
    let n = target.neurons
    let (contexts, features) = (target.contexts, target.features)
    let g = x + n * (1 + features)
    let spread = 1 / target.inputPrecision.squareRoot()
    writeCovariance(x, &scratch)
    var span = scratch.noise.mutableSpan
    stream.fillStandardNormal(&span)
    let law = plan.readout
    return Self.withPointer(&scratch.noise) { z in
      Self.withPointer(&scratch.readout) { readout in
        Self.withPointer(&scratch.shift) { shift in
          // R⁰ of the prior's draw m⁰ = σ_m z; then once more from the result, which leaves the hard ensemble no rounding but its own.
          var penalty = 0.0
          Self.withPointer(&scratch.row) { row in
            for pass in 0..<(law.isHard ? 2 : 1) {
              let m = pass == 0 ? z : x + n
              let unit = pass == 0 ? spread : 1
              VectorKernels.gatedReadout(
                outputWeights: x, inputWeights: m, gains: g, into: readout, contexts: contexts, features: features,
                neurons: n)
              for k in 0..<contexts * features { readout[k] *= unit / Double(n) }
              penalty = law.drawShift(
                scratch.exchange.covariance, readout: readout, noise: z + n * features, into: shift,
                using: &scratch.readoutLaw)
              for k in 0..<contexts * features { shift[k] *= -spread * spread / Double(n) }
              // unit · m_id + (σ_m²/N) w_i Σ_c g_ic shift_cd has the form of a gradient by the input weights; that by the output weights is
              // not needed.
              VectorKernels.gatedGradient(
                outputWeights: x, inputWeights: m, gains: g, slope: shift, outputPrecision: 0, inputPrecision: -unit,
                byOutputWeights: row, byInputWeights: x + n, contexts: contexts, features: features, neurons: n)
            }
          }
          var active = 0.0
          for k in 0..<contexts * n { active += g[k] }
          return -target.outputPrecision / 2 * sumOfSquares(x, n)
            - target.inputPrecision / 2 * sumOfSquares(x + n, n * features) + target.gainLogOdds * active - penalty
        }
      }
    }
  }
}

extension PatternGibbs {
  struct Counts {
    /// Accepted proposals from the N → ∞ law.
    var accepted = 0
    /// Those of another pattern, and how many of them were accepted.
    var otherPatterns = 0
    var flips = 0
  }

  /// A sweep over the neurons, with everything that it reads and writes in place.
  struct Sweep {
    let plan: Plan
    let neurons: Int
    /// α_w/2.
    let halfPrecision: Double
    /// ln(π/(1−π)).
    let logOdds: Double
    /// Whether neurons, and the moves of each, come in reverse order.
    let backwards: Bool
    let weights: UnsafeMutablePointer<Double>
    let patterns: UnsafeMutablePointer<Int32>
    let uniforms: UnsafePointer<Double>
    let normals: UnsafePointer<Double>
    let spreads: UnsafePointer<PatternProposal.Spread>
    let draw: AliasDraws

    /// A neuron that is being moved.
    struct Neuron {
      var weight: Double
      var pattern: Int
      /// σ_m² w²/N².
      var square: Double
      /// f.
      var value: Double
    }

    fileprivate func run<Contexts: ContextCount>(
      _ number: Contexts, _ state: inout NeuronExchange.State, using workspace: inout CollapsedReadout.Workspace,
      _ counts: inout Counts
    ) {
      let contexts = number.count
      let scale = plan.exchange.scale
      for number in 0..<neurons {
        if number & 255 == 0 { plan.exchange.refresh(state, using: &workspace) }
        let i = backwards ? neurons &- 1 &- number : number
        let chances = uniforms + i &* (5 &+ contexts)
        let noise = normals + i &* 3
        let weight = weights[i]
        let pattern = Int(patterns[i])
        let square = scale * weight * weight
        if !state.remove(contexts: contexts, square: square, pattern: pattern) {
          plan.exchange.takeOutAnew(
            i, pattern: pattern, contexts: contexts, weights, patterns, count: neurons, &state, using: &workspace)
        }
        var neuron = Neuron(
          weight: weight, pattern: pattern, square: square,
          value: state.value(contexts: contexts, of: state.current, square: square))
        if backwards {
          for c in stride(from: contexts &- 1, through: 0, by: -1) {
            redrawGain(contexts: contexts, c, &neuron, state, chance: chances[5 &+ c])
          }
          stepWeight(contexts: contexts, &neuron, state, noise[2], chance: chances[4])
          scaleWeight(contexts: contexts, &neuron, state, by: noise[1], chance: chances[3])
        }
        replace(contexts: contexts, &neuron, &state, chances: chances, noise: noise[0], &counts)
        if !backwards {
          scaleWeight(contexts: contexts, &neuron, state, by: noise[1], chance: chances[3])
          stepWeight(contexts: contexts, &neuron, state, noise[2], chance: chances[4])
          for c in 0..<contexts { redrawGain(contexts: contexts, c, &neuron, state, chance: chances[5 &+ c]) }
        }
        state.insert(contexts: contexts, square: neuron.square)
        if state.standsAlone { plan.exchange.rejoin(&state, using: &workspace) }
        weights[i] = neuron.weight
        patterns[i] = Int32(truncatingIfNeeded: neuron.pattern)
      }
    }

    /// A proposal from the N → ∞ law.
    @inline(__always)
    private func replace(
      contexts: Int, _ neuron: inout Neuron, _ state: inout NeuronExchange.State, chances: UnsafePointer<Double>,
      noise: Double, _ counts: inout Counts
    ) {
      let pattern = draw(chances[0], chances[1])
      let spread = spreads[pattern]
      let weight = spread.deviation * noise
      let square = plan.exchange.scale * weight * weight
      state.consider(contexts: contexts, pattern: pattern)
      let value = state.value(contexts: contexts, of: state.other, square: square)
      let prior = spreads[neuron.pattern].tilt * neuron.weight * neuron.weight - spread.tilt * weight * weight
      let isOther = pattern != neuron.pattern
      if isOther { counts.otherPatterns &+= 1 }
      guard chances[2] < exp(prior + value - neuron.value) else { return }
      state.exchange()
      neuron = Neuron(weight: weight, pattern: pattern, square: square, value: value)
      counts.accepted &+= 1
      if isOther { counts.flips &+= 1 }
    }

    /// Where a neuron is tied to a weight: 1 is the width of ln |w| where it is not.
    static var smallStep: Double { 0.25 }

    /// The smaller step: of ln |w|; in the hard ensemble of w, whose width is at most its prior's, however large the task makes it.
    @inline(__always)
    private func stepWeight(
      contexts: Int, _ neuron: inout Neuron, _ state: NeuronExchange.State, _ noise: Double, chance: Double
    ) {
      guard plan.readout.isHard else {
        scaleWeight(contexts: contexts, &neuron, state, by: Self.smallStep * noise, chance: chance)
        return
      }
      let weight = neuron.weight + noise / (2 * halfPrecision).squareRoot()
      let square = plan.exchange.scale * weight * weight
      let value = state.value(contexts: contexts, of: state.current, square: square)
      let prior = -halfPrecision * (weight * weight - neuron.weight * neuron.weight)
      guard chance < exp(prior + value - neuron.value) else { return }
      neuron.weight = weight
      neuron.square = square
      neuron.value = value
    }

    /// A random step of ln |w|, whose density is that of w times |w|.
    @inline(__always)
    private func scaleWeight(
      contexts: Int, _ neuron: inout Neuron, _ state: NeuronExchange.State, by change: Double, chance: Double
    ) {
      let factor = exp(change)
      let weight = factor * neuron.weight
      let square = factor * factor * neuron.square
      let value = state.value(contexts: contexts, of: state.current, square: square)
      let prior = change - halfPrecision * (weight * weight - neuron.weight * neuron.weight)
      guard chance < exp(prior + value - neuron.value) else { return }
      neuron.weight = weight
      neuron.square = square
      neuron.value = value
    }

    /// A gain drawn given all else.
    @inline(__always)
    private func redrawGain(
      contexts: Int, _ c: Int, _ neuron: inout Neuron, _ state: NeuronExchange.State, chance: Double
    ) {
      let bit = 1 &<< (contexts &- 1 &- c)
      let sign: Double = neuron.pattern & bit == 0 ? 1 : -1
      let value = state.value(contexts: contexts, switching: c, sign: sign, square: neuron.square)
      guard chance * (1 + exp(neuron.value - value - sign * logOdds)) < 1 else { return }
      state.switchGain(contexts: contexts, c, sign: sign)
      neuron.pattern ^= bit
      neuron.value = value
    }
  }
}

/// A number of contexts that the compiler may know.
private protocol ContextCount { var count: Int { get } }
private struct Contexts1: ContextCount { var count: Int { 1 } }
private struct Contexts2: ContextCount { var count: Int { 2 } }
private struct Contexts3: ContextCount { var count: Int { 3 } }
private struct Contexts4: ContextCount { var count: Int { 4 } }
private struct AnyContexts: ContextCount { let count: Int }
