// How much a student's weights have in common with its teacher's, whatever the order and the signs of their neurons.

import Sampling

/// The overlap of a student's weights with a teacher's, as they are numbered and after the best permutation and signs.
///
/// All weights count in units of their prior standard deviation. Neurons have no order that means anything; where the activation is odd
/// (even), a neuron may have all (its incoming) weights turned around too. Layer by layer, from the first, the student's neurons are put
/// beside those of the teacher by the assignment with the least squared distance (the Hungarian method), the order and signs of a layer being
/// carried into the next. For one hidden layer this is the best permutation there is; a deeper student that is its teacher but for order
/// and signs has the overlap 1 too, and otherwise the overlap is a lower bound of the best.
public struct TeacherOverlap: Sendable, Equatable {
  /// The overlap of one block of weights.
  public struct Block: Sendable, Equatable {
    /// The block's name.
    public let name: String
    /// θ·θ*/(|θ||θ*|), as numbered and matched; 0 where a block is 0.
    public let rawCosine, cosine: Double
    /// θ·θ*/(n σ²), n the weights of the block and σ their prior standard deviation, as numbered and matched.
    public let rawProduct, product: Double
  }

  /// In the order of a position.
  public let blocks: [Block]
  /// The cosine of all weights together, as numbered and matched.
  public let rawOverlap, overlap: Double
  /// Of each neuron of the first hidden layer, in the teacher's order: |cos| of its incoming weights and drives with those of its partner, less
  /// the mean |cos| with those of all others (without symmetry the cosine itself). About 0 where a neuron is no more like its own partner than like
  /// any other; 1 at most. A network of one neuron has nothing to subtract.
  public let specialisation: [Double]

  /// The mean of ``specialisation``.
  public var meanSpecialisation: Double { specialisation.reduce(0, +) / Double(specialisation.count) }
  /// The share of neurons whose specialisation is above ½.
  public var specialisedShare: Double { Double(specialisation.count { $0 > 0.5 }) / Double(specialisation.count) }
}

/// A teacher that students are held against.
public struct TeacherComparison: Sendable {
  /// The most neurons of a layer that are matched: O(N³) for each student.
  public static let mostNeurons = 400
  /// What makes a fixed weight count more than any drawn ones.
  private static let weightOfFixed = 1e3

  private let teacher: NetworkLayers
  private let layout: ParameterLayout
  private let scales: [String: Double]
  private let symmetry: NeuronSymmetry
  private let widths: [Int]
  /// What a neuron has that is not drawn, [neuron, coordinate]: those of ``turning`` change their sign with an odd neuron.
  private let fixedTurning, fixedStaying: Matrix

  /// nil where neurons cannot be held against each other: other inputs, depth or kinds of weights, or too many neurons.
  ///
  /// - Parameters:
  ///   - layout: a student's.
  ///   - scales: the prior standard deviations of a student's blocks by name; the teacher's weights are measured by them too. 1 for those
  ///     that are missing.
  ///   - teacher: the teacher's position, in `teacherLayout`.
  ///   - readout: output weights of the last layer that are given and not drawn, the same for teacher and student.
  ///   - gains: given gains, [neuron, context], the same for teacher and student.
  public init?(
    layout: ParameterLayout, scales: [String: Double], symmetry: NeuronSymmetry, teacher: [Double],
    teacherLayout: ParameterLayout, readout: [Double]? = nil, gains: Matrix? = nil
  ) {
    let zero = [Double](repeating: 0, count: layout.dimension)
    guard let own = NetworkLayers(teacherLayout, scales: scales, position: teacher),
      let student = NetworkLayers(layout, scales: scales, position: zero), student.isComparable(to: own)
    else { return nil }
    widths = zip(own.layers, student.layers).map { max($0.neurons, $1.neurons) }
    guard widths.allSatisfy({ $0 <= Self.mostNeurons }) else { return nil }
    self.teacher = own.padded(to: widths)
    self.layout = layout
    self.scales = scales
    self.symmetry = symmetry
    func fixed(_ matrix: Matrix?, rows: Int) -> Matrix {
      guard let matrix, matrix.rows == rows else { return Matrix(rows: rows, columns: 0) }
      return Self.weightOfFixed * matrix
    }
    let last = widths[widths.count - 1]
    fixedTurning = fixed(readout.map { Matrix(rows: $0.count, columns: 1, elements: $0) }, rows: last)
    fixedStaying = fixed(gains, rows: widths[0])
  }

  /// The overlap of a student at a position. O(N³) a layer at worst.
  ///
  /// - Throws: ``StatisticsError`` for weights that are not finite.
  public func overlap(of position: [Double]) throws -> TeacherOverlap {
    guard let raw = NetworkLayers(layout, scales: scales, position: position)?.padded(to: widths) else {
      preconditionFailure("the student's layout is that of the comparison")
    }
    var student = raw
    var specialisation: [Double] = []
    for l in widths.indices {
      let (partner, signs) = try match(l, student)
      if l == 0 { specialisation = specialisations(student.layers[0], partner) }
      student.reorder(l, partner: partner, signs: signs, symmetry: symmetry)
    }
    var sums = (own: 0.0, other: 0.0, raw: 0.0, matched: 0.0)
    var blocks: [TeacherOverlap.Block] = []
    for ((own, before), after) in zip(zip(teacher.blocks, raw.blocks), student.blocks) {
      let (squares, others) = (dot(own.values, own.values), dot(before.values, before.values))
      let (rawProduct, product) = (dot(own.values, before.values), dot(own.values, after.values))
      let (size, count) = ((squares * others).squareRoot(), Double(own.values.count))
      blocks.append(
        TeacherOverlap.Block(
          name: own.name, rawCosine: size > 0 ? rawProduct / size : 0, cosine: size > 0 ? product / size : 0,
          rawProduct: rawProduct / count, product: product / count))
      sums = (sums.own + squares, sums.other + others, sums.raw + rawProduct, sums.matched + product)
    }
    let size = (sums.own * sums.other).squareRoot()
    return TeacherOverlap(
      blocks: blocks, rawOverlap: size > 0 ? sums.raw / size : 0, overlap: size > 0 ? sums.matched / size : 0,
      specialisation: specialisation)
  }

  /// The student's neuron and its sign for each of the teacher's in a layer.
  private func match(_ l: Int, _ student: NetworkLayers) throws -> (partner: [Int], signs: [Double]) {
    let isLast = l == widths.count - 1
    func cloud(_ network: NetworkLayers) -> (points: Matrix, turning: Int) {
      let layer = network.layers[l]
      var turning = [layer.incoming, layer.drives]
      var staying: [Matrix] = []
      if isLast {
        let output = network.output.map { Matrix(rows: $0.count, columns: 1, elements: $0) }
        let leaving = [output, fixedTurning].compactMap { $0 }
        if symmetry == .odd { turning += leaving } else { staying += leaving }
      }
      if l == 0 { staying += [network.gains, fixedStaying] }
      let parts = turning + staying
      let points = Matrix(
        rows: layer.neurons, columns: parts.reduce(0) { $0 + $1.columns },
        elements: (0..<layer.neurons).flatMap { i in parts.flatMap { $0.row(i) } })
      return (points, symmetry == .none ? 0 : turning.reduce(0) { $0 + $1.columns })
    }
    let (own, turning) = cloud(teacher)
    let matching = try NeuronMatching(own, cloud(student).points, turning: turning)
    return (matching.partner, matching.isTurned.map { $0 ? -1 : 1 })
  }

  private func specialisations(_ layer: NetworkLayers.Layer, _ partner: [Int]) -> [Double] {
    func directions(_ layer: NetworkLayers.Layer) -> [[Double]] {
      (0..<layer.neurons).map { i in
        let direction = layer.incoming.row(i) + layer.drives.row(i)
        let size = dot(direction, direction).squareRoot()
        return size > 0 ? direction.map { $0 / size } : direction
      }
    }
    let (own, others) = (directions(teacher.layers[0]), directions(layer))
    return own.indices.map { j in
      let cosines = others.map { other in
        let cosine = dot(own[j], other)
        return symmetry == .none ? cosine : abs(cosine)
      }
      let matched = cosines[partner[j]]
      guard cosines.count > 1 else { return matched }
      return matched - (cosines.reduce(0, +) - matched) / Double(cosines.count - 1)
    }
  }
}

extension TeacherComparison {
  /// The numbers that a student's position has.
  var dimension: Int { layout.dimension }
}
