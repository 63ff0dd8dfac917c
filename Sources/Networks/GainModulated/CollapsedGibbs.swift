// The collapsed kernel of a gain-modulated linear network, whether its gains are given or drawn.

import Sampling

/// The kernel that moves output weights and gains with the input weights integrated out: ``PopulationGibbs`` where gains are given,
/// ``PatternGibbs`` where binary gains are drawn.
public enum CollapsedGibbs: PointKernel {
  /// Gains are given.
  case given(PopulationGibbs)
  /// Gains are drawn.
  case drawn(PatternGibbs)

  /// Nil if the target's potential is neither a loss nor a constraint, or if it has too many contexts (``PatternGibbs``).
  public init?(_ target: GainModulatedLinearDensity) {
    switch target.gains {
    case .fixed:
      guard let kernel = PopulationGibbs(target) else { return nil }
      self = .given(kernel)
    case .drawn:
      guard let kernel = PatternGibbs(target) else { return nil }
      self = .drawn(kernel)
    }
  }

  public var target: GainModulatedLinearDensity {
    get {
      switch self {
      case .given(let kernel): kernel.target
      case .drawn(let kernel): kernel.target
      }
    }
    set {
      guard let kernel = CollapsedGibbs(newValue) else { preconditionFailure("the new target has no collapsed kernel") }
      self = kernel
    }
  }

  public var isReversible: Bool { true }

  /// The memory of the kernel that there is. Not an enumeration, whose value could not be changed in place.
  public struct Scratch: KernelScratch {
    var given: PopulationGibbs.Scratch?
    var drawn: PatternGibbs.Scratch?
  }

  public func makeScratch() -> Scratch {
    switch self {
    case .given(let kernel): Scratch(given: kernel.makeScratch())
    case .drawn(let kernel): Scratch(drawn: kernel.makeScratch())
    }
  }

  public func step(
    _ point: inout PointState<GainModulatedLinearDensity>, scratch: inout Scratch, using stream: inout RandomStream
  ) -> Transition {
    switch self {
    case .given(let kernel): kernel.step(&point, scratch: &scratch.given!, using: &stream)
    case .drawn(let kernel): kernel.step(&point, scratch: &scratch.drawn!, using: &stream)
    }
  }
}

extension GainModulatedLinearDensity {
  public func collapsedKernel() -> CollapsedGibbs? { CollapsedGibbs(self) }
}
