// Populations of given gains, through the program: as many as the file holds, in whatever order.

import Foundation
import Testing

@Suite struct GivenGainTests {
  private static func spec(contexts: Int, neurons: Int, kept: Int, ensemble: String = #"{ "kind": "product" }"#)
    -> String
  {
    """
    { "task": { "kind": "inputSelection", "contexts": \(contexts) },
      "network": { "kind": "gainModulatedLinear", "neurons": \(neurons), "gains": { "kind": "fixed", "path": "gains.csv" } },
      "ensemble": \(ensemble), "sampler": { "chains": 2, "warmup": 20, "draws": 20, "seed": 3 },
      "record": { "weights": \(kept) } }
    """
  }

  private static func csv(_ gains: [[Double]]) -> String {
    gains.map { $0.map { "\($0)" }.joined(separator: ",") }.joined(separator: "\n") + "\n"
  }

  /// Gain patterns by their number, bits for contexts.
  private static func patterns(_ contexts: Int, _ numbers: [Int]) -> [[Double]] {
    numbers.map { number in (0..<contexts).map { Double(number >> $0 & 1) } }
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let contexts: Int
    let gains: [[Double]]
    var kept = 4
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "one neuron", contexts: 1, gains: [[1]]),
    Case(name: "period 2", contexts: 2, gains: patterns(2, (0..<10).map { 1 + $0 % 2 })),
    Case(name: "period 8, each once", contexts: 3, gains: patterns(3, Array(0..<8)), kept: 1),
    Case(name: "period 8", contexts: 3, gains: patterns(3, (0..<64).map { $0 % 8 })),
    Case(name: "blocks", contexts: 3, gains: patterns(3, (0..<60).map { $0 / 10 + 1 })),
    Case(name: "16 patterns", contexts: 4, gains: patterns(4, (0..<80).map { $0 * 7 % 16 })),
    Case(name: "64 patterns", contexts: 6, gains: patterns(6, (0..<200).map { $0 % 64 })),
    Case(name: "a rare one among 1000", contexts: 2, gains: patterns(2, (0..<1000).map { $0 == 500 ? 3 : 1 + $0 % 2 })),
    Case(name: "neither 0 nor 1", contexts: 2, gains: (0..<30).map { [[0.2, 0.9, 1.7][$0 % 3], [0.1, 1][$0 % 2]] }),
  ]

  @Test(arguments: cases) func populationsAreThoseOfTheFile(_ given: Case) throws {
    let runner = try ProgramRunner()
    try runner.write(Self.csv(given.gains), to: "gains.csv")
    try runner.write(
      Self.spec(contexts: given.contexts, neurons: given.gains.count, kept: given.kept), to: "spec.json")
    #expect(try runner.run(["sample", "spec.json", "--out", "run", "--quiet"]).status == 0)
    let evaluated = try runner.run(["evaluate", "run", "--json", "--quiet"])
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let populations = try evaluated.json()["populations"]
    let distinct = Double(Set(given.gains).count)
    #expect(populations["clusters"]["gainVectors"].number == distinct)
    #expect(populations["clusters"]["byGap"].number == distinct)
    #expect(distinct == 1 || populations["clusters"]["bySilhouette"].number == distinct)
    #expect(populations["clusters"]["atLimit"].bool == false)
    // The variance of g m·x over stimuli is g² times what contexts have in common.
    for entry in populations["taskVariance"].array {
      let (a, b) = (Int(entry["contexts"][0].number), Int(entry["contexts"][1].number))
      let fractions = given.gains.filter { $0[a] != 0 || $0[b] != 0 }.map { g in
        (g[a] * g[a] - g[b] * g[b]) / (g[a] * g[a] + g[b] * g[b])
      }
      let expected = [
        fractions.count { $0 > 0.5 }, fractions.count { $0 < -0.5 }, fractions.count { abs($0) <= 0.5 },
      ].map { Double($0) / Double(fractions.count) }
      for (key, value) in zip(["first", "second", "both"], expected) {
        #expect(abs(entry[key].number - value) < 1e-12, "\(key): \(entry[key].number) for \(value)")
      }
    }
  }

  /// `compare` with given gains: what binary gains have is there, of trained and of drawn networks; scales that the study chose
  /// itself stop nothing.
  @Test(arguments: ["prior", "moment"]) func comparisonsOfGivenGainsAreWhole(convention: String) throws {
    let runner = try ProgramRunner()
    try runner.write(Self.csv(Self.patterns(2, (0..<24).map { $0 % 4 })), to: "gains.csv")
    let spec = Self.spec(contexts: 2, neurons: 24, kept: 4).dropLast()
    try runner.write(
      spec + ", \"weights\": { \"convention\": \"\(convention)\", \"output\": 2.8, \"input\": 1 } }", to: "spec.json")
    let result = try runner.run(
      ["compare", "spec.json", "--networks", "4", "--loss", "1e-3", "--json", "--quiet"])
    #expect(result.status == 0, "\(result.errors)")
    let regimes = try result.json()["regimes"].array
    #expect(regimes.count == 3)
    for regime in regimes {
      #expect(regime["sets"].keys.isSuperset(of: ["trained", "initial"]))
      for name in regime["sets"].keys {
        let set = regime["sets"][name]
        #expect(set["patternKL"]["value"].number == 0, "given gains do not move")
        // An estimate without bias may lie below what it estimates.
        #expect((-0.1...1).contains(set["meanStructure"]["value"].number))
        #expect(set["readoutShare"].array.count == 3)
        #expect(set["outputSecondMoment"].number > 0 && set["inputSecondMoment"].number > 0)
      }
      #expect(
        regime["notes"].array.contains { $0.string?.contains("gradient flow") == true }, "what is missing is said")
    }
  }
}
