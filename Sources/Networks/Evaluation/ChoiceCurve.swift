// Psychometric curves of drawn networks: how often they choose "positive", against what is wanted, with bands over networks.

import Sampling

/// The share of positive outputs in a context against the wanted output (the evidence).
public struct ChoiceCurve: Sendable, Equatable {
  /// A group of stimuli with about the same evidence.
  public struct Point: Sendable, Equatable {
    /// The mean of Y_c over the group.
    public let evidence: Double
    /// How many stimuli it has.
    public let stimuli: Int
    /// The share of positive outputs, an output of exactly 0 counting half: mean over networks, and the interval.
    public let positive: Double
    /// Lower end of the interval over networks.
    public let lower: Double
    /// Upper end of the interval over networks.
    public let upper: Double
  }

  /// Ascending in evidence.
  public let points: [Point]
}

/// Counts positive outputs by evidence while answers pass.
struct ChoiceCounts: Sendable {
  /// Up to so many different wanted outputs are a group each.
  private static let mostValues = 20
  /// Otherwise stimuli are cut into so many groups of equal size.
  private static let groups = 15

  private let context: Int
  /// The group of each stimulus.
  private let group: [Int]
  private let evidence: [Double]
  private let sizes: [Int]
  /// Twice the positive outputs, [group · networks + network].
  private var twicePositive: [Int32]
  private let networks: Int

  /// Nil where all stimuli want the same.
  init?(context: Int, wanted: [Double], networks: Int) {
    // Where it is not known what is wanted there is no curve.
    guard wanted.allSatisfy({ !$0.isNaN }) else { return nil }
    let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
    let values = Set(wanted)
    guard values.count > 1 else { return nil }
    var group = [Int](repeating: 0, count: wanted.count)
    if values.count <= Self.mostValues {
      let places = Dictionary(uniqueKeysWithValues: values.sorted().enumerated().map { ($1, $0) })
      group = wanted.map { places[$0]! }
    } else {
      for (place, stimulus) in order.enumerated() { group[stimulus] = place * Self.groups / wanted.count }
    }
    let count = group.max()! + 1
    var sums = [Double](repeating: 0, count: count)
    var sizes = [Int](repeating: 0, count: count)
    for (stimulus, place) in group.enumerated() {
      sums[place] += wanted[stimulus]
      sizes[place] += 1
    }
    self.context = context
    self.group = group
    self.sizes = sizes
    self.networks = networks
    evidence = zip(sums, sizes).map { $0 / Double($1) }
    twicePositive = [Int32](repeating: 0, count: count * networks)
  }

  mutating func add(_ block: AnswerBlock) {
    guard block.contexts.contains(context) else { return }
    for p in block.stimuli {
      let first = group[p] * networks
      for (network, output) in block.outputs(context: context, stimulus: p).enumerated() {
        twicePositive[first + network] += output > 0 ? 2 : output == 0 ? 1 : 0
      }
    }
  }

  /// - Parameter tails: the probabilities of the interval's ends.
  func curve(tails: [Double]) -> ChoiceCurve {
    ChoiceCurve(
      points: sizes.indices.map { place in
        let shares = twicePositive[place * networks..<(place + 1) * networks].map {
          Double($0) / 2 / Double(sizes[place])
        }
        let ends = Diagnostics.quantiles([shares], at: tails)
        return ChoiceCurve.Point(
          evidence: evidence[place], stimuli: sizes[place], positive: RunningMoments(shares).mean, lower: ends[0],
          upper: ends[1])
      })
  }
}
