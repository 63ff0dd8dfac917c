// The forward pass of a recurrent network through time, and back-propagation through it, batched over trials.

import Sampling

/// Runs networks of one architecture on fixed trials, forwards and backwards, in memory that the caller owns.
///
/// A *row* is a pair (step, trial), row t B + trial; activities are [row, neuron], so that all trials of a step are one matrix. What drives
/// neurons from outside is one product for all rows, and so are the gradients of all weights. 2 T B N² multiplications and additions forwards,
/// 4 T B N² backwards; allocates nothing.
struct RecurrentPass: Sendable {
  let architecture: RecurrentArchitecture
  let trials: Int
  let times: Int
  /// T B.
  let rows: Int
  /// The inputs, and a 1 for the context: [row, input channel and context].
  private let drives: [Double]
  private var driveCount: Int { architecture.inputChannels + architecture.contexts }
  /// The given part of low rank in the units of the recurrent weights; empty where there is none.
  private let given: [Double]

  /// Offsets in the memory: h; φ', which the reverse pass turns into ∂f/∂z; ∂f/∂h; y and ∂f/∂y; √N times the connectivity, which are the
  /// recurrent weights themselves where nothing is given; the same transposed.
  private let valueOffset, gainOffset, pullOffset, outputOffset, slopeOffset, connectivityOffset, transposeOffset: Int
  /// The number of doubles that a pass needs.
  let memoryCount: Int

  init(_ architecture: RecurrentArchitecture, trials batch: TrialBatch) {
    precondition(architecture.fits(batch), "trials of other channels or contexts")
    self.architecture = architecture
    trials = batch.trials
    times = batch.times
    rows = batch.trials * batch.times
    let (inputs, contexts) = (batch.inputChannels, batch.contexts)
    var drives: [Double] = []
    drives.reserveCapacity(rows * (inputs + contexts))
    for t in 0..<batch.times {
      for trial in 0..<batch.trials {
        let first = (trial * batch.times + t) * inputs
        drives += batch.inputs[first..<first + inputs]
        for c in 0..<contexts { drives.append(c == batch.contextOfTrial[trial] ? 1 : 0) }
      }
    }
    self.drives = drives
    given = architecture.lowRank?.weights ?? []

    let neurons = architecture.neurons
    var next = 0
    func reserve(_ count: Int) -> Int {
      defer { next += count }
      return next
    }
    valueOffset = reserve(rows * neurons)
    gainOffset = reserve(rows * neurons)
    pullOffset = reserve(rows * neurons)
    outputOffset = reserve(rows * architecture.outputChannels)
    slopeOffset = reserve(rows * architecture.outputChannels)
    connectivityOffset = reserve(given.count)
    transposeOffset = reserve(neurons * neurons)
    memoryCount = next
  }

  /// Multiplications of one forward pass, about: an activation counts as 16.
  var work: Double {
    let n = Double(architecture.neurons)
    return Double(rows) * n * (n + Double(driveCount + architecture.outputChannels) + 16)
  }

  /// h of the last forward pass, [row, neuron].
  @inline(__always)
  func activities(in memory: UnsafeMutablePointer<Double>) -> UnsafeMutablePointer<Double> { memory + valueOffset }

  /// φ' of the last forward pass, [row, neuron], until a reverse pass.
  @inline(__always)
  func gains(in memory: UnsafeMutablePointer<Double>) -> UnsafeMutablePointer<Double> { memory + gainOffset }

  /// y of the last forward pass, [row, output channel].
  @inline(__always)
  func outputs(in memory: UnsafeMutablePointer<Double>) -> UnsafeMutablePointer<Double> { memory + outputOffset }

  /// Where ``reverse(_:_:addingTo:)`` expects ∂f/∂y, [row, output channel].
  @inline(__always)
  func slopes(in memory: UnsafeMutablePointer<Double>) -> UnsafeMutablePointer<Double> { memory + slopeOffset }

  /// Where ``reverseHidden(_:_:addingTo:)`` expects ∂f/∂h by what reads h_t directly, [row, neuron]. It is overwritten.
  @inline(__always)
  func pulls(in memory: UnsafeMutablePointer<Double>) -> UnsafeMutablePointer<Double> { memory + pullOffset }

  /// Computes activities, gains and outputs at a position.
  func forward(_ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>) {
    forwardHidden(position, memory)
    VectorKernels.product(
      memory + valueOffset, transposed: position + architecture.outputOffset, into: memory + outputOffset, rows: rows,
      inner: architecture.neurons, columns: architecture.outputChannels, scale: architecture.readoutFactor)
  }

  /// Computes activities and gains at a position, of which the output weights are not read.
  func forwardHidden(_ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>) {
    let neurons = architecture.neurons
    let block = trials * neurons
    let (leak, rest) = (architecture.leak, 1 - architecture.leak)
    drives.withUnsafeBufferPointer {
      VectorKernels.product(
        $0.baseAddress!, position + architecture.inputOffset, into: memory + valueOffset, rows: rows, inner: driveCount,
        columns: neurons)
    }
    let connectivity = connectivity(position, memory)
    if !given.isEmpty { addGiven(to: position + architecture.recurrentOffset, into: memory + connectivityOffset) }
    for t in 0..<times {
      let now = memory + valueOffset + t * block
      if t > 0 {
        VectorKernels.product(
          now - block, connectivity, into: now, rows: trials, inner: neurons,
          columns: neurons, scale: recurrentFactor, accumulate: true)
      }
      architecture.activation.apply(now, values: now, gains: memory + gainOffset + t * block, count: block)
      guard leak < 1 else { continue }
      if t > 0 {
        for k in 0..<block { now[k] = leak * now[k] + rest * now[k - block] }
      } else {
        for k in 0..<block { now[k] *= leak }
      }
    }
  }

  /// Adds ∂f/∂position to `gradient`, given ∂f/∂y in the slopes and what the forward pass at `position` left in memory.
  func reverse(
    _ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>,
    addingTo gradient: UnsafeMutablePointer<Double>
  ) {
    let (neurons, channels, factor) = (
      architecture.neurons, architecture.outputChannels, architecture.readoutFactor
    )
    VectorKernels.product(
      transposed: memory + slopeOffset, memory + valueOffset, into: gradient + architecture.outputOffset,
      rows: channels, inner: rows, columns: neurons, scale: factor, accumulate: true)
    VectorKernels.product(
      memory + slopeOffset, position + architecture.outputOffset, into: memory + pullOffset, rows: rows,
      inner: channels, columns: neurons, scale: factor)
    reverseHidden(position, memory, addingTo: gradient)
  }

  /// Adds ∂f/∂position to `gradient` for all weights but the output weights, given ∂f/∂h in the pulls and what the forward pass left in memory.
  func reverseHidden(
    _ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>,
    addingTo gradient: UnsafeMutablePointer<Double>
  ) {
    let neurons = architecture.neurons
    let block = trials * neurons
    let (leak, rest) = (architecture.leak, 1 - architecture.leak)
    let transposed = memory + transposeOffset
    let recurrent = connectivity(position, memory)
    for i in 0..<neurons { for j in 0..<neurons { transposed[i * neurons + j] = recurrent[j * neurons + i] } }
    for t in stride(from: times - 1, through: 0, by: -1) {
      let (pull, slope) = (memory + pullOffset + t * block, memory + gainOffset + t * block)
      if leak < 1 {
        for k in 0..<block { slope[k] *= leak * pull[k] }
      } else {
        for k in 0..<block { slope[k] *= pull[k] }
      }
      guard t > 0 else { continue }
      let before = pull - block
      if leak < 1 { VectorKernels.add(rest, times: pull, to: before, count: block) }
      VectorKernels.product(
        slope, transposed, into: before, rows: trials, inner: neurons, columns: neurons, scale: recurrentFactor,
        accumulate: true)
    }
    if times > 1 {
      VectorKernels.product(
        transposed: memory + valueOffset, memory + gainOffset + block, into: gradient + architecture.recurrentOffset,
        rows: neurons, inner: rows - trials, columns: neurons, scale: recurrentFactor, accumulate: true)
    }
    drives.withUnsafeBufferPointer {
      VectorKernels.product(
        transposed: $0.baseAddress!, memory + gainOffset, into: gradient + architecture.inputOffset, rows: driveCount,
        inner: rows, columns: neurons, accumulate: true)
    }
  }

  /// √N times the connectivity, [from neuron, neuron], once a forward pass has been at the position.
  @inline(__always)
  private func connectivity(
    _ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>
  ) -> UnsafePointer<Double> {
    given.isEmpty ? position + architecture.recurrentOffset : UnsafePointer(memory + connectivityOffset)
  }

  private func addGiven(to drawn: UnsafePointer<Double>, into sum: UnsafeMutablePointer<Double>) {
    sum.update(from: drawn, count: given.count)
    given.withUnsafeBufferPointer { VectorKernels.add(1, times: $0.baseAddress!, to: sum, count: given.count) }
  }

  private var recurrentFactor: Double { 1 / Double(architecture.neurons).squareRoot() }
}
