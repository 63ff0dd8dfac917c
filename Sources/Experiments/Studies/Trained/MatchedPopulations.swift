// The populations of networks from elsewhere beside the maximum-entropy law with their own moments.

import JSON
import Networks
import Sampling

/// A number of the networks, and what networks of the matched law have in its place.
package struct MatchedValue: Sendable {
  package let observed: Double
  /// Mean and central 95 % of bootstrap sets.
  package let predicted: Double
  package let low: Double
  package let high: Double
  package var isInside: Bool { (low...high).contains(observed) }

  init(_ observed: Double, bootstrap: [Double]) {
    let sorted = bootstrap.sorted()
    self.observed = observed
    predicted = RunningMoments(sorted).mean
    low = sorted[Int(0.025 * Double(sorted.count))]
    high = sorted[min(sorted.count - 1, Int(0.975 * Double(sorted.count)))]
  }

  var json: JSONValue {
    ["observed": .number(observed), "predicted": .number(predicted), "low": .number(low), "high": .number(high)]
  }

  init(_ part: StudyPart) throws {
    observed = try part.numberOrNaN("observed")
    predicted = try part.numberOrNaN("predicted")
    low = try part.numberOrNaN("low")
    high = try part.numberOrNaN("high")
    guard low <= high else { throw part.malformed("low", "a number that is not above high") }
  }
}

/// Neurons of one gain vector.
package struct MatchedPopulation: Sendable {
  package let gains: [Double]
  package let neurons: Int
  /// Their share with the simultaneous 95 % interval of independent neurons; nil where gains are given.
  package let share: (value: Double, low: Double, high: Double, predicted: Double)?
  package let outputSecondMoment: MatchedValue
  package let inputSecondMoment: MatchedValue
  /// ⟨w m_d⟩, [feature].
  package let covariance: [MatchedValue]

  /// `01`, or the gains themselves where they are others.
  package var name: String {
    gains.allSatisfy { $0 == 0 || $0 == 1 }
      ? gains.map { $0 == 1 ? "1" : "0" }.joined()
      : "(" + gains.map { NumberText.significant($0, digits: 3) }.joined(separator: ", ") + ")"
  }

  var json: JSONValue {
    [
      "gains": .numbers(gains), "neurons": .integer(neurons),
      "share": share.map {
        [
          "value": .number($0.value), "low": .number($0.low), "high": .number($0.high),
          "predicted": .number($0.predicted),
        ]
      } ?? .null,
      "outputSecondMoment": outputSecondMoment.json, "inputSecondMoment": inputSecondMoment.json,
      "covariance": .array(covariance.map(\.json)),
    ]
  }

  init(
    gains: [Double], neurons: Int, share: (value: Double, low: Double, high: Double, predicted: Double)?,
    moments: [MatchedValue]
  ) {
    self.gains = gains
    self.neurons = neurons
    self.share = share
    outputSecondMoment = moments[0]
    inputSecondMoment = moments[1]
    covariance = Array(moments.dropFirst(2))
  }

  init(_ part: StudyPart) throws {
    func value(_ key: String) throws -> MatchedValue {
      guard let value = part.part(key) else { throw part.malformed(key, "an object") }
      return try MatchedValue(value)
    }
    gains = try part.numbers("gains")
    neurons = try part.integer("neurons")
    share = try part.part("share").map {
      (
        try $0.numberOrNaN("value"), try $0.numberOrNaN("low"), try $0.numberOrNaN("high"),
        try $0.numberOrNaN("predicted")
      )
    }
    outputSecondMoment = try value("outputSecondMoment")
    inputSecondMoment = try value("inputSecondMoment")
    covariance = try part.list("covariance").map { try MatchedValue($0) }
  }
}

/// The populations of pooled networks, against a law with their R, ⟨w²⟩ and ⟨|m|²⟩ given the gains.
enum MatchedPopulations {
  static let noLaw = StudyError("no maximum-entropy law has these networks' readout at their second moments")
  private static let bootstrapSets = 199
  private static let mostPopulations = 64
  private static let mostNeurons = 200_000

  /// O(sets · neurons · K D).
  ///
  /// - Parameter activeProbability: π of drawn binary gains; nil for gains that are given or slopes.
  /// - Throws: ``StudyError`` in words where there is no such law; ``MaxEntropyError``.
  static func find(
    in networks: [NeuronChunk], activeProbability: Double?, seed: UInt64, threads: Int
  ) throws -> [MatchedPopulation] {
    let pooled = pool(networks)
    guard pooled.neurons <= mostNeurons else {
      throw StudyError("\(pooled.neurons) neurons in all; allowed: at most \(mostNeurons)")
    }
    let groups = Groups(pooled)
    guard groups.gains.count <= mostPopulations else {
      throw StudyError(
        "the neurons have \(groups.gains.count) different gain vectors; allowed: at most \(mostPopulations)"
      )
    }
    let (n, d) = (Double(pooled.neurons), Double(pooled.features))
    let output = pooled.outputWeight.reduce(0) { $0 + $1 * $1 } / n
    let input = pooled.inputWeights.reduce(0) { $0 + $1 * $1 } / (n * d)
    let task = try LearningTask(target: pooled.readout)
    func law(_ gains: GainReference) throws -> MaxEntropySolution {
      do {
        return try MaxEntropyProblem(
          task: task, gains: gains, convention: .moment, outputScale: output.squareRoot(),
          inputScale: input.squareRoot()
        ).solve()
      } catch is MaxEntropyError {
        throw noLaw
      }
    }
    let matched = NeuronLaw(try law(.given(pooled.gainCloud)))
    let null = try parallelMap(bootstrapSets, threads: threads) { index -> [[Double]] in
      var stream = try RandomStream(
        StreamKey(seed: seed, chain: StreamKey.maximumChains - 1 - index, purpose: .trainedTests),
        generator: RandomStream.vectorGenerator)
      var chunk = matched.makeChunk(neurons: pooled.neurons)
      matched.draw(into: &chunk, using: &stream)
      return groups.moments(of: chunk)
    }
    let shares = try activeProbability.map { try Self.shares(groups, law(.independent(activeProbability: $0))) }
    return zip(groups.gains.indices, groups.moments(of: pooled)).map { index, observed in
      MatchedPopulation(
        gains: groups.gains[index], neurons: groups.counts[index], share: shares?[index],
        moments: observed.indices.map { k in MatchedValue(observed[k], bootstrap: null.map { $0[index][k] }) })
    }
  }

  private static func shares(
    _ groups: Groups, _ law: MaxEntropySolution
  ) throws -> [(value: Double, low: Double, high: Double, predicted: Double)] {
    let contexts = groups.gains[0].count
    let drawn = NeuronLaw(law)
    let expected = try (0..<1 << contexts).map { index in
      try drawn.moments(of: GainPattern(index: index, contexts: contexts)).weight
    }
    var counts = [Int](repeating: 0, count: expected.count)
    let places = groups.gains.map { $0.reduce(0) { $0 << 1 | ($1 == 1 ? 1 : 0) } }
    for (place, count) in zip(places, groups.counts) { counts[place] = count }
    let entries = try PatternOccupancy(counts: counts, expected: expected).entries
    return places.map {
      (entries[$0].share, entries[$0].interval.lowerBound, entries[$0].interval.upperBound, entries[$0].expected)
    }
  }

  /// All networks' neurons as those of one.
  private static func pool(_ networks: [NeuronChunk]) -> NeuronChunk {
    let first = networks[0]
    var pooled = NeuronChunk(
      neurons: networks.reduce(0) { $0 + $1.neurons }, contexts: first.contexts, features: first.features)
    pooled.outputWeight = networks.flatMap(\.outputWeight)
    func joined(_ rows: Int, _ values: (NeuronChunk) -> [Double]) -> [Double] {
      (0..<rows).flatMap { row in
        networks.flatMap { values($0)[row * $0.neurons..<(row + 1) * $0.neurons] }
      }
    }
    pooled.inputWeights = joined(first.features) { $0.inputWeights }
    pooled.gain = joined(first.contexts) { $0.gain }
    return pooled
  }

  /// Neurons by their gain vectors, in ascending order.
  private struct Groups: Sendable {
    private(set) var gains: [[Double]] = []
    private(set) var counts: [Int] = []
    private var ofNeuron: [Int] = []

    init(_ chunk: NeuronChunk) {
      let rows = chunk.gainCloud.rowArrays
      gains = Array(Set(rows)).sorted { $0.lexicographicallyPrecedes($1) }
      let places = Dictionary(uniqueKeysWithValues: zip(gains, gains.indices))
      ofNeuron = rows.map { places[$0]! }
      counts = [Int](repeating: 0, count: gains.count)
      for group in ofNeuron { counts[group] += 1 }
    }

    /// ⟨w²⟩, ⟨|m|²⟩ and ⟨w m_d⟩ of each group, [group, moment].
    func moments(of chunk: NeuronChunk) -> [[Double]] {
      var sums = [[Double]](repeating: [Double](repeating: 0, count: 2 + chunk.features), count: gains.count)
      let n = chunk.neurons
      for i in 0..<n {
        let (group, w) = (ofNeuron[i], chunk.outputWeight[i])
        sums[group][0] += w * w
        for d in 0..<chunk.features {
          let m = chunk.inputWeights[d * n + i]
          sums[group][1] += m * m
          sums[group][2 + d] += w * m
        }
      }
      return zip(sums, counts).map { sums, count in sums.map { $0 / Double(count) } }
    }
  }
}
