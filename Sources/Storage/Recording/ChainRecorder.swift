// Drives one source of draws and writes what it yields, segment by segment.

import Sampling

/// Records the draws of one chain. Used by one thread at a time.
package final class ChainRecorder<Source: DrawSource & ~Copyable> {
  private var source: Source
  private let writer: SegmentWriter
  private let settings: SegmentSettings
  private let recording: NetworkRecording
  private var record: ChainRecord
  private var meter: ProgressMeter
  /// Whether the chain's weights have moved.
  package private(set) var movement: ChainMovement
  /// Where the kernel reports that among the statistics; nil without a kernel.
  private let moves: (moved: Int, rate: Int)?

  /// Takes up a chain where its last segment ended.
  ///
  /// - Throws: ``StorageError``: `mismatch` if the segments are of another kind of source, `contract`, `system`;
  ///   and what the source's `restore` throws.
  package init(
    _ source: consuming Source, from position: ChainPosition, lock: RunLock, settings: SegmentSettings,
    progress: ChainProgress
  ) throws {
    try Self.checkSchema(source.schema)
    var source = source
    if let snapshot = position.snapshot { try Self.restore(&source, to: position, snapshot, run: lock.run) }
    let writer = SegmentWriter(run: lock.run, chain: position.chain)
    record = ChainRecord(segments: position.segments, draws: position.draws)
    try writer.prepare(record)
    self.writer = writer
    self.settings = settings
    recording = lock.run.description.recording
    movement = position.movement
    let statistics = source.schema.statistics
    moves = statistics.firstIndex(of: "moved").flatMap { moved in
      statistics.firstIndex(of: "acceptance_rate").map { (moved, $0) }
    }
    progress.earlierDraws = source.draws
    meter = ProgressMeter(schema: source.schema, progress: progress)
    meter.publish(draws: source.draws, warmup: source.warmupDraws)
    self.source = source
  }

  private static func restore(
    _ source: inout Source, to position: ChainPosition, _ snapshot: ChainSnapshot, run: RunDirectory
  ) throws {
    let place = run.chainDirectory(position.chain)
    if let difference = position.schema.flatMap({ $0.difference(from: source.schema) }) {
      throw StorageError.mismatch(path: place, differences: [difference])
    }
    let own = source.snapshot.stream
    let saved = snapshot.stream
    guard own.generator == saved.generator, own.gslVersion == saved.gslVersion else {
      throw StorageError.mismatch(
        path: place,
        differences: [
          "its random state is of \(saved.generator) of GSL \(saved.gslVersion), but this program runs \(own.generator) of GSL \(own.gslVersion)"
        ])
    }
    do {
      try source.restore(snapshot)
    } catch let error as ArchiveError {
      throw StorageError.mismatch(path: place, differences: [error.description])
    } catch let error as RandomStreamError {
      throw StorageError.mismatch(path: place, differences: [error.description])
    }
    let warmup = position.draws[.warmup]!
    let draws = position.draws[.draws]!
    guard source.draws == warmup + draws, draws == 0 || warmup == source.warmupDraws, warmup <= source.warmupDraws
    else {
      throw StorageError.damaged(
        path: place,
        reason:
          "it holds \(warmup) warm-up draws (of \(source.warmupDraws)) and \(draws) draws, but its state is that after draw \(source.draws)"
      )
    }
  }

  /// Refuses what NetCDF cannot hold.
  private static func checkSchema(_ schema: DrawSchema) throws {
    if let empty = schema.observables.first(where: { $0.count == 0 })?.name
      ?? schema.network.blocks.first(where: { $0.count == 0 })?.name
    {
      throw StorageError.contract("\(empty) has no entries, so it cannot be recorded")
    }
  }

  /// Draws recorded after warm-up.
  package var draws: Int { max(0, source.draws - source.warmupDraws) }
  /// Draws recorded in warm-up.
  package var warmupDraws: Int { min(source.draws, source.warmupDraws) }

  /// Whether `draws` draws after warm-up are recorded.
  package func isComplete(_ draws: Int) -> Bool { source.draws >= source.warmupDraws + draws }

  /// Makes draws until a segment is due, the chain is complete or a stop is asked for, and writes the segment.
  ///
  /// A segment is due after the settings' time or size, and at the end of warm-up. Nothing is written if no draw was made.
  ///
  /// - Parameter draws: draws wanted after warm-up, earlier ones included.
  /// - Throws: what the source throws, and ``StorageError``. All earlier segments stay as they are.
  package func recordSegment(upTo draws: Int, stop: StopFlag) throws {
    let isWarmup = source.draws < source.warmupDraws
    let phase: Phase = isWarmup ? .warmup : .draws
    let end = isWarmup ? source.warmupDraws : source.warmupDraws + draws
    let number = record.segments[phase]!
    var buffer = SegmentBuffer(
      schema: source.schema, recording: recording, phase: phase,
      firstDraw: isWarmup ? source.draws : source.draws - source.warmupDraws,
      streamPath: writer.temporaryPath(phase, number), settings: settings)
    var clock = SegmentClock(seconds: settings.seconds)
    while source.draws < end, !stop.isRaised {
      try source.next(into: &buffer)
      meter.add(lastOf: buffer)
      if let moves, !isWarmup {
        let figures = buffer.lastStatistics
        movement.add(
          moved: figures[figures.startIndex + moves.moved], acceptanceRate: figures[figures.startIndex + moves.rate])
      }
      if buffer.isFull { break }
      if clock.tick() {
        meter.publish(draws: source.draws, warmup: source.warmupDraws)
        if clock.isOver { break }
      }
    }
    meter.publish(draws: source.draws, warmup: source.warmupDraws)
    guard buffer.count > 0 else { return }
    source.collect()
    // A process that is left in the middle of a draw writes nothing any more.
    _ = try stop.writing {
      try writer.write(
        buffer, number: number, snapshot: source.snapshot, streaming: isWarmup ? [] : source.streamingStatistics)
      record.segments[phase]! += 1
      record.draws[phase]! += buffer.count
      try writer.write(record)
    }
  }
}

/// Looks at the time about every millisecond, however short or long a draw is, so that looking costs nothing.
private struct SegmentClock {
  private let start = ContinuousClock.now
  private let end: ContinuousClock.Instant
  private var last: ContinuousClock.Instant
  private var drawsPerLook = 1
  private var drawsLeft = 1

  init(seconds: Double) {
    end = start + .seconds(seconds)
    last = start
  }

  /// Counts a draw; true about every millisecond.
  mutating func tick() -> Bool {
    drawsLeft -= 1
    guard drawsLeft == 0 else { return false }
    let now = ContinuousClock.now
    let passed = now - last
    if passed < .microseconds(500) { drawsPerLook *= 2 }
    if passed > .milliseconds(2) { drawsPerLook = max(1, drawsPerLook / 4) }
    last = now
    drawsLeft = drawsPerLook
    return true
  }

  /// Whether the segment's time was over at the last look.
  var isOver: Bool { last >= end }
}
