// The theory column of every study beside what `solve` says of the same spec with the study's changed keys.

import Foundation
import Testing

@Suite struct StudyTheoryTests {
  /// A spec of input selection; `ensemble`, `weights` and `more` are members or empty.
  private static func spec(
    contexts: Int = 2, neurons: Int = 20, active: Double = 0.5, ensemble: String, weights: String = "",
    more: String = ""
  ) -> String {
    """
    { "task": { "kind": "inputSelection", "contexts": \(contexts) },
      "network": { "kind": "gainModulatedLinear", "neurons": \(neurons),
                   "gains": { "kind": "binary", "activeProbability": \(active) } },
      "ensemble": \(ensemble), "weights": { \(weights) }, \(more)
      "sampler": { "chains": 2, "warmup": 40, "draws": 40, "seed": 3 } }
    """
  }

  private static let ensembles: [(name: String, text: String, convention: String)] = [
    ("product", #"{ "kind": "product" }"#, "prior"), ("moment", #"{ "kind": "product" }"#, "moment"),
    ("tight", #"{ "kind": "gibbs", "tightness": 10 }"#, "prior"),
    ("loose", #"{ "kind": "gibbs", "tightness": 0.5 }"#, "prior"),
  ]

  /// c_1, <rho>, KL and the mean number of active contexts, as `solve --json` has them.
  private func order(_ solution: JSONTree) -> [String: Double] {
    let active = solution["populations"].array.reduce(0.0) { sum, population in
      let count =
        population.keys.contains("pattern")
        ? population["pattern"].numbers.reduce(0, +) : population["activeContexts"].number
      return sum + count * population["weight"].number
    }
    return [
      "specialisedShare": solution["readoutShare"][1].number, "meanStructure": solution["meanStructure"].number,
      "patternKL": solution["patternKL"].number, "meanActiveContexts": active,
    ]
  }

  private func expectEqual(_ found: Double, _ expected: Double, _ what: String) {
    #expect(abs(found - expected) <= 1e-6 * max(1, abs(expected)), "\(what): \(found), solve says \(expected)")
  }

  @Test(arguments: ensembles.indices, [0.5, 0.2, 1])
  func phaseDiagrams(ensemble: Int, active: Double) throws {
    let (name, text, convention) = Self.ensembles[ensemble]
    // Independent neurons whose gains are all one cannot select.
    guard active < 1 || text.contains("gibbs") else { return }
    let runner = try ProgramRunner()
    func write(_ contexts: Int, _ scale: Double) throws {
      try runner.write(
        Self.spec(
          contexts: contexts, active: active, ensemble: text,
          weights: #""convention": "\#(convention)", "output": \#(scale), "input": \#(scale)"#), to: "spec.json")
    }
    try write(2, 1)
    let study = try runner.run(
      "phase-diagram", "spec.json", "--contexts", "2,4", "--weight-scales", "0.7,2", "--json", "--quiet")
    let json = try study.json()
    #expect(study.status == 0)
    #expect(json["ensemble"].string == (text.contains("gibbs") ? "gibbs" : "product"))
    #expect(json["theory"].string == (text.contains("gibbs") ? "N -> infinity" : "exact"))
    for point in json["points"].array {
      let (contexts, scale) = (Int(point["contexts"].number), point["weightScale"].number)
      try write(contexts, scale)
      let solved = try runner.run("solve", "spec.json", "--json", "--quiet")
      #expect((solved.status == 0) == (point["feasible"].bool == true), "\(name), K = \(contexts), scale \(scale)")
      guard solved.status == 0 else { continue }
      for (key, expected) in order(try solved.json()) {
        expectEqual(point[key].number, expected, "\(name), K = \(contexts), scale \(scale), \(key)")
      }
    }
  }

  /// The sampled points' theory too, on stimuli that are not isotropic and at a tightness that sampling finds.
  @Test(arguments: [
    (#"{ "kind": "gibbs", "tightness": 5 }"#, #""stimuli": { "kind": "sampled", "count": 20, "seed": 3 },"#),
    (
      #"{ "kind": "gibbs", "tightness": 5 }"#,
      #""stimuli": { "kind": "gaussian", "covariance": [[2, 0.3], [0.3, 1]] },"#
    ),
    (#"{ "kind": "gibbs", "expectedLoss": 0.05 }"#, ""),
  ])
  func sampledPoints(ensemble: String, stimuli: String) throws {
    let runner = try ProgramRunner()
    func write(_ scale: Double) throws {
      try runner.write(
        Self.spec(ensemble: ensemble, weights: #""output": \#(scale), "input": \#(scale)"#, more: stimuli),
        to: "spec.json")
    }
    try write(1)
    let study = try runner.run(
      "phase-diagram", "spec.json", "--contexts", "2", "--weight-scales", "0.8", "--sampled", "1", "--json", "--quiet")
    #expect(study.status == 1, "40 draws cannot be believed: \(study.errors)")
    let sample = try study.json()["sampled"][0]
    #expect(sample["converged"].bool == false)
    try write(0.8)
    let solved = order(try runner.run("solve", "spec.json", "--json", "--quiet").json())
    for (key, expected) in solved { expectEqual(sample[key]["theory"].number, expected, key) }
    let csv = try String(
      contentsOfFile: runner.path("chains/spec-phase-diagram/phase-diagram-sampled.csv"), encoding: .utf8)
    #expect(csv.contains("false"), "marked in the table: \(csv)")
  }

  @Test(arguments: ensembles.indices)
  func finiteSize(ensemble: Int) throws {
    let (name, text, convention) = Self.ensembles[ensemble]
    let runner = try ProgramRunner()
    try runner.write(
      Self.spec(
        active: 0.4, ensemble: text, weights: #""convention": "\#(convention)", "output": 1.7, "input": 1.7"#),
      to: "spec.json")
    let json = try runner.run("finite-size", "spec.json", "--neurons", "5,10,20", "--json", "--quiet").json()
    let solved = try runner.run("solve", "spec.json", "--json", "--quiet").json()
    let isGibbs = text.contains("gibbs")
    let rows = json["observables"]
    let loss = rows["loss"]["theory"]
    expectEqual(loss["limit"].number, isGibbs ? solved["gibbsLossLeading"].number : 0, name)
    expectEqual(
      loss["c1"].number, solved[isGibbs ? "gibbsLossFirstCorrection" : "productLossTimesN"].number, name)
    for (observable, key) in [
      ("output_second_moment", "outputSecondMoment"), ("input_second_moment", "inputSecondMoment"),
    ] { expectEqual(rows[observable]["theory"]["limit"].number, solved[key].number, "\(name), \(observable)") }
    for (c, row) in solved["readout"].array.enumerated() {
      for (d, value) in row.numbers.enumerated() {
        expectEqual(rows["readout[\(c),\(d)]"]["theory"]["limit"].number, value, "\(name), readout")
      }
    }
    for population in solved["populations"].array {
      let pattern = population["pattern"].numbers
      let observable =
        population.keys.contains("pattern")
        ? "population_fraction[\(Int(pattern.reduce(0) { 2 * $0 + $1 }))]"
        : "active_fraction[\(Int(population["activeContexts"].number))]"
      expectEqual(rows[observable]["theory"]["limit"].number, population["weight"].number, "\(name), \(observable)")
    }
    #expect(rows["population_fraction[3]"]["theory"]["limit"].number > 0, "each pattern has its theory")
    // Two contexts: exact values are known at every N, and the closed form tends to them.
    for point in rows["loss"]["points"].array {
      let neurons = point["neurons"].number
      #expect(abs(point["exact"].number - point["theory"].number) <= 5 / (neurons * neurons), "\(name), N = \(neurons)")
    }
  }

  /// A wanted loss has another tightness at each width: each point has the theory of its own.
  @Test func finiteSizeAtALoss() throws {
    let runner = try ProgramRunner()
    func write(_ neurons: Int) throws {
      try runner.write(
        Self.spec(neurons: neurons, ensemble: #"{ "kind": "gibbs", "expectedLoss": 0.05 }"#), to: "spec.json")
    }
    try write(20)
    let json = try runner.run("finite-size", "spec.json", "--neurons", "8,16,32", "--json", "--quiet").json()
    for point in json["observables"]["loss"]["points"].array {
      try write(Int(point["neurons"].number))
      let solved = try runner.run("solve", "spec.json", "--json", "--quiet").json()
      let expected =
        solved["gibbsLossLeading"].number + solved["gibbsLossFirstCorrection"].number / point["neurons"].number
      expectEqual(point["theory"].number, expected, "N = \(point["neurons"].number)")
    }
  }

  /// No theory is no reason to sample first and fail then: fewer stimuli than features.
  @Test func whereTheoryIsSilent() throws {
    let runner = try ProgramRunner()
    let stimuli = #""stimuli": { "kind": "sampled", "count": 1, "seed": 3 },"#
    try runner.write(Self.spec(ensemble: #"{ "kind": "gibbs", "tightness": 5 }"#, more: stimuli), to: "spec.json")
    let size = try runner.run("finite-size", "spec.json", "--neurons", "5,10,20", "--json", "--quiet")
    #expect(size.status == 1 && size.errors == "", "\(size.errors)")
    #expect(try size.json()["observables"]["loss"]["theory"].isNull)
    let map = try runner.run(
      "phase-diagram", "spec.json", "--contexts", "2", "--weight-scales", "1", "--sampled", "1", "--json", "--quiet")
    #expect(map.status == 1 && map.errors == "", "\(map.errors)")
    #expect(try map.json()["sampled"][0]["meanStructure"]["theory"].isNull)
  }

  /// Of tightness 0 the ensemble is the prior, whose closed form is as plain as can be.
  @Test func thePriorHasATheory() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.spec(ensemble: #"{ "kind": "gibbs", "tightness": 0 }"#), to: "spec.json")
    let solved = try runner.run("solve", "spec.json", "--json", "--quiet").json()
    #expect(solved["multipliers"].array.allSatisfy { $0.array.allSatisfy { $0.number == 0 } })
    let size = try runner.run("finite-size", "spec.json", "--neurons", "5,10,20", "--json", "--quiet").json()
    expectEqual(size["observables"]["loss"]["theory"]["limit"].number, solved["gibbsLossLeading"].number, "loss")
    expectEqual(size["observables"]["output_second_moment"]["theory"]["c1"].number, 0, "a term in 1/N")
    let map = try runner.run(
      "phase-diagram", "spec.json", "--contexts", "2", "--weight-scales", "1", "--sampled", "1", "--json", "--quiet"
    ).json()
    expectEqual(map["sampled"][0]["patternKL"]["theory"].number, 0, "pattern KL")
    expectEqual(map["points"][0]["meanActiveContexts"].number, 1, "active contexts")
  }
}
