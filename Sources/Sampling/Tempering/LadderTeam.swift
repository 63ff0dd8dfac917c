// The members that run one temperature ladder together, as the kernel sees them.

/// Processes (or threads) that each run some rungs of one ladder, in lockstep.
///
/// Member 0 leads: it has the draws, and says what all do next. The others make the same chain with the same numbers and follow.
/// All members call the same functions in the same order.
public protocol LadderTeam: AnyObject, Sendable {
  /// This member's number.
  var member: Int { get }
  /// How many there are, no more than rungs.
  var count: Int { get }

  /// What the leader says; the others' word is not heard.
  func hear(_ word: Int) -> Int
  /// Every member's numbers, in the order of members; each gives equally many.
  ///
  /// - Parameter all: as long as all of them together.
  func gather(_ own: [Double], into all: inout [Double])
  /// Gives one member's numbers to another, replacing the other's; no work for the rest.
  func move(_ values: inout [Double], from sender: Int, to receiver: Int)
}

/// What a leader has its team do.
@usableFromInline
package enum LadderCommand: Int {
  /// Say whether all are ready.
  case begin
  /// Make a transition.
  case step
  /// Bring the state of all rungs to the leader.
  case collect
  /// Leave.
  case end
}

extension LadderTeam {
  /// Whether this member has the draws.
  @usableFromInline package var leads: Bool { member == 0 }

  /// Tells the others what comes next, if this member leads.
  @usableFromInline
  package func lead(_ command: LadderCommand) {
    if leads { _ = hear(command.rawValue) }
  }

  /// What this member, which does not lead, is to do next.
  package func nextCommand() -> LadderCommand {
    LadderCommand(rawValue: hear(0))!
  }

  /// The first member that is not ready; nil if all are.
  package func firstUnready(_ isReady: Bool) -> Int? {
    var all = [Double](repeating: 0, count: count)
    gather([isReady ? 1 : 0], into: &all)
    return all.firstIndex(of: 0)
  }

  /// The member with whom rung k of n starts: equal blocks of neighbours, the coldest with the leader.
  func home(ofRung rung: Int, of rungs: Int) -> Int { (rungs - 1 - rung) * count / rungs }
}

extension LadderTeam {
  /// Moves what `save` appends to `take` on another member.
  func move(
    from sender: Int, to receiver: Int, save: (inout [Double]) -> Void, take: (inout ArraySlice<Double>) throws -> Void
  ) {
    guard sender != receiver, member == sender || member == receiver else { return }
    var archive: [Double] = []
    if member == sender { save(&archive) }
    move(&archive, from: sender, to: receiver)
    guard member == receiver else { return }
    var received = archive[...]
    do {
      try take(&received)
    } catch {
      preconditionFailure("members of a team have different ladders: \(error)")
    }
  }
}
