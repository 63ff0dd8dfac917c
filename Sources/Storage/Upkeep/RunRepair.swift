// Going on from the last good segment: damaged ones are set aside, never deleted.

extension RunLock {
  /// Moves each chain's first damaged segment and all later ones into `damaged/`, so that the chain can be continued from
  /// what is good. Only when asked: what is moved is sampled anew, and comes out the same.
  ///
  /// - Returns: the files moved, by their old paths; empty if nothing is damaged.
  /// - Throws: ``StorageError`` if the files cannot be moved.
  package func setAsideDamagedSegments() throws -> [String] {
    var moved: [String] = []
    let damaged = run.file("damaged")
    let number = try Posix.exists(damaged) ? try Posix.names(in: damaged).count : 0
    let aside = run.file("damaged/\(RunDirectory.padded(number, 4))")
    for chain in run.description.chains.sorted() {
      guard let (good, bad) = try RunReader(run).filesBeforeAndFromFirstDamage(ofChain: chain) else {
        // A chain without a folder is damaged in a finished run, and one that has not begun in any other.
        guard run.isComplete else { continue }
        try Posix.makeDirectory(run.chainDirectory(chain))
        try ChainRecord().write(
          ofChain: chain, runID: run.description.identity.digest, to: run.chainDirectory(chain))
        continue
      }
      for fileName in bad {
        let place = "\(aside)/\(RunDirectory.chainName(chain))"
        for folder in [damaged, aside, place] { try Posix.makeDirectory(folder) }
        try Posix.rename("\(run.chainDirectory(chain))/\(fileName)", to: "\(place)/\(fileName)")
        moved.append("\(run.chainDirectory(chain))/\(fileName)")
      }
      // What is missing at the end is drawn anew, too.
      try good.write(ofChain: chain, runID: run.description.identity.digest, to: run.chainDirectory(chain))
    }
    return moved
  }
}

extension RunReader {
  /// What is good of a chain, and the files of it that cannot be trusted: from the first damaged one on, and all that are no
  /// segments; nil for a chain that has not begun.
  fileprivate func filesBeforeAndFromFirstDamage(ofChain chain: Int) throws -> (good: ChainRecord, bad: [String])? {
    let directory = run.chainDirectory(chain)
    switch try Posix.kind(of: directory, following: false) {
    case nil: return nil
    case .link: throw StorageError.isLink(path: directory)
    default: break
    }
    let written = try? ChainRecord(ofChain: chain, in: run)
    let files = try Posix.names(in: directory).filter { !$0.hasPrefix(".") && $0 != ChainRecord.file }
    var good: Set<String> = []
    var record = ChainRecord()
    search: for phase in Phase.allCases {
      let names = files.compactMap(SegmentName.init(fileName:)).filter { $0.phase == phase }
      var firstDraw = 0
      for number in 0... {
        // Of two segments with one number at most one is good: swapping files about cannot change which.
        let candidates = names.filter { $0.number == number }
        let draws = candidates.lazy.compactMap { name -> (SegmentName, Int)? in
          (try? verifiedDraws(of: name, chain: chain, firstDraw: firstDraw)).map { (name, $0) }
        }.first
        guard let (name, count) = draws else {
          // A phase that ends here in good order lets the next one begin.
          let isShort = number < written?.segments[phase] ?? 0
          if isShort || names.contains(where: { $0.number >= number }) { break search }
          continue search
        }
        good.insert(name.fileName)
        firstDraw += count
        record.segments[phase] = number + 1
        record.draws[phase] = firstDraw
      }
    }
    return (record, files.filter { !good.contains($0) })
  }

  private func verifiedDraws(of name: SegmentName, chain: Int, firstDraw: Int) throws -> Int {
    let segment = try segment(name, ofChain: chain)
    try segment.requirePlace(in: run, chain: chain, name: name, firstDraw: firstDraw)
    return segment.header.draws
  }
}
