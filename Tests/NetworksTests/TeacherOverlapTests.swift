// Students that are their teacher but for order and signs, students that are not, and values by hand.

import Sampling
import Testing

@testable import Networks

@Suite struct TeacherOverlapTests {
  private static func normal(_ count: Int, stream number: Int) throws -> [Double] {
    var stream = try RandomStream(StreamKey(seed: 811, chain: number, purpose: .testing))
    return (0..<count).map { _ in stream.standardNormal() }
  }

  private static func scales(_ prior: WeightPrior) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: prior.blocks.map { ($0.name, $0.scale) })
  }

  private static func comparison(
    _ architecture: FeedforwardArchitecture, _ scales: WeightScales, _ teacher: [Double],
    _ symmetry: NeuronSymmetry? = nil, readout: [Double]? = nil, gains: Matrix? = nil
  ) throws -> TeacherComparison {
    let prior = architecture.prior(scales)
    return try #require(
      TeacherComparison(
        layout: prior.layout, scales: Self.scales(prior), symmetry: symmetry ?? architecture.activation.neuronSymmetry,
        teacher: teacher, teacherLayout: prior.layout, readout: readout, gains: gains))
  }

  /// A network with the neurons of every hidden layer permuted, and every third one turned around: incoming weights and drives, and what
  /// leaves it too if `leaving`.
  private static func shuffled(
    _ architecture: FeedforwardArchitecture, _ position: [Double], turning: Bool, leaving: Bool
  ) -> [Double] {
    let layout = architecture.layout
    var result = position
    for l in architecture.widths.indices {
      let n = architecture.widths[l]
      let order = (0..<n).map { ((n % 3 == 0 ? 2 : 3) * $0 + 1) % n }
      precondition(Set(order).count == n)
      let signs = (0..<n).map { turning && $0 % 3 == 0 ? -1.0 : 1 }
      let before = result
      for name in [
        l == 0 ? "input_weights" : "hidden_weights_\(l + 1)", l == 0 ? "context_drive" : "context_drive_\(l + 1)",
      ] {
        guard let block = layout[name] else { continue }
        for row in 0..<block.count / n {
          for i in 0..<n { result[block.offset + row * n + order[i]] = signs[i] * before[block.offset + row * n + i] }
        }
      }
      if l + 1 < architecture.depth {
        let block = layout["hidden_weights_\(l + 2)"]!
        let next = architecture.widths[l + 1]
        for i in 0..<n {
          for j in 0..<next {
            result[block.offset + order[i] * next + j] = (leaving ? signs[i] : 1) * before[block.offset + i * next + j]
          }
        }
      } else {
        let block = layout["output_weight"]!
        for i in 0..<n { result[block.offset + order[i]] = (leaving ? signs[i] : 1) * before[block.offset + i] }
      }
    }
    return result
  }

  /// The same function of the stimulus has the overlap 1, whatever the order and the signs of its neurons, at every depth.
  @Test(arguments: [[9], [7, 8], [5, 7, 8]])
  func permutedAndTurnedTeachersAreFoundAgain(_ widths: [Int]) throws {
    let scales = WeightScales(output: 0.5, input: 2, context: 3, hidden: 0.7)
    for (activation, turning) in [(Activation.tanh, true), (.relu, false)] {
      let architecture = FeedforwardArchitecture(
        features: 4, contexts: 2, widths: widths, activation: activation, readoutScaling: .standard)
      let prior = architecture.prior(scales)
      let teacher = zip(try Self.normal(prior.layout.dimension, stream: widths.count), prior.scales).map(*)
      let student = Self.shuffled(architecture, teacher, turning: turning, leaving: turning)
      let density = FeedforwardDensity(
        architecture: architecture, scales: scales, stimuli: Matrix([[0.3, -1, 0.4, 2], [1, 0, -0.5, 0.1]]),
        potential: .multipliers(Matrix(rows: 2, columns: 4)))
      let (own, other) = (
        density.outputs(at: teacher.span, stimuli: density.stimuli),
        density.outputs(at: student.span, stimuli: density.stimuli)
      )
      #expect((own - other).largestMagnitude < 1e-12, "the shuffled network is the same function")
      let comparison = try Self.comparison(architecture, scales, teacher)
      let found = try comparison.overlap(of: student)
      #expect(abs(found.overlap - 1) < 1e-12 && found.rawOverlap < 0.6)
      #expect(found.blocks.allSatisfy { abs($0.cosine - 1) < 1e-12 && $0.product > $0.rawProduct })
      #expect(found.blocks.map(\.name) == prior.layout.blocks.map(\.name))
      // 1 with its own, less what is left by chance with others.
      #expect(found.specialisation.count == widths[0] && found.specialisation.allSatisfy { $0 > 0.2 && $0 < 1.6 })
      // Independent networks have little in common, and a matched overlap that is above the raw one.
      let stranger = zip(try Self.normal(prior.layout.dimension, stream: 50 + widths.count), prior.scales).map(*)
      let strange = try comparison.overlap(of: stranger)
      #expect(strange.overlap < 0.85 && strange.overlap > strange.rawOverlap && strange.meanSpecialisation < 0.6)
      #expect(found.meanSpecialisation > strange.meanSpecialisation)
    }
  }

  /// Even activations do not see the sign of incoming weights; a rectifier sees all signs.
  @Test func signsFollowTheActivation() throws {
    let architecture = FeedforwardArchitecture(
      features: 6, contexts: 1, widths: [7], activation: .relu, drivenLayers: .none)
    let teacher = try Self.normal(architecture.layout.dimension, stream: 7)
    let even = Self.shuffled(architecture, teacher, turning: true, leaving: false)
    let odd = Self.shuffled(architecture, teacher, turning: true, leaving: true)
    for (symmetry, student, isOne) in [
      (NeuronSymmetry.even, even, true), (.even, odd, false), (.odd, odd, true), (.odd, even, false),
      (.none, even, false),
      (.none, odd, false),
    ] {
      let found = try Self.comparison(architecture, WeightScales(), teacher, symmetry).overlap(of: student)
      #expect((abs(found.overlap - 1) < 1e-12) == isOne, "\(symmetry)")
    }
    #expect(Activation.tanh.neuronSymmetry == .odd && Activation.linear.neuronSymmetry == .odd)
    #expect(Activation.relu.neuronSymmetry == .none && Activation.softplus.neuronSymmetry == .none)
  }

  /// Two neurons by hand: as numbered they are at right angles; exchanged, one is its partner and the other half of it.
  @Test func valuesByHand() throws {
    let architecture = FeedforwardArchitecture(
      features: 2, contexts: 1, widths: [2], activation: .relu, drivenLayers: .none)
    // output_weight [neuron], input_weights [feature, neuron]; σ_m = 2.
    let teacher = [1.0, 1, 2, 0, 0, 4]
    let student = [1.0, 1, 0, 2, 2, 0]
    let found = try Self.comparison(architecture, WeightScales(input: 2), teacher).overlap(of: student)
    // In units of the prior: teacher m = (1, 0), (0, 2), student (0, 1), (1, 0).
    #expect(found.blocks[1].rawProduct == 0 && found.blocks[1].product == 3.0 / 4)
    #expect(abs(found.blocks[1].cosine - 3 / 10.0.squareRoot()) < 1e-14 && found.blocks[0].cosine == 1)
    #expect(abs(found.overlap - 5 / 28.0.squareRoot()) < 1e-14 && abs(found.rawOverlap - 2 / 28.0.squareRoot()) < 1e-14)
    #expect(found.specialisation == [1, 1] && found.specialisedShare == 1)
  }

  /// Neurons that all point one way have found nobody in particular.
  @Test func equalNeuronsAreNotSpecialised() throws {
    let architecture = FeedforwardArchitecture(
      features: 8, contexts: 1, widths: [6], activation: .tanh, drivenLayers: .none)
    let teacher = try Self.normal(architecture.layout.dimension, stream: 9)
    var student = teacher
    for d in 0..<8 {
      let mean = (0..<6).reduce(0.0) { $0 + teacher[6 + d * 6 + $1] } / 6
      for i in 0..<6 { student[6 + d * 6 + i] = mean }
    }
    let comparison = try Self.comparison(architecture, WeightScales(), teacher)
    let found = try comparison.overlap(of: student)
    #expect(found.specialisation.allSatisfy { abs($0) < 1e-12 } && found.specialisedShare == 0)
    #expect(try comparison.overlap(of: teacher).specialisedShare > 0.8)
    // A student without weights has nothing in common with anybody, and nothing is divided by 0.
    let nothing = try comparison.overlap(of: [Double](repeating: 0, count: teacher.count))
    #expect(nothing.overlap == 0 && nothing.meanSpecialisation == 0)
    #expect(throws: StatisticsError.self) { try comparison.overlap(of: teacher.map { _ in Double.nan }) }
  }

  /// Networks of another width are held against each other, neurons that are too many against none; other inputs or depths are not.
  @Test func otherArchitectures() throws {
    func layout(_ widths: [Int], features: Int = 3) -> ParameterLayout {
      FeedforwardArchitecture(
        features: features, contexts: 1, widths: widths, activation: .tanh, drivenLayers: .none
      ).layout
    }
    func comparison(_ student: ParameterLayout, _ teacher: ParameterLayout, _ position: [Double]) -> TeacherComparison?
    {
      TeacherComparison(
        layout: student, scales: [:], symmetry: .odd, teacher: position, teacherLayout: teacher)
    }
    let small = try Self.normal(layout([3]).dimension, stream: 11)
    var large = [Double](repeating: 0, count: layout([5]).dimension)
    for i in 0..<3 {
      large[4 - i] = small[i]
      for d in 0..<3 { large[5 + 5 * d + 4 - i] = small[3 + 3 * d + i] }
    }
    #expect(abs(try #require(comparison(layout([5]), layout([3]), small)).overlap(of: large).overlap - 1) < 1e-12)
    #expect(abs(try #require(comparison(layout([3]), layout([5]), large)).overlap(of: small).overlap - 1) < 1e-12)
    #expect(comparison(layout([5, 5]), layout([3]), small) == nil)
    #expect(comparison(layout([3], features: 4), layout([3]), small) == nil)
    let wide = TeacherComparison.mostNeurons + 1
    #expect(comparison(layout([wide]), layout([3]), small) == nil)
    let one = [2.0, 3, 4, 5]
    let single = try #require(comparison(layout([1]), layout([1]), one)).overlap(of: one.map { -$0 })
    #expect(
      abs(single.overlap - 1) < 1e-12 && abs(single.rawOverlap + 1) < 1e-12 && single.specialisation.count == 1
        && abs(single.specialisation[0] - 1) < 1e-12)
  }

  /// Neurons whose output weight or gains are given are exchanged with their equals only.
  @Test func givenWeightsAreRespected() throws {
    var layout = ParameterLayout()
    layout.append("input_weights", shape: [2, 2])
    let teacher = [1.0, 0, 0, 1]
    let exchanged = [0.0, 1, 1, 0]
    func overlap(_ readout: [Double]?, _ gains: Matrix? = nil, _ student: [Double], _ symmetry: NeuronSymmetry) throws
      -> Double
    {
      try #require(
        TeacherComparison(
          layout: layout, scales: [:], symmetry: symmetry, teacher: teacher, teacherLayout: layout, readout: readout,
          gains: gains)
      ).overlap(of: student).overlap
    }
    #expect(try overlap([1, 1], nil, exchanged, .none) == 1 && overlap([1, -1], nil, exchanged, .none) == 0)
    // With an odd activation a neuron of the opposite output weight is the same if it is turned.
    #expect(try overlap([1, -1], nil, exchanged.map { -$0 }, .odd) == 1)
    #expect(try overlap([1, -1], nil, exchanged, .odd) == 0)
    #expect(try overlap(nil, Matrix([[1, 0], [0, 1]]), exchanged, .odd) == 0)
    #expect(try overlap(nil, Matrix([[1, 0], [1, 0]]), exchanged, .odd) == 1)
  }
}
