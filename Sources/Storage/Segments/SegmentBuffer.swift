// The draws of a segment in the making: small things in memory, big networks straight to disk.

import Sampling

/// Collects the draws of one segment.
///
/// Memory: at most about ``byteLimit`` beyond one draw, whatever the number of draws and the size of a network: a network
/// above ``streamedNetworkBytes`` is written to the segment's file part by part and ends the segment.
struct SegmentBuffer: DrawSink {
  /// Networks above this size are not held in memory.
  let streamedNetworkBytes: Int
  /// A segment of this size is full.
  let byteLimit: Int
  let schema: DrawSchema
  let recording: NetworkRecording
  let phase: Phase
  /// The number, within the phase, of the first draw.
  let firstDraw: Int
  /// Where a big network goes.
  let streamPath: String
  // Counted once: the schema would count anew for every draw.
  private let observableCount: Int
  private let statisticCount: Int
  private let networkBytes: Int

  /// Draws so far.
  private(set) var count = 0
  /// `[draw, scalar]`.
  private(set) var observables: [Double] = []
  /// `[draw, statistic]`.
  private(set) var statistics: [Double] = []
  /// The draws whose networks are here.
  private(set) var networkDraws: [Int] = []
  /// The networks of ``networkDraws`` that are held in memory: one array a real block, `[network, entry]`.
  private(set) var realBlocks: [[Double]]
  /// One array a binary block.
  private(set) var binaryBlocks: [[Int8]]
  /// The network that was written to disk instead.
  private(set) var stream: NetworkStream?
  /// The next neuron expected of a network that comes in parts.
  private var nextNeuron = 0

  init(
    schema: DrawSchema, recording: NetworkRecording, phase: Phase, firstDraw: Int, streamPath: String,
    settings: SegmentSettings
  ) {
    self.schema = schema
    self.recording = recording
    self.phase = phase
    self.firstDraw = firstDraw
    self.streamPath = streamPath
    byteLimit = settings.bytes
    streamedNetworkBytes = settings.bytes
    observableCount = schema.observableCount
    statisticCount = schema.statistics.count
    networkBytes = schema.network.storedBytes
    let blocks = schema.network.blocks
    realBlocks = blocks.filter { $0.kind == .real }.map { _ in [] }
    binaryBlocks = blocks.filter { $0.kind == .binary }.map { _ in [] }
    // Reserved for a full segment: pages that no draw reaches cost nothing, while growing by copying would cost twice.
    let rows = byteLimit / (8 * max(1, observableCount + statisticCount)) + 1
    observables.reserveCapacity(rows * observableCount)
    statistics.reserveCapacity(rows * statisticCount)
  }

  /// The observables of the last draw.
  var lastObservables: ArraySlice<Double> { observables.suffix(observableCount) }
  /// The statistics of the last draw.
  var lastStatistics: ArraySlice<Double> { statistics.suffix(statisticCount) }

  /// Whether the segment should end here for its size.
  var isFull: Bool {
    stream != nil
      || 8 * (observables.count + statistics.count) + networkDraws.count * networkBytes >= byteLimit
  }

  func wantsNetwork(ofDraw draw: Int) -> Bool { phase == .draws && recording.keeps(draw) }

  mutating func record(draw: Int, observables: Span<Double>, statistics: Span<Double>) throws {
    guard draw == firstDraw + count, observables.count == observableCount,
      statistics.count == statisticCount
    else {
      throw StorageError.contract(
        "a source of draws gave draw \(draw) with \(observables.count) + \(statistics.count) numbers where draw \(firstDraw + count) with \(observableCount) + \(statisticCount) was due"
      )
    }
    guard nextNeuron == 0 else {
      throw StorageError.contract("the network of draw \(draw) ended after neuron \(nextNeuron - 1)")
    }
    observables.withUnsafeBufferPointer { self.observables.append(contentsOf: $0) }
    statistics.withUnsafeBufferPointer { self.statistics.append(contentsOf: $0) }
    count += 1
  }

  mutating func recordNetwork(draw: Int, part: Range<Int>?, values: Span<Double>) throws {
    try checkPart(part, count: values.count, draw: draw)
    let isFirst = part == nil || part!.lowerBound == 0
    if isFirst { networkDraws.append(draw) }
    if networkBytes > streamedNetworkBytes {
      if isFirst { stream = try NetworkStream(path: streamPath, layout: schema.network, draw: draw) }
      try stream!.write(part: part, values: values)
    } else {
      hold(part: part, values: values, isFirst: isFirst)
    }
  }

  /// Refuses parts out of order or of the wrong size, which would otherwise leave holes in a file.
  private mutating func checkPart(_ part: Range<Int>?, count: Int, draw: Int) throws {
    guard let part else {
      guard count == schema.network.dimension else {
        throw StorageError.contract("draw \(draw) has \(count) coordinates, not \(schema.network.dimension)")
      }
      return
    }
    let neurons = schema.network.blocks.first?.rowLength ?? 0
    let expected = schema.network.blocks.reduce(0) { $0 + $1.rows * part.count }
    guard schema.network.blocks.allSatisfy({ $0.rowLength == neurons }), part.lowerBound == nextNeuron,
      !part.isEmpty, part.upperBound <= neurons, count == expected
    else {
      throw StorageError.contract("neurons \(part) of draw \(draw) do not follow neuron \(nextNeuron - 1)")
    }
    nextNeuron = part.upperBound == neurons ? 0 : part.upperBound
  }

  /// Puts a part of a network where it belongs in memory.
  private mutating func hold(part: Range<Int>?, values: Span<Double>, isFirst: Bool) {
    var source = 0
    var real = 0
    var binary = 0
    for block in schema.network.blocks {
      let neurons = part ?? 0..<block.rowLength
      let start = (networkDraws.count - 1) * block.count
      if block.kind == .real {
        if isFirst { realBlocks[real].append(contentsOf: repeatElement(0, count: block.count)) }
        for row in 0..<block.rows {
          for neuron in neurons {
            realBlocks[real][start + row * block.rowLength + neuron] = values[source]
            source += 1
          }
        }
        real += 1
      } else {
        if isFirst { binaryBlocks[binary].append(contentsOf: repeatElement(0, count: block.count)) }
        for row in 0..<block.rows {
          for neuron in neurons {
            binaryBlocks[binary][start + row * block.rowLength + neuron] = values[source] == 0 ? 0 : 1
            source += 1
          }
        }
        binary += 1
      }
    }
  }
}
