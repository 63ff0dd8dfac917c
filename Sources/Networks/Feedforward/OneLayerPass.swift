// The forward and the reverse pass of a network with one hidden layer, neuron by neuron.

import Sampling

/// Runs networks with one hidden layer on a fixed list of stimuli, in memory that the caller owns.
///
/// Such networks are sums over neurons: each neuron's responses to all rows (context, stimulus) are made, added to the
/// outputs and differentiated while they are in the cache, [neuron, row]. For tanh with context drives an exponential a stimulus
/// and one a drive serve all pairs of them (``VectorKernels/hiddenTanh(_:drives:stride:stimuli:into:features:groups:count:)``).
/// One pass costs O(N P (D + K)).
struct OneLayerPass: Sendable {
  private let activation: Activation
  private let neurons, features, groups, count: Int
  private let readoutFactor: Double
  private let weightsOffset: Int
  private let drivesOffset: Int?
  /// [feature, stimulus].
  let stimuliByFeature: Matrix

  /// Where responses (first of all), gains and a scratch row lie in the memory, and how much of it there is.
  private let responsesOffset = 0
  private let gainsOffset, scratchOffset: Int
  let memoryCount: Int

  /// - Precondition: one hidden layer.
  init(_ architecture: FeedforwardArchitecture, stimuliByFeature: Matrix, groups: Int) {
    precondition(architecture.depth == 1)
    activation = architecture.activation
    neurons = architecture.lastWidth
    features = architecture.features
    count = stimuliByFeature.columns
    self.groups = groups
    self.stimuliByFeature = stimuliByFeature
    readoutFactor = architecture.readoutFactor
    weightsOffset = neurons
    drivesOffset = architecture.isDriven(0) ? neurons * (1 + features) : nil
    gainsOffset = neurons * groups * count
    scratchOffset = 2 * gainsOffset
    memoryCount = scratchOffset + count
  }

  /// Writes a neuron's responses, and its gains unless they are 1 − h², as tanh's; returns whether they are.
  @inline(__always)
  func respond(
    _ i: Int, _ position: UnsafePointer<Double>, _ stimuli: UnsafePointer<Double>,
    into responses: UnsafeMutablePointer<Double>, gains: UnsafeMutablePointer<Double>
  ) -> Bool {
    let weights = position + weightsOffset + i
    let drives = drivesOffset.map { position + $0 + i }
    if let drives,
      activation.function.respond(
        weights, drives: drives, stride: neurons, stimuli: stimuli, into: responses, features: features,
        groups: groups, count: count)
    {
      return true
    }
    VectorKernels.hiddenInputs(
      weights, drives: drives, stride: neurons, stimuli: stimuli, into: responses, features: features, groups: groups,
      count: count)
    activation.apply(responses, values: responses, gains: gains, count: groups * count)
    return false
  }

  /// Leaves a neuron's responses and gains in memory; returns where the responses are.
  @inline(__always)
  private func respond(
    _ i: Int, _ position: UnsafePointer<Double>, _ stimuli: UnsafePointer<Double>,
    _ memory: UnsafeMutablePointer<Double>
  ) -> UnsafeMutablePointer<Double> {
    let rows = groups * count
    let responses = memory + responsesOffset + i * rows
    let gains = memory + gainsOffset + i * rows
    // No gain is infinite: the mark in their place says that they follow from the responses.
    if respond(i, position, stimuli, into: responses, gains: gains) { gains[0] = .infinity }
    return responses
  }

  /// Leaves all responses and gains in memory.
  func forwardHidden(_ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>) {
    stimuliByFeature.elements.withUnsafeBufferPointer { stimuli in
      for i in 0..<neurons { _ = respond(i, position, stimuli.baseAddress!, memory) }
    }
  }

  /// Writes the outputs, one a row, and leaves in memory what the reverse pass needs.
  func forward(
    _ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>, outputs: UnsafeMutablePointer<Double>
  ) {
    let rows = groups * count
    for s in 0..<rows { outputs[s] = 0 }
    stimuliByFeature.elements.withUnsafeBufferPointer { stimuli in
      for i in 0..<neurons {
        let responses = respond(i, position, stimuli.baseAddress!, memory)
        VectorKernels.add(readoutFactor * position[i], times: responses, to: outputs, count: rows)
      }
    }
  }

  /// Adds ∂f/∂position to `gradient`, given ∂f/∂y in the slopes, which are scaled in place.
  func reverse(
    _ position: UnsafePointer<Double>, _ memory: UnsafeMutablePointer<Double>, slopes: UnsafeMutablePointer<Double>,
    addingTo gradient: UnsafeMutablePointer<Double>
  ) {
    for s in 0..<groups * count { slopes[s] *= readoutFactor }
    for i in 0..<neurons {
      reverse(i, memory, slopes: slopes, weight: position[i], byWeight: gradient + i, addingTo: gradient)
    }
  }

  /// Adds ∂f/∂position to `gradient` for all but the output weights, given ∂f/∂h, [neuron, row].
  func reverseHidden(
    _ memory: UnsafeMutablePointer<Double>, slopes: UnsafePointer<Double>,
    addingTo gradient: UnsafeMutablePointer<Double>
  ) {
    var unused = 0.0
    for i in 0..<neurons {
      reverse(i, memory, slopes: slopes + i * groups * count, weight: 1, byWeight: &unused, addingTo: gradient)
    }
  }

  /// A neuron's part, for an output weight and the slopes by the sum that it is a term of.
  @inline(__always)
  private func reverse(
    _ i: Int, _ memory: UnsafeMutablePointer<Double>, slopes: UnsafePointer<Double>, weight: Double,
    byWeight: UnsafeMutablePointer<Double>, addingTo gradient: UnsafeMutablePointer<Double>
  ) {
    let rows = groups * count
    let gains = memory + gainsOffset + i * rows
    stimuliByFeature.elements.withUnsafeBufferPointer { stimuli in
      VectorKernels.hiddenGradient(
        memory + responsesOffset + i * rows, gains: gains[0] == .infinity ? nil : UnsafePointer(gains),
        slopes: slopes, weight: weight, stimuli: stimuli.baseAddress!, scratch: memory + scratchOffset,
        byWeight: byWeight, byInputs: gradient + weightsOffset + i,
        byDrives: drivesOffset.map { gradient + $0 + i }, stride: neurons, features: features, groups: groups,
        count: count)
    }
  }
}
