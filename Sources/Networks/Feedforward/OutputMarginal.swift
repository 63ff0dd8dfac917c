// The output weights integrated out, given the activities of the last hidden layer: value, slopes, and their law.

import Sampling

/// What is left of a loss once the Gaussian output weights are integrated out (THEORY section 10).
///
/// With activities H [row, neuron] (S rows, n neurons), outputs f H w, wanted outputs Y, precision κ and a = κ f² σ_w²,
///
///     ln ∫ dw p(w) e^{−κ|Y − f H w|²/2} = −½ ln det(I + a H Hᵀ) − ½ κ Y·e,   e = (I + a H Hᵀ)⁻¹ Y = Y − f H w̄,
///     ∂/∂H = κ f e w̄ᵀ − a (I + a H Hᵀ)⁻¹ H,   w̄ = σ_w² κ f Hᵀ e.
///
/// Of a hard task, whose outputs are Y, a H Hᵀ stands in place of I + a H Hᵀ, with any κ: then it is ln N(Y; 0, σ_w² f² H Hᵀ) but for a constant.
/// S ≤ n is asked for.
///
/// Whichever of I + a H Hᵀ, [S, S], and I + a HᵀH, [n, n], is smaller is inverted. O(S n min(S, n) + min(S, n)³); allocates nothing.
struct OutputMarginal: Sendable {
  /// n.
  let neurons: Int
  /// S.
  let rows: Int
  /// σ_w.
  let spread: Double
  let task: NeuronSumTask
  /// What is asked for of the outputs; nil for these themselves. Then S counts its entries, and H is what they see of the features.
  let readout: ReadoutRows?
  /// The size of the matrix that is inverted, and whether its sides are rows.
  private let size: Int
  private let inversion: SymmetricInverse
  private var invertsRows: Bool { size == rows }

  /// Where things lie in the memory.
  private let vectorOffset, meanOffset, residualOffset, slopesOffset, readoutOffset, outputSlopesOffset,
    scratchOffset: Int
  /// The number of doubles that an evaluation needs.
  let memoryCount: Int

  init(_ task: NeuronSumTask, neurons: Int, spread: Double, readout: ReadoutRows? = nil) {
    self.task = task
    self.readout = readout
    self.neurons = neurons
    self.spread = spread
    rows = task.wanted.count
    size = min(rows, neurons)
    inversion = SymmetricInverse(count: size)
    vectorOffset = size * size
    meanOffset = vectorOffset + max(neurons, rows)
    residualOffset = meanOffset + neurons
    slopesOffset = residualOffset + rows
    readoutOffset = slopesOffset + neurons * rows
    outputSlopesOffset = readoutOffset + (readout == nil ? 0 : neurons * rows)
    scratchOffset = outputSlopesOffset + neurons * (readout?.outputs ?? 0)
    memoryCount = scratchOffset + inversion.memoryCount
  }

  /// a.
  private var scale: Double { task.precision * task.factor * task.factor * spread * spread }
  /// σ_w² κ f.
  private var pull: Double { spread * spread * task.precision * task.factor }

  /// H of the rows that are asked for, from the features of all outputs.
  func rows(_ h: ReadoutFeatures, _ memory: UnsafeMutablePointer<Double>) -> ReadoutFeatures {
    readout?.write(h, into: memory + readoutOffset) ?? h
  }

  /// The logarithm of the integral, without the constant of the task; leaves inverse, e and w̄ in memory. NaN where H is not finite.
  func value(_ outputs: ReadoutFeatures, _ memory: UnsafeMutablePointer<Double>) -> Double {
    let h = rows(outputs, memory)
    writeMatrix(h, memory)
    guard let logDeterminant = inversion.invert(memory, scratch: memory + scratchOffset) else { return .nan }
    let (residual, mean) = (memory + residualOffset, memory + meanOffset)
    solve(h, task.wanted, memory, residual, weights: mean)
    var overlap = 0.0
    for s in 0..<rows { overlap += task.wanted[s] * residual[s] }
    return -0.5 * logDeterminant - 0.5 * task.precision * overlap
  }

  /// κ Y·(I + a H Hᵀ)⁻¹ Y of the value that was computed last; of a hard task Y·(σ_w² f² H Hᵀ)⁻¹ Y.
  func distance(_ memory: UnsafePointer<Double>) -> Double {
    var overlap = 0.0
    for s in 0..<rows { overlap += task.wanted[s] * memory[residualOffset + s] }
    return task.precision * overlap
  }

  /// ∂/∂H, laid out as H, of the value that was computed last; stays in memory.
  func slopes(_ outputs: ReadoutFeatures, _ memory: UnsafeMutablePointer<Double>) -> UnsafePointer<Double> {
    let h = known(outputs, memory)
    let slopes = memory + slopesOffset
    switch h.order {
    case .byNeuron where invertsRows:
      VectorKernels.product(
        h.elements, memory, into: slopes, rows: neurons, inner: rows, columns: rows, scale: -scale)
    case .byNeuron:
      VectorKernels.product(
        memory, h.elements, into: slopes, rows: neurons, inner: neurons, columns: rows, scale: -scale)
    case .byRow where invertsRows:
      VectorKernels.product(
        memory, h.elements, into: slopes, rows: rows, inner: rows, columns: neurons, scale: -scale)
    case .byRow:
      VectorKernels.product(
        h.elements, memory, into: slopes, rows: rows, inner: neurons, columns: neurons, scale: -scale)
    }
    let (residual, mean) = (memory + residualOffset, memory + meanOffset)
    let factor = task.precision * task.factor
    switch h.order {
    case .byNeuron:
      for i in 0..<neurons {
        VectorKernels.add(factor * mean[i], times: residual, to: slopes + i * rows, count: rows)
      }
    case .byRow:
      for s in 0..<rows {
        VectorKernels.add(factor * residual[s], times: mean, to: slopes + s * neurons, count: neurons)
      }
    }
    guard let readout else { return UnsafePointer(slopes) }
    readout.pullBack(slopes, neurons: neurons, order: h.order, into: memory + outputSlopesOffset)
    return UnsafePointer(memory + outputSlopesOffset)
  }

  /// H as the last value left it in memory.
  private func known(_ outputs: ReadoutFeatures, _ memory: UnsafeMutablePointer<Double>) -> ReadoutFeatures {
    readout == nil
      ? outputs : ReadoutFeatures(memory + readoutOffset, rows: rows, neurons: neurons, order: outputs.order)
  }

  /// Draws output weights given H, of which the value was computed last; returns −κ|Y − f H w|²/2.
  ///
  /// A draw w⁰ of the prior and ξ of the noise become w⁰ + σ_w² κ f Hᵀ(I + a H Hᵀ)⁻¹(Y − f H w⁰ − ξ/√κ) (Matheron's rule);
  /// without ξ where the task is hard, and once more from the result, which leaves no rounding but its own. With fewer weights than rows it is
  /// (I + a HᵀH)⁻¹(w⁰ + σ_w² κ f Hᵀ(Y − ξ/√κ)), in which nothing of a wide prior has to cancel.
  ///
  /// - Parameter noise: n + S standard normal numbers, which are overwritten.
  func draw(
    _ outputs: ReadoutFeatures, noise: UnsafeMutablePointer<Double>, into weights: UnsafeMutablePointer<Double>,
    _ memory: UnsafeMutablePointer<Double>
  ) -> Double {
    let h = known(outputs, memory)
    let (residual, mean) = (memory + residualOffset, memory + meanOffset)
    let wanted = noise + neurons
    let width = task.precision > 0 && !task.isHard ? 1 / task.precision.squareRoot() : 0
    for i in 0..<neurons { weights[i] = spread * noise[i] }
    for s in 0..<rows { wanted[s] = task.wanted[s] - width * wanted[s] }
    guard invertsRows || task.isHard else {
      let vector = memory + vectorOffset
      h.multiply(transposed: wanted, into: vector, scale: pull)
      for i in 0..<neurons { vector[i] += weights[i] }
      VectorKernels.product(memory, transposed: vector, into: weights, rows: neurons, inner: neurons, columns: 1)
      return -task.precision / 2 * squaredError(h, weights, into: residual)
    }
    h.multiply(weights, into: wanted, scale: -task.factor, adding: true)
    var error = 0.0
    for pass in 0..<(task.isHard ? 2 : 1) {
      if pass > 0 { for s in 0..<rows { wanted[s] = residual[s] } }
      wanted.withMemoryRebound(to: Double.self, capacity: rows) {
        solve(h, UnsafeBufferPointer(start: $0, count: rows), memory, residual, weights: mean)
      }
      for i in 0..<neurons { weights[i] += mean[i] }
      error = squaredError(h, weights, into: residual)
    }
    return task.isHard ? 0 : -task.precision / 2 * error
  }

  /// |Y − f H w|².
  private func squaredError(
    _ h: ReadoutFeatures, _ weights: UnsafePointer<Double>, into residual: UnsafeMutablePointer<Double>
  ) -> Double {
    for s in 0..<rows { residual[s] = task.wanted[s] }
    h.multiply(weights, into: residual, scale: -task.factor, adding: true)
    return sumOfSquares(residual, rows)
  }

  /// The mean square of the wanted numbers, or of what the prior makes of them with features of size 1.
  var wantedSize: Double {
    let square = task.wanted.reduce(0) { $0 + $1 * $1 } / Double(rows)
    return max(square, Double(neurons) * task.factor * task.factor * spread * spread)
  }

  /// The spectrum of G = σ_w² f² H Hᵀ, and Y in its eigenvectors. O(S³); allocates.
  ///
  /// - Throws: ``GSLError``.
  func spectrum(_ outputs: ReadoutFeatures, _ memory: UnsafeMutablePointer<Double>) throws -> OutputSpectrum {
    let h = rows(outputs, memory)
    var covariance = Matrix(rows: rows, columns: rows)
    h.writeRowProducts(into: &covariance.elements, scale: task.factor * task.factor * spread * spread)
    let eigen = try SymmetricEigen(covariance)
    let projections = Matrix(rows: 1, columns: rows, elements: task.wanted) * eigen.vectors
    return OutputSpectrum(eigenvalues: eigen.values, squares: projections.elements.map { $0 * $0 })
  }

  /// I + a H Hᵀ or I + a HᵀH.
  private func writeMatrix(_ h: ReadoutFeatures, _ memory: UnsafeMutablePointer<Double>) {
    if invertsRows {
      h.writeRowProducts(into: memory, scale: scale)
    } else {
      h.writeNeuronProducts(into: memory, scale: scale)
    }
    guard !task.isHard else { return }
    for k in 0..<size { memory[k * size + k] += 1 }
  }

  /// e = (I + a H Hᵀ)⁻¹ y and σ_w² κ f Hᵀ e, with the inverse in memory.
  private func solve(
    _ h: ReadoutFeatures, _ y: some Sequence<Double>, _ memory: UnsafeMutablePointer<Double>,
    _ residual: UnsafeMutablePointer<Double>, weights: UnsafeMutablePointer<Double>
  ) {
    let vector = memory + vectorOffset
    if invertsRows {
      for (s, value) in y.enumerated() { vector[s] = value }
      VectorKernels.product(
        memory, transposed: vector, into: residual, rows: rows, inner: rows, columns: 1)
      h.multiply(transposed: residual, into: weights, scale: pull)
    } else {
      for (s, value) in y.enumerated() { residual[s] = value }
      h.multiply(transposed: residual, into: vector, scale: pull)
      VectorKernels.product(
        memory, transposed: vector, into: weights, rows: neurons, inner: neurons, columns: 1)
      h.multiply(weights, into: residual, scale: -task.factor, adding: true)
    }
  }
}
