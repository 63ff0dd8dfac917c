// The warm-up schedule as data: a list of stages.

/// A list of warm-up stages, gone through in order; an adaptation folds over it.
public struct WarmupSchedule: Sendable, Equatable {
  /// A stretch of warm-up transitions.
  public enum Stage: Sendable, Equatable {
    /// Tunes the step size only; anew, if the stage before did no more.
    case fast(Int)
    /// Tunes the step size and collects positions; at its end the metric is set from them, and the step size is tuned
    /// anew.
    case slow(Int)

    /// The number of transitions.
    public var transitions: Int {
      switch self {
      case .fast(let count), .slow(let count): count
      }
    }
  }

  /// The stages, in order.
  public let stages: [Stage]

  /// - Precondition: no negative number of transitions.
  public init(_ stages: [Stage]) {
    precondition(stages.allSatisfy { $0.transitions >= 0 }, "a stage has no negative number of transitions")
    self.stages = stages.filter { $0.transitions > 0 }
  }

  /// The number of transitions of all stages.
  public var transitions: Int { stages.reduce(0) { $0 + $1.transitions } }

  /// Step size only; tuned anew after the first fifth, in which the chain finds the typical set and needs steps of another size.
  public static func stepSizeOnly(transitions: Int) -> WarmupSchedule {
    guard transitions >= 20 else { return WarmupSchedule([.fast(transitions)]) }
    return WarmupSchedule([.fast(transitions / 5), .fast(transitions - transitions / 5)])
  }

  /// Stan's windows (Stan Reference Manual, "Automatic parameter tuning"): fast, slow windows that double, fast.
  ///
  /// 75 transitions to find the typical set, slow windows of 25, 50, 100, …, the last one stretched to what is left, and
  /// 50 to settle the step size: 1000 are cut as 75, 25, 50, 100, 200, 500, 50. Fewer than 150 are cut as
  /// 15 %, 75 %, 10 %; fewer than 20 tune the step size only.
  public static func windows(transitions: Int) -> WarmupSchedule {
    guard transitions >= 20 else { return stepSizeOnly(transitions: transitions) }
    var first = 75
    var last = 50
    var window = 25
    if first + window + last > transitions {
      first = Int(0.15 * Double(transitions))
      last = Int(0.1 * Double(transitions))
      window = transitions - first - last
    }
    var stages = [Stage.fast(first)]
    var left = transitions - first - last
    while left > 0 {
      // A window is stretched to the end if the next one, twice as long, would not fit behind it.
      let length = left < 3 * window ? left : window
      stages.append(.slow(length))
      left -= length
      window *= 2
    }
    stages.append(.fast(last))
    return WarmupSchedule(stages)
  }

  /// The stage of transition `number`, and whether it is the stage's last; nil after the end.
  func stage(ofTransition number: Int) -> (stage: Stage, isLast: Bool)? {
    var end = 0
    for stage in stages {
      end += stage.transitions
      if number < end { return (stage, number == end - 1) }
    }
    return nil
  }
}
