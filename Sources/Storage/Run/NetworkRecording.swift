// Which draws keep the whole network: a rate that is fixed when the run is made.

import JSON

/// Which draws of a chain keep the whole network.
///
/// `kept` of `planned` draws are kept, as evenly as integers allow, and the same rate goes on if the run is later
/// continued beyond `planned`: whether draw d is kept depends on d and on what was decided when the run was made, never
/// on how far the run will go. So an interrupted and an uninterrupted run keep the same networks.
package struct NetworkRecording: Sendable, Equatable {
  /// Networks kept of `planned` draws; 0 keeps none.
  package let kept: Int
  /// The draws that were planned when the run was made.
  package let planned: Int

  private init(kept: Int, planned: Int) {
    self.kept = kept
    self.planned = planned
  }

  /// No network is kept.
  package static let none = NetworkRecording(kept: 0, planned: 1)
  /// The network of every draw is kept.
  package static let all = NetworkRecording(kept: 1, planned: 1)

  /// `count` networks evenly thinned over `planned` draws; all of them if there are no more.
  ///
  /// - Precondition: `count >= 0`.
  package static func evenlyThinned(_ count: Int, planned: Int) -> NetworkRecording {
    precondition(count >= 0, "a number of networks is not negative")
    if count == 0 { return .none }
    return count >= planned ? .all : NetworkRecording(kept: count, planned: planned)
  }

  /// Whether draw d (from 0) is kept: ⌊(d + 1) kept / planned⌋ > ⌊d kept / planned⌋.
  package func keeps(_ draw: Int) -> Bool {
    // Whole periods of `planned` draws first, so that no product overflows before kept · planned does.
    let place = draw % planned
    return (place + 1) * kept / planned > place * kept / planned
  }

  /// The draws of a range that are kept, in order. O(their number): segments hold many draws and few networks.
  package func kept(among draws: Range<Int>) -> [Int] {
    guard kept > 0 else { return [] }
    var list: [Int] = []
    var period = draws.lowerBound / planned
    // Networks of this period before the next draw.
    var index = draws.lowerBound % planned * kept / planned
    while true {
      if index == kept { (period, index) = (period + 1, 0) }
      // The first place p with ⌊(p + 1) kept / planned⌋ > index.
      let draw = period * planned + ((index + 1) * planned + kept - 1) / kept - 1
      guard draw < draws.upperBound else { return list }
      list.append(draw)
      index += 1
    }
  }

  /// The rule as `run.json` holds it.
  var json: JSONValue { .object([.init("kept", .integer(kept)), .init("of", .integer(planned))]) }

  /// Reads what ``json`` gave.
  init?(_ json: JSONValue?) {
    guard let kept = json?["kept"]?.integer, let planned = json?["of"]?.integer, kept >= 0, planned > 0,
      planned < 1 << 31,
      kept <= planned
    else { return nil }
    self.init(kept: kept, planned: planned)
  }
}
