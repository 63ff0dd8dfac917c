// What members of a team do to their parts of one state: positions, slopes and whole rungs cross.

extension ReplicaExchangeState {
  /// Lets go of what was restored of other members' rungs, but for the draw, where a warm start begins on every member.
  mutating func releaseAbsent() {
    guard let own = owners.firstIndex(of: member) else { return }
    for rung in rungStates.dropLast().indices where !isHere(rung) { rungStates[rung] = rungStates[own] }
  }

  /// Exchanges the positions of two rungs, and their streams, while rungs stay where they are tuned.
  @usableFromInline
  mutating func tradePositions(_ a: Int, _ b: Int, _ team: any LadderTeam) {
    guard owners[a] != owners[b] else { return swapReplicas(a, b) }
    slopes.swapAt(a, b)
    let (first, second) = (replica(a), replica(b))
    receive(first, from: a, in: b, team)
    receive(second, from: b, in: a, team)
  }

  /// Position, kernel's memory and stream of a rung that is here; nothing of another.
  private func replica(_ rung: Int) -> [Double] {
    guard isHere(rung) else { return [] }
    var archive = rungStates[rung].position
    rungStates[rung].scratch.save(to: &archive)
    streams[rung].save(to: &archive)
    return archive
  }

  private mutating func receive(_ replica: [Double], from source: Int, in rung: Int, _ team: any LadderTeam) {
    team.move(from: owners[source], to: owners[rung]) {
      $0 = replica
    } take: { archive in
      let position = try archive.next(rungStates[rung].position.count)
      rungStates[rung].point.current.position = position
      rungStates[rung].point.current.invalidate()
      try rungStates[rung].scratch.restore(from: &archive)
      try streams[rung].restore(from: &archive)
    }
  }

  /// Tells all members of this transition's slopes, and the leader of what the kernels report.
  @usableFromInline
  mutating func shareExploration(_ team: any LadderTeam) {
    for rung in rungStates.indices { board.write(slopes[rung], transitions[rung], ofRung: rung) }
    board.exchange(team)
    for rung in rungStates.indices where !isHere(rung) {
      (slopes[rung], transitions[rung]) = board.exploration(ofRung: rung, by: owners[rung])
    }
  }

  /// Tells the leader of the evaluations at new temperatures, and gives it the draw.
  @usableFromInline
  mutating func shareEvaluation(_ team: any LadderTeam) {
    for rung in rungStates.indices {
      board.write(rungStates[rung].logDensity, Double(transitions[rung].evaluations), ofRung: rung)
    }
    board.exchange(team)
    let coldest = rungStates.count - 1
    for rung in rungStates.indices where !isHere(rung) {
      let (logDensity, evaluations) = board.evaluation(ofRung: rung, by: owners[rung])
      transitions[rung].evaluations = evaluations
      if rung == coldest { rungStates[rung].point.current.setLogDensity(logDensity) }
    }
    guard owners[coldest] != 0 else { return }
    team.move(&rungStates[coldest].point.current.position, from: owners[coldest], to: 0)
  }

  /// Brings all rungs to the leader.
  mutating func collectRungs(_ team: any LadderTeam) {
    for rung in rungStates.indices {
      team.move(from: owners[rung], to: 0) { archive in
        rungStates[rung].save(to: &archive)
        streams[rung].save(to: &archive)
      } take: { archive in
        try rungStates[rung].restore(from: &archive)
        try streams[rung].restore(from: &archive)
      }
    }
  }
}
