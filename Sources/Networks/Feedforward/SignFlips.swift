// Flips of weights that are signs, at the cost of what they change in a network's outputs.

import Sampling

/// What a sweep of flips keeps of a network: all weights, every neuron's inputs z and activities h, [layer][neuron, row], and the outputs y.
///
/// A row is a context and a stimulus, of S rows. A flip moves one weight by −2θ. In the last hidden layer the outputs follow in O(S): a neuron's
/// inputs move by a stimulus (or an activity, or 1 in one context), and the outputs by f w (φ(z') − φ(z)). A flip in an earlier layer changes one
/// neuron there and all neurons of later layers: O(S n_{l+1}) for the next, O(S n_{k} n_{k+1}) beyond. Taking a flip copies what was
/// computed for it. Nothing is allocated.
///
/// Inputs of neurons without a slope (the sign) are summed anew in their order, O(S n) for n weights of a neuron: where a sum is exactly 0,
/// what rounding leaves of a moved one would count as a sign.
struct SignFlips: Sendable {
  private let architecture: FeedforwardArchitecture
  private let placement: WeightPlacement
  private let stimuli: Matrix
  private let rows, groups, perGroup: Int
  /// Where the weights into each layer and its drives begin.
  private let weightOffsets: [Int]
  private let driveOffsets: [Int?]
  /// The group, the layer and the place among their block of weights, by block of ``FeedforwardArchitecture/weightLayout``.
  private let blocks: [(range: Range<Int>, target: BlockTarget)]

  private enum BlockTarget: Sendable {
    case output
    case weights(layer: Int)
    case drives(layer: Int)
  }

  private let weights = 0
  private let inputs, activities, nextInputs, nextActivities: [Int]
  private let outputs, nextOutputs, scratch: Int
  let memoryCount: Int

  /// Nil for networks without signs.
  init?(_ pass: FeedforwardPass) {
    guard let placement = pass.placement, !pass.architecture.signs.isEmpty else { return nil }
    let architecture = pass.architecture
    self.architecture = architecture
    self.placement = placement
    stimuli = pass.stimuliByFeature
    (rows, groups, perGroup) = (pass.rows, pass.groups, pass.stimuli.rows)
    let layout = architecture.weightLayout
    let depth = architecture.depth
    weightOffsets = (0..<depth).map { layout.blocks[1 + $0].offset }
    var drives = layout.blocks[(1 + depth)...].map(\.offset)[...]
    driveOffsets = (0..<depth).map { architecture.isDriven($0) ? drives.removeFirst() : nil }
    var blocks: [(range: Range<Int>, target: BlockTarget)] = [(layout.blocks[0].range, .output)]
    for layer in 0..<depth { blocks.append((layout.blocks[1 + layer].range, .weights(layer: layer))) }
    let driven = (0..<depth).filter { architecture.isDriven($0) }
    for (number, layer) in driven.enumerated() {
      blocks.append((layout.blocks[1 + depth + number].range, .drives(layer: layer)))
    }
    self.blocks = blocks

    var next = placement.count
    func reserve(_ count: Int) -> Int {
      defer { next += count }
      return next
    }
    let sizes = architecture.widths.map { $0 * pass.rows }
    inputs = sizes.map(reserve)
    activities = sizes.map(reserve)
    nextInputs = sizes.map(reserve)
    nextActivities = sizes.map(reserve)
    outputs = reserve(pass.rows)
    nextOutputs = reserve(pass.rows)
    scratch = reserve(2 * pass.rows)
    memoryCount = next
  }

  /// Takes in a position. One forward pass.
  func begin(_ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>) {
    placement.write(position, to: memory + weights)
    for layer in 0..<architecture.depth {
      for i in 0..<architecture.widths[layer] {
        writeInputs(ofLayer: layer, i, memory, into: memory + inputs[layer] + i * rows)
      }
      activate(memory + inputs[layer], memory + activities[layer], count: architecture.widths[layer] * rows, memory)
    }
    let y = memory + outputs
    for s in 0..<rows { y[s] = 0 }
    let last = architecture.depth - 1
    for i in 0..<architecture.lastWidth {
      VectorKernels.add(
        architecture.readoutFactor * memory[weights + i], times: memory + activities[last] + i * rows, to: y,
        count: rows)
    }
  }

  /// The outputs after a flip of a position's coordinate, one a row; beside them those before.
  func propose(
    _ coordinate: Int, _ memory: UnsafeMutablePointer<Double>
  ) -> (before: UnsafePointer<Double>, after: UnsafePointer<Double>) {
    let index = placement.index(of: coordinate)
    let change = -2 * memory[weights + index]
    let (y, next) = (memory + outputs, memory + nextOutputs)
    next.update(from: y, count: rows)
    let (target, place) = target(of: index)
    switch target {
    case .output:
      let last = architecture.depth - 1
      VectorKernels.add(
        architecture.readoutFactor * change, times: memory + activities[last] + place * rows, to: next, count: rows)
    case .weights(let layer):
      let (from, neuron) = place.quotientAndRemainder(dividingBy: architecture.widths[layer])
      moveInputs(ofLayer: layer, neuron, index, memory) { z in
        if layer == 0 {
          stimuli.elements.withUnsafeBufferPointer { x in
            for c in 0..<groups {
              VectorKernels.add(
                change, times: x.baseAddress! + from * perGroup, to: z + c * perGroup, count: perGroup)
            }
          }
        } else {
          let scale = 1 / Double(architecture.widths[layer - 1]).squareRoot()
          VectorKernels.add(
            change * scale, times: memory + activities[layer - 1] + from * rows, to: z, count: rows)
        }
      }
    case .drives(let layer):
      let (context, neuron) = place.quotientAndRemainder(dividingBy: architecture.widths[layer])
      moveInputs(ofLayer: layer, neuron, index, memory) { z in
        for p in 0..<perGroup { z[context * perGroup + p] += change }
      }
    }
    return (UnsafePointer(y), UnsafePointer(next))
  }

  /// Takes the flip that was proposed last.
  func accept(_ coordinate: Int, _ memory: UnsafeMutablePointer<Double>) {
    let index = placement.index(of: coordinate)
    memory[weights + index] = -memory[weights + index]
    (memory + outputs).update(from: memory + nextOutputs, count: rows)
    let (target, place) = target(of: index)
    let layer: Int
    switch target {
    case .output: return
    case .weights(let own), .drives(let own): layer = own
    }
    let own = place % architecture.widths[layer] * rows
    (memory + inputs[layer] + own).update(from: memory + nextInputs[layer] + own, count: rows)
    (memory + activities[layer] + own).update(from: memory + nextActivities[layer] + own, count: rows)
    for later in architecture.widths.indices.dropFirst(layer + 1) {
      let count = architecture.widths[later] * rows
      (memory + inputs[later]).update(from: memory + nextInputs[later], count: count)
      (memory + activities[later]).update(from: memory + nextActivities[later], count: count)
    }
  }

  private func target(of index: Int) -> (BlockTarget, place: Int) {
    for block in blocks where block.range.contains(index) { return (block.target, index - block.range.lowerBound) }
    preconditionFailure("a network has no weight \(index)")
  }

  /// Moves the inputs of one neuron, and what follows from them to the outputs.
  ///
  /// - Parameters:
  ///   - index: the weight that flips.
  ///   - move: changes the neuron's inputs, of which it is given a copy.
  private func moveInputs(
    ofLayer layer: Int, _ neuron: Int, _ index: Int, _ memory: UnsafeMutablePointer<Double>,
    _ move: (UnsafeMutablePointer<Double>) -> Void
  ) {
    let own = neuron * rows
    let (z, h) = (memory + nextInputs[layer] + own, memory + nextActivities[layer] + own)
    if architecture.activation.isDifferentiable {
      z.update(from: memory + inputs[layer] + own, count: rows)
      move(z)
    } else {
      // The layers behind are summed anew from all of this one.
      let all = architecture.widths[layer] * rows
      (memory + nextActivities[layer]).update(from: memory + activities[layer], count: all)
      memory[weights + index] = -memory[weights + index]
      writeInputs(ofLayer: layer, neuron, memory, into: z)
      memory[weights + index] = -memory[weights + index]
    }
    activate(z, h, count: rows, memory)
    let change = memory + scratch
    let before = memory + activities[layer] + own
    for s in 0..<rows { change[s] = h[s] - before[s] }
    let last = architecture.depth - 1
    guard layer < last else {
      VectorKernels.add(
        architecture.readoutFactor * memory[weights + neuron], times: change, to: memory + nextOutputs, count: rows)
      return
    }
    // The next layer by what one neuron changes, the others by what all do.
    moveLayer(layer + 1, memory) { k, z in
      let scale = 1 / Double(architecture.widths[layer]).squareRoot()
      let weight = memory[weights + weightOffsets[layer + 1] + neuron * architecture.widths[layer + 1] + k]
      VectorKernels.add(scale * weight, times: change, to: z, count: rows)
    }
    for later in architecture.widths.indices.dropFirst(layer + 2) {
      let previous = architecture.widths[later - 1]
      let differences = memory + nextActivities[later - 1]
      moveLayer(later, memory) { k, z in
        let scale = 1 / Double(previous).squareRoot()
        for i in 0..<previous {
          let weight = scale * memory[weights + weightOffsets[later] + i * architecture.widths[later] + k]
          let (new, old) = (differences + i * rows, memory + activities[later - 1] + i * rows)
          for s in 0..<rows { z[s] += weight * (new[s] - old[s]) }
        }
      }
    }
    for i in 0..<architecture.lastWidth {
      let weight = architecture.readoutFactor * memory[weights + i]
      let (new, old) = (memory + nextActivities[last] + i * rows, memory + activities[last] + i * rows)
      let next = memory + nextOutputs
      for s in 0..<rows { next[s] += weight * (new[s] - old[s]) }
    }
  }

  /// Moves the inputs of all neurons of a layer, and their activities.
  private func moveLayer(
    _ layer: Int, _ memory: UnsafeMutablePointer<Double>, _ move: (Int, UnsafeMutablePointer<Double>) -> Void
  ) {
    let count = architecture.widths[layer] * rows
    let z = memory + nextInputs[layer]
    if architecture.activation.isDifferentiable {
      z.update(from: memory + inputs[layer], count: count)
      for k in 0..<architecture.widths[layer] { move(k, z + k * rows) }
    } else {
      for k in 0..<architecture.widths[layer] {
        writeInputs(ofLayer: layer, k, memory, into: z + k * rows, replacing: true)
      }
    }
    activate(z, memory + nextActivities[layer], count: count, memory)
  }

  private func activate(
    _ z: UnsafePointer<Double>, _ h: UnsafeMutablePointer<Double>, count: Int, _ memory: UnsafeMutablePointer<Double>
  ) {
    // Gains are not wanted; they are written to a row.
    let gains = memory + scratch + rows
    for first in stride(from: 0, to: count, by: rows) {
      architecture.activation.apply(z + first, values: h + first, gains: gains, count: min(rows, count - first))
    }
  }

  /// Sums up a neuron's inputs.
  private func writeInputs(
    ofLayer layer: Int, _ neuron: Int, _ memory: UnsafeMutablePointer<Double>, into z: UnsafeMutablePointer<Double>,
    replacing: Bool = false
  ) {
    let width = architecture.widths[layer]
    for c in 0..<groups {
      let drive = driveOffsets[layer].map { memory[weights + $0 + c * width + neuron] } ?? 0
      for p in 0..<perGroup { z[c * perGroup + p] = drive }
    }
    let own = memory + weights + weightOffsets[layer] + neuron
    guard layer > 0 else {
      stimuli.elements.withUnsafeBufferPointer { x in
        for d in 0..<stimuli.rows {
          for c in 0..<groups {
            VectorKernels.add(
              own[d * width], times: x.baseAddress! + d * perGroup, to: z + c * perGroup, count: perGroup)
          }
        }
      }
      return
    }
    let previous = architecture.widths[layer - 1]
    let scale = 1 / Double(previous).squareRoot()
    let h = memory + (replacing ? nextActivities : activities)[layer - 1]
    for i in 0..<previous { VectorKernels.add(scale * own[i * width], times: h + i * rows, to: z, count: rows) }
  }
}
