// Exact draws of neurons with several loadings.

import Sampling

/// The loadings and gains of several neurons: neurons are contiguous.
struct LoadingChunk: Sendable {
  let neurons: Int
  /// θ, [loading, neuron].
  var loadings: [Double]
  /// g, [context, neuron].
  var gains: [Double]
  /// The place in the network of the first neuron: with given gains every neuron has its own.
  var firstNeuron = 0
  /// Two a neuron, of no use after a draw.
  fileprivate var uniforms: [Double]

  init(neurons: Int, contexts: Int, loadings count: Int) {
    self.neurons = neurons
    loadings = [Double](repeating: 0, count: neurons * count)
    gains = [Double](repeating: 0, count: neurons * contexts)
    uniforms = [Double](repeating: 0, count: 2 * neurons)
  }
}

/// The law of a neuron, ready to be drawn from: a kind by its weight, then θ = T_g ξ with C_g = T_g T_gᵀ.
struct LoadingLaw: Sendable {
  let solution: LoadingSolution
  private let alias: AliasTable?
  /// T_g, [kind, loading, loading].
  private let factors: [Double]
  private let gains: [Double]

  /// - Throws: ``GSLError`` if a covariance is not positive definite in double precision.
  init(_ solution: LoadingSolution) throws {
    self.solution = solution
    alias = solution.kinds.areDrawn ? AliasTable(weights: solution.populations.map(\.weight)) : nil
    var factors: [Double] = []
    for population in solution.populations { factors += try Cholesky(population.covariance).factor.elements }
    self.factors = factors
    gains = solution.kinds.gains.elements
  }

  private var size: Int { solution.problem.loadings.count }
  private var contexts: Int { solution.problem.contexts }

  func makeChunk(neurons: Int) -> LoadingChunk {
    LoadingChunk(neurons: neurons, contexts: contexts, loadings: size)
  }

  /// Fills a chunk with independent neurons. O(N (L² + K)); allocates nothing per neuron.
  func draw(into chunk: inout LoadingChunk, using stream: inout RandomStream) {
    var normals = chunk.loadings.mutableSpan
    stream.fillStandardNormal(&normals)
    if alias != nil {
      var uniforms = chunk.uniforms.mutableSpan
      stream.fillUniform(&uniforms)
    }
    let (n, first) = (chunk.neurons, chunk.firstNeuron)
    let uniforms = chunk.uniforms
    chunk.gains.withUnsafeMutableBufferPointer { gain in
      chunk.loadings.withUnsafeMutableBufferPointer { theta in
        guard n > 0, let alias else {
          let kinds = solution.kinds.kindOfNeuron
          for i in 0..<n { set(i, n, kind: kinds?[first + i] ?? 0, theta, gain) }
          return
        }
        alias.withDraws { draw in
          for i in 0..<n { set(i, n, kind: draw(uniforms[i], uniforms[n + i]), theta, gain) }
        }
      }
    }
  }

  /// Makes a neuron of a kind of standard normal numbers in its place.
  @inline(__always)
  private func set(
    _ i: Int, _ n: Int, kind: Int, _ theta: UnsafeMutableBufferPointer<Double>,
    _ gain: UnsafeMutableBufferPointer<Double>
  ) {
    let size = size
    let start = kind * size * size
    // From the last loading on: each needs the normal numbers of those before it.
    for a in stride(from: size - 1, through: 0, by: -1) {
      var value = 0.0
      for b in 0...a { value += factors[start + a * size + b] * theta[b * n + i] }
      theta[a * n + i] = value
    }
    for c in 0..<contexts { gain[c * n + i] = gains[kind * contexts + c] }
  }
}
