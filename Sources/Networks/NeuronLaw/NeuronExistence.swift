// Which multipliers leave the law of a neuron normalisable: where its pull never outgrows its Gaussian.

import Sampling

extension NeuronFamily {
  /// Why there is no law with these multipliers: precisions that are not positive, or a pull v (Λ·h)² that reaches
  /// |m|²/σ_m² + |b|²/σ_b² far out.
  ///
  /// With small stimuli h = g(b) m, and the law exists iff σ_w σ_m sup |Λᵀg| < 1, the supremum over gains at the patterns of
  /// their largest and smallest value. For a bounded activation on Gaussian or sampled stimuli h is bounded, and every law exists.
  /// Otherwise h grows as that of a rectifier (or of a linear neuron), which is homogeneous; the largest ratio is found by
  /// ascent from many directions, so that a law is refused only if it does not exist. O(2^K D), and for ascents as many
  /// evaluations of h as K allows.
  public func refusal(of multipliers: [Double]) -> String? {
    let tilt = tilt(multipliers.span)
    guard tilt.outputPrecision > 0, tilt.inputPrecision > 0 else {
      return
        "the \(tilt.outputPrecision > 0 ? "input" : "output") weights' second moment has no Gaussian left to hold it"
    }
    let pull = largestPull(multipliers, inputPrecision: tilt.inputPrecision)
    let ratio = pull * pull / tilt.outputPrecision
    guard ratio >= 1 else { return nil }
    return "the neuron's weights pull each other out to infinity: the pull of the multipliers grows as "
      + "\(String(format: "%.4g", ratio)) times the Gaussian that holds them, and must stay below it"
  }

  /// sup |Λ·h|/(α_m |m|² + |b|²/σ_b²)^½ far out; with small stimuli at any b.
  func largestPull(_ multipliers: [Double], inputPrecision: Double) -> Double {
    switch response.stimuli {
    case .small:
      var largest = 0.0
      let lowest = response.activation.smallestGain / response.activation.largestGain
      for pattern in 0..<(1 << response.contexts) {
        let sum = patternSum(pattern, multipliers, lowest: lowest)
        largest = max(largest, sum.reduce(0) { $0 + $1 * $1 })
      }
      return response.activation.largestGain * (largest / inputPrecision).squareRoot()
    case .gaussian, .sampled:
      guard !response.activation.isBounded else { return 0 }
      let ascent = PullAscent(self, inputPrecision: inputPrecision)
      return max(ascent.largest(multipliers), ascent.largest(multipliers.map { -$0 }))
    }
  }

  /// Λᵀg of gains that are 1 in a pattern's contexts and `lowest` in the others.
  fileprivate func patternSum(_ pattern: Int, _ multipliers: [Double], lowest: Double = 0) -> [Double] {
    (0..<response.features).map { d in
      var sum = 0.0
      for c in 0..<response.contexts {
        sum += (pattern >> c & 1 == 1 ? 1 : lowest) * multipliers[c * response.features + d]
      }
      return sum
    }
  }
}

/// Ascent of Λ·h on the ellipsoid α_m |m|² + |b|²/σ_b² = 1, for an h that is homogeneous of degree one.
private struct PullAscent {
  /// Ascents start at gain patterns, and no more than these.
  static let mostStarts = 64
  let family: NeuronFamily
  /// h far out, and h at a distance that still rounds its kinks.
  let response, rounded: NeuronResponse
  /// The distances of successive ascents. Rectified samples make ridges, on which no gradient leads along; at a distance r a
  /// softplus rounds them by 1/r.
  let radii: [Double]
  /// The squared semi-axes of m and b.
  let axes: [Double]

  init(_ family: NeuronFamily, inputPrecision: Double) {
    self.family = family
    let given = family.response
    func response(_ activation: Activation) -> NeuronResponse {
      NeuronResponse(
        activation, stimuli: given.stimuli, contexts: given.contexts, features: given.features)
    }
    let isLinear = given.activation.function.growth == .linear
    self.response = response(isLinear ? .linear : .relu)
    if !isLinear, case .sampled = given.stimuli {
      rounded = response(.softplus)
      radii = [10, 100, 1000, 1e4]
    } else {
      rounded = self.response
      radii = [1]
    }
    axes = (0..<given.dimension).map {
      $0 < given.features ? 1 / inputPrecision : family.contextScale * family.contextScale
    }
  }

  /// The largest Λ·h that ascents find; 0 if it is never positive.
  func largest(_ multipliers: [Double]) -> Double {
    let patterns = 1 << response.contexts
    var workspace = response.makeWorkspace()
    var gradient = [Double](repeating: 0, count: response.dimension)
    var largest = 0.0
    for pattern in stride(from: 1, to: patterns, by: max(1, patterns / Self.mostStarts)) {
      let along = family.patternSum(pattern, multipliers)
      let length = max(along.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-300)
      for drive in [0.0, 0.5] {
        for sign in [1.0, -1] {
          let drives = (0..<response.contexts).map { pattern >> $0 & 1 == 1 ? drive : -drive }
          var x = normalized(along.map { sign * $0 / length } + drives)
          for radius in radii { climb(&x, radius, multipliers, &gradient, &workspace) }
          largest = max(largest, value(response, x, 1, multipliers, &gradient, &workspace))
        }
      }
    }
    return largest
  }

  /// The fixed-point iteration x ← C ∇(Λ·h)/norm, C the squared axes, held back where it leads down.
  private func climb(
    _ x: inout [Double], _ radius: Double, _ multipliers: [Double], _ gradient: inout [Double],
    _ workspace: inout NeuronResponse.Workspace
  ) {
    var value = value(rounded, x, radius, multipliers, &gradient, &workspace)
    for _ in 0..<300 {
      let goal = normalized(zip(axes, gradient).map { $0 * $1 })
      var length = 1.0
      var next = -Double.infinity
      var there = x
      while next <= value, length > 1e-5 {
        there = normalized(zip(x, goal).map { $0 + length * ($1 - $0) })
        next = self.value(rounded, there, radius, multipliers, &gradient, &workspace)
        length /= 2
      }
      guard next > value else { return }
      let gained = next - value
      (x, value) = (there, next)
      if gained < 1e-10 * abs(value) { return }
    }
  }

  /// Λ·h/radius at a distance, with its gradient there.
  private func value(
    _ response: NeuronResponse, _ x: [Double], _ radius: Double, _ multipliers: [Double],
    _ gradient: inout [Double], _ workspace: inout NeuronResponse.Workspace
  ) -> Double {
    let far = radius == 1 ? x : x.map { radius * $0 }
    return far.withUnsafeBufferPointer {
      response.tilt(multipliers, at: $0.baseAddress!, gradient: &gradient, using: &workspace)
    } / radius
  }

  private func normalized(_ x: [Double]) -> [Double] {
    let norm = zip(x, axes).reduce(0) { $0 + $1.0 * $1.0 / $1.1 }.squareRoot()
    return norm > 0 ? x.map { $0 / norm } : x
  }
}
