// The forward and the reverse pass of a feedforward network, batched over contexts and stimuli.

import Sampling

/// Runs networks of one architecture on a fixed list of stimuli, forwards and backwards, in memory that the caller owns.
///
/// A *row* is a pair (context, stimulus), row c P + p; a network without context drives has one set of rows for all
/// contexts. Activities are [row, neuron]. One pass costs O(rows · Σ_l n_l n_{l+1}) and allocates nothing; the first
/// layer's W¹x_p is computed once for all contexts, and so is its gradient.
struct FeedforwardPass: Sendable {
  let architecture: FeedforwardArchitecture
  /// [stimulus, feature].
  let stimuli: Matrix
  /// The same, [feature, stimulus].
  let stimuliByFeature: Matrix
  /// The number of sets of rows: K, or 1 if nothing tells contexts apart.
  let groups: Int
  /// Groups times stimuli.
  let rows: Int

  /// Offsets of the blocks in a position: the weights into each hidden layer, and its drives where it has any.
  private let weightOffsets: [Int]
  private let driveOffsets: [Int?]

  /// Offsets in the memory: activities h^l, and gains φ' that the reverse pass turns into derivatives.
  private let valueOffsets: [Int]
  private let gainOffsets: [Int]
  private let outputOffset: Int
  private let slopeOffset: Int
  private let scratchOffset: Int
  /// The number of doubles that a pass needs.
  let memoryCount: Int
  /// Does the work if there is one hidden layer, in the same memory.
  let oneLayer: OneLayerPass?
  /// Makes all weights of a position that does not hold them in order; nil where it does.
  let placement: WeightPlacement?
  /// Where all weights and their gradient are then kept.
  private let wholeOffset: Int

  init(_ architecture: FeedforwardArchitecture, stimuli: Matrix) {
    self.architecture = architecture
    self.stimuli = stimuli
    stimuliByFeature = stimuli.transposed
    let widths = architecture.widths
    let layers = widths.indices
    groups = architecture.outputSets
    rows = groups * stimuli.rows

    placement = WeightPlacement(architecture)
    let offsets = architecture.weightLayout.blocks.map(\.offset)
    weightOffsets = Array(offsets[1...layers.count])
    var drives = offsets[(layers.count + 1)...]
    driveOffsets = layers.map { architecture.isDriven($0) ? drives.removeFirst() : nil }

    var next = 0
    func reserve(_ count: Int) -> Int {
      defer { next += count }
      return next
    }
    var values: [Int] = []
    var gains: [Int] = []
    oneLayer =
      layers.count == 1 ? OneLayerPass(architecture, stimuliByFeature: stimuliByFeature, groups: groups) : nil
    if let oneLayer {
      _ = reserve(oneLayer.memoryCount)
    } else {
      for width in widths {
        values.append(reserve(rows * width))
        gains.append(reserve(rows * width))
      }
    }
    valueOffsets = values
    gainOffsets = gains
    outputOffset = reserve(rows)
    slopeOffset = reserve(rows)
    scratchOffset =
      oneLayer == nil ? reserve(max(stimuli.rows * widths[0], rows * (widths.dropLast().max() ?? 0))) : next
    wholeOffset = reserve(2 * (placement?.count ?? 0))
    memoryCount = next
  }

  /// All weights of the network of the last forward pass at a position.
  @inline(__always)
  func weights(
    _ position: UnsafePointer<Double>, in memory: UnsafePointer<Double>
  ) -> UnsafePointer<Double> { placement == nil ? position : memory + wholeOffset }

  /// The same before a pass: the position itself, or all weights made of it.
  @inline(__always)
  private func placed(
    _ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>
  ) -> UnsafePointer<Double> {
    guard let placement else { return position }
    placement.write(position, to: memory + wholeOffset)
    return UnsafePointer(memory + wholeOffset)
  }

  /// The outputs y of the last forward pass, one a row.
  @inline(__always)
  func outputs(in memory: UnsafeMutablePointer<Double>) -> UnsafePointer<Double> {
    UnsafePointer(memory + outputOffset)
  }

  /// The activities of the last hidden layer in the last forward pass.
  func lastActivities(in memory: UnsafePointer<Double>) -> ReadoutFeatures {
    let offset = oneLayer == nil ? valueOffsets[valueOffsets.count - 1] : 0
    return ReadoutFeatures(
      memory + offset, rows: rows, neurons: architecture.lastWidth, order: oneLayer == nil ? .byRow : .byNeuron)
  }

  /// Multiplications of one forward pass, about: an activation counts as ``activationWork``.
  var work: Double {
    let widths = architecture.widths.map(Double.init)
    let rows = Double(rows)
    var sum = Double(stimuli.rows * stimuli.columns) * widths[0] + rows * widths[widths.count - 1]
    for (width, next) in zip(widths, widths.dropFirst()) { sum += rows * width * next }
    return sum + Self.activationWork * rows * widths.reduce(0, +)
  }

  /// What an activation and its gain cost, in multiplications of a matrix product.
  private static let activationWork = 16.0

  /// Where the reverse pass expects ∂f/∂y of the function f to be differentiated, one a row.
  @inline(__always)
  func slopes(in memory: UnsafeMutablePointer<Double>) -> UnsafeMutablePointer<Double> { memory + slopeOffset }

  /// Computes activities, gains and outputs at a position.
  func forward(_ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>) {
    let position = placed(position, memory)
    if let oneLayer { return oneLayer.forward(position, memory, outputs: memory + outputOffset) }
    hiddenLayers(position, memory)
    let outputs = memory + outputOffset
    for s in 0..<rows { outputs[s] = 0 }
    VectorKernels.product(
      memory + valueOffsets[architecture.depth - 1], transposed: position, into: outputs, rows: rows,
      inner: architecture.lastWidth, columns: 1, scale: architecture.readoutFactor, accumulate: true)
  }

  /// Computes activities and gains at a position, of which the output weights are not read.
  ///
  /// - Precondition: all weights are drawn and normal.
  func forwardHidden(_ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>) {
    if let oneLayer { return oneLayer.forwardHidden(position, memory) }
    hiddenLayers(position, memory)
  }

  private func hiddenLayers(_ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>) {
    let widths = architecture.widths
    for layer in 0..<widths.count {
      let width = widths[layer]
      let inputs = memory + valueOffsets[layer]
      if layer == 0 {
        addFirstLayerInputs(position, memory, to: inputs)
      } else {
        startInputs(ofLayer: layer, position, inputs)
        let previous = widths[layer - 1]
        VectorKernels.product(
          memory + valueOffsets[layer - 1], position + weightOffsets[layer], into: inputs, rows: rows, inner: previous,
          columns: width, scale: 1 / Double(previous).squareRoot(), accumulate: true)
      }
      architecture.activation.apply(
        inputs, values: inputs, gains: memory + gainOffsets[layer], count: rows * width)
    }
  }

  /// Adds ∂f/∂position to `gradient`, given ∂f/∂y in the slopes and what the forward pass at `position` left in memory.
  func reverse(
    _ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>,
    addingTo gradient: UnsafeMutablePointer<Double>
  ) {
    guard let placement else { return reverseWeights(position, memory, addingTo: gradient) }
    let whole = memory + wholeOffset + placement.count
    for j in 0..<placement.count { whole[j] = 0 }
    reverseWeights(UnsafePointer(memory + wholeOffset), memory, addingTo: whole)
    placement.add(whole, to: gradient)
  }

  /// The same over all weights.
  private func reverseWeights(
    _ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>,
    addingTo gradient: UnsafeMutablePointer<Double>
  ) {
    if let oneLayer {
      return oneLayer.reverse(position, memory, slopes: memory + slopeOffset, addingTo: gradient)
    }
    let widths = architecture.widths
    let last = widths.count - 1
    let factor = architecture.readoutFactor
    let slopes = UnsafePointer(memory + slopeOffset)
    VectorKernels.product(
      transposed: slopes, memory + valueOffsets[last], into: gradient, rows: 1, inner: rows, columns: widths[last],
      scale: factor, accumulate: true)
    let width = widths[last]
    for s in 0..<rows {
      let derivatives = memory + gainOffsets[last] + s * width
      let slope = factor * slopes[s]
      for i in 0..<width { derivatives[i] *= slope * position[i] }
    }
    reverseInputs(position, memory, addingTo: gradient)
  }

  /// Adds ∂f/∂position to `gradient` for all weights but the output weights, given ∂f/∂h of the last layer, laid out as its activities, and
  /// what the forward pass left in memory.
  func reverseHidden(
    _ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>, slopes: UnsafePointer<Double>,
    addingTo gradient: UnsafeMutablePointer<Double>
  ) {
    if let oneLayer { return oneLayer.reverseHidden(memory, slopes: slopes, addingTo: gradient) }
    let derivatives = memory + gainOffsets[architecture.depth - 1]
    for k in 0..<rows * architecture.lastWidth { derivatives[k] *= slopes[k] }
    reverseInputs(position, memory, addingTo: gradient)
  }

  /// The same, given ∂f/∂z of the last layer's inputs in the place of its gains.
  private func reverseInputs(
    _ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>,
    addingTo gradient: UnsafeMutablePointer<Double>
  ) {
    let widths = architecture.widths
    let last = widths.count - 1
    for layer in stride(from: last, to: 0, by: -1) {
      let (width, previous) = (widths[layer], widths[layer - 1])
      let derivatives = UnsafePointer(memory + gainOffsets[layer])
      let scale = 1 / Double(previous).squareRoot()
      addDriveGradient(ofLayer: layer, derivatives, to: gradient)
      VectorKernels.product(
        transposed: memory + valueOffsets[layer - 1], derivatives, into: gradient + weightOffsets[layer],
        rows: previous, inner: rows, columns: width, scale: scale, accumulate: true)
      let scratch = memory + scratchOffset
      for k in 0..<rows * previous { scratch[k] = 0 }
      VectorKernels.product(
        derivatives, transposed: position + weightOffsets[layer], into: scratch, rows: rows, inner: width,
        columns: previous, scale: scale, accumulate: true)
      let gains = memory + gainOffsets[layer - 1]
      for k in 0..<rows * previous { gains[k] *= scratch[k] }
    }
    addDriveGradient(ofLayer: 0, memory + gainOffsets[0], to: gradient)
    addInputGradient(memory, to: gradient)
  }

  /// W¹x_p + B¹e_c, with W¹x_p computed once for all contexts.
  private func addFirstLayerInputs(
    _ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>, to inputs: UnsafeMutablePointer<Double>
  ) {
    let width = architecture.widths[0]
    let count = stimuli.rows * width
    let shared = driveOffsets[0] == nil ? inputs : memory + scratchOffset
    for k in 0..<count { shared[k] = 0 }
    stimuli.elements.withUnsafeBufferPointer {
      VectorKernels.product(
        $0.baseAddress!, position + weightOffsets[0], into: shared, rows: stimuli.rows, inner: stimuli.columns,
        columns: width, scale: 1, accumulate: true)
    }
    guard let offset = driveOffsets[0] else { return }
    for c in 0..<groups {
      let drive = position + offset + c * width
      for p in 0..<stimuli.rows {
        let (row, from) = (inputs + c * count + p * width, shared + p * width)
        for i in 0..<width { row[i] = from[i] + drive[i] }
      }
    }
  }

  /// Sets a later layer's inputs to its context drives, or to zero.
  private func startInputs(
    ofLayer layer: Int, _ position: UnsafePointer<Double>, _ inputs: UnsafeMutablePointer<Double>
  ) {
    let width = architecture.widths[layer]
    guard let offset = driveOffsets[layer] else {
      for k in 0..<rows * width { inputs[k] = 0 }
      return
    }
    for s in 0..<rows {
      let drive = position + offset + s / stimuli.rows * width
      for i in 0..<width { inputs[s * width + i] = drive[i] }
    }
  }

  /// ∂f/∂B_ci = Σ_p ∂f/∂z_cpi.
  private func addDriveGradient(
    ofLayer layer: Int, _ derivatives: UnsafePointer<Double>, to gradient: UnsafeMutablePointer<Double>
  ) {
    guard let offset = driveOffsets[layer] else { return }
    let width = architecture.widths[layer]
    for s in 0..<rows {
      let (drive, row) = (gradient + offset + s / stimuli.rows * width, derivatives + s * width)
      for i in 0..<width { drive[i] += row[i] }
    }
  }

  /// ∂f/∂W¹_di = Σ_p x_pd Σ_c ∂f/∂z_cpi. Adds the contexts up in the place of the first.
  private func addInputGradient(
    _ memory: UnsafeMutablePointer<Double>, to gradient: UnsafeMutablePointer<Double>
  ) {
    let width = architecture.widths[0]
    let count = stimuli.rows * width
    let derivatives = memory + gainOffsets[0]
    for c in 1..<groups {
      let others = derivatives + c * count
      for k in 0..<count { derivatives[k] += others[k] }
    }
    stimuli.elements.withUnsafeBufferPointer {
      VectorKernels.product(
        transposed: $0.baseAddress!, derivatives, into: gradient + weightOffsets[0], rows: stimuli.columns,
        inner: stimuli.rows, columns: width, scale: 1, accumulate: true)
    }
  }
}
