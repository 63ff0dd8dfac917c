// The kernel of densities that have none of a kind: a type without values.

import Sampling

/// A kernel that does not exist, for densities that a structured kernel cannot serve.
public enum NoKernel<Target: LogDensity>: TunableKernel {
  public var target: Target {
    get { switch self {} }
    set { switch self {} }
  }

  public var tuning: Tuning {
    get { switch self {} }
    set { switch self {} }
  }

  public var tuningGoal: TuningGoal { switch self {} }

  public func makeScratch() -> NoScratch { switch self {} }

  public func step(_ point: inout PointState<Target>, scratch: inout NoScratch, using stream: inout RandomStream)
    -> Transition
  {
    switch self {}
  }

  public func trialAcceptance(
    _ point: inout PointState<Target>, scratch: inout NoScratch, using stream: inout RandomStream
  ) -> Double { switch self {} }
}
