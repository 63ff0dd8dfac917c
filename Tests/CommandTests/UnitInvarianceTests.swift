// An experiment and its twin in other units: the same chains, diagnostics and decisions, bit for bit.

import Foundation
import Testing

/// An experiment whose weights may be measured in other units.
///
/// With output weights of 2^a and input weights (and context drives) of 2^b, what a network computes is of 2^(a+b); with the
/// target of 2^(a+b) and the tightness of its inverse square, it is the same ensemble. Powers of two round nothing.
struct UnitTwin: Sendable, CustomTestStringConvertible {
  var name: String
  var network: String
  var target = [[1.0, 0.25], [0.5, -1]]
  var tightness: Double?
  var sampler = ""
  var convention = "prior"
  var stimuli = ""
  /// Whether the network's answer is proportional to its input weights.
  var isHomogeneous = true

  var testDescription: String { name }

  func spec(output a: Int, input: Int) -> String {
    let b = isHomogeneous ? input : 0
    func power(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }
    let target = target.map { "[" + $0.map { "\($0 * power(a + b))" }.joined(separator: ", ") + "]" }
    let ensemble =
      tightness.map { #"{ "kind": "gibbs", "tightness": \#($0 * power(-2 * (a + b))) }"# } ?? #"{ "kind": "product" }"#
    return """
      { "name": "twin", "task": { "kind": "linearReadout", "target": [\(target.joined(separator: ", "))] },
        "network": { \(network) }, "ensemble": \(ensemble), \(stimuli)
        "weights": { "convention": "\(convention)", "output": \(power(a)), "input": \(power(b)), "context": \(power(b)) },
        "sampler": { \(sampler) "chains": 2, "warmup": 60, "draws": 80, "seed": 3 },
        "record": { "weights": 0 }, "evaluation": { "count": 20 } }
      """
  }
}

@Suite struct UnitInvarianceTests {
  private static let modulated = #""kind": "gainModulatedLinear", "neurons": 6"#
  private static let given =
    #""kind": "gainModulatedLinear", "neurons": 6, "gains": { "kind": "fixed", "path": "gains.csv" }"#
  private static let listed = #""stimuli": { "kind": "sampled", "count": 8 },"#

  static let twins: [UnitTwin] =
    ["hmc", "nuts", "mala", "metropolis", "tempering", "neuronGibbs"].map {
      UnitTwin(name: $0, network: modulated, tightness: 8, sampler: #""kind": "\#($0)","#)
    } + [
      UnitTwin(
        name: "dense metric", network: modulated, tightness: 8, sampler: #""kind": "hmc", "metric": "dense","#),
      UnitTwin(
        name: "low-rank metric", network: modulated, tightness: 8,
        sampler: #""kind": "nuts", "metric": "lowRank","#),
      UnitTwin(name: "given step", network: modulated, tightness: 8, sampler: #""kind": "hmc", "stepSize": 0.1,"#),
      UnitTwin(name: "given gains", network: given, tightness: 8),
      UnitTwin(name: "product", network: modulated),
      UnitTwin(
        name: "product, moments", network: modulated, target: [[0.5, 0.25], [0.25, -0.5]], convention: "moment"),
      UnitTwin(
        name: "deep linear", network: #""kind": "deep", "widths": [4, 3], "activation": "linear""#,
        target: [[1, 0.25]], tightness: 8),
      UnitTwin(
        name: "two-layer relu", network: #""kind": "twoLayer", "neurons": 6, "activation": "relu""#, tightness: 8,
        sampler: #""kind": "hmc","#),
      UnitTwin(
        name: "outputs integrated out", network: #""kind": "twoLayer", "neurons": 6, "activation": "softplus""#,
        tightness: 8, sampler: #""kind": "collapsedHmc","#, stimuli: listed, isHomogeneous: false),
      UnitTwin(
        name: "two-layer tanh", network: #""kind": "twoLayer", "neurons": 6, "activation": "tanh""#, tightness: 8,
        sampler: #""kind": "nuts","#, stimuli: listed, isHomogeneous: false),
    ]

  @Test("a change of units changes nothing", arguments: twins)
  func unitsDoNotMatter(twin: UnitTwin) throws {
    let plain = try Self.digest(twin.spec(output: 0, input: 0))
    #expect(plain.count > 10)
    let scaled = try Self.digest(twin.spec(output: -70, input: 20))
    for (left, right) in zip(plain, scaled) { #expect(left == right) }
    #expect(plain.count == scaled.count)
  }

  /// What must agree: ESS, R-hat, relative errors and quantiles of every observable, findings, and what was decided how.
  private static func digest(_ spec: String) throws -> [String] {
    let runner = try ProgramRunner()
    try runner.write("1,0\n0,1\n1,1\n1,0\n0,1\n1,1\n", to: "gains.csv")
    try runner.write(spec, to: "spec.json")
    let run = try runner.run("run", "spec.json", "--json", "--quiet")
    try #require(run.status == 0 || run.status == 1, "\(run.errors)")
    let json = try run.json()
    var lines: [String] = ["status \(run.status)"]
    let observables = json["diagnose"]["observables"]
    for name in observables.keys.sorted() {
      let values = observables[name]
      let sd = values["sd"].number
      let free = ["essBulk", "essTail", "rHat"].map { values[$0].number }
      // Foundation's reader of numbers rounds their last digit, not the same in all units.
      let relative = ["mean", "mcse", "mcseSd", "median", "quantile5"].map {
        String(format: "%.9g", values[$0].number / sd)
      }
      lines.append("\(name): \(free) \(relative)")
    }
    for finding in json["diagnose"]["findings"].array {
      lines.append("\(finding["check"].string ?? "?"): \(finding["severity"].string ?? "?")")
    }
    for check in json["check"]["checks"].array {
      lines.append(
        "\(check["name"].string ?? "?"): \(check["status"].string ?? "?") \(check["conclusive"].bool ?? false)")
    }
    lines.append("passed \(json["check"]["passed"].bool ?? false)")
    return lines
  }
}
