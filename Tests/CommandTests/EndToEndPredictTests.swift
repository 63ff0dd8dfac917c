// End to end: predictions of every model, their table and arrays, and what is refused.

import Foundation
import Testing

@testable import Experiments

@Suite struct EndToEndPredictTests {
  private static let head = #""task": { "kind": "inputSelection", "contexts": 2 },"#
  private static let tail =
    #""sampler": { "chains": 2, "warmup": 200, "draws": 300, "seed": 5 }, "record": { "weights": 100 }, "evaluation": { "count": 60 } }"#

  private static func spec(_ name: String, _ network: String, _ ensemble: String, _ stimuli: String = "") -> String {
    "{ \"name\": \"\(name)\", \(head) \"network\": { \(network) }, \"ensemble\": { \(ensemble) }, \(stimuli) \(tail)"
  }

  private static let gibbs = #""kind": "gibbs", "tightness": 10"#
  private static let listed = #""stimuli": { "kind": "sampled", "count": 12 },"#
  /// The models, each with whether it is a Gibbs ensemble whose loss is a likelihood.
  static let specs: [(name: String, text: String, degrees: Double)] = [
    ("product", spec("product", #""kind": "gainModulatedLinear", "neurons": 20"#, #""kind": "product""#), .nan),
    ("drawn", spec("drawn", #""kind": "gainModulatedLinear", "neurons": 20"#, gibbs), 2),
    (
      "slopes",
      spec(
        "slopes",
        #""kind": "gainModulatedLinear", "neurons": 20, "gains": { "kind": "continuous", "activation": "tanh" }"#, gibbs
      ),
      2
    ),
    (
      "deep",
      spec("deep", #""kind": "deep", "widths": [6, 4], "activation": "tanh""#, gibbs, listed), 12
    ),
    (
      "two-layer", spec("two-layer", #""kind": "twoLayer", "neurons": 10, "activation": "relu""#, gibbs, listed), 12
    ),
    ("gaussian", spec("gaussian", #""kind": "twoLayer", "neurons": 10, "activation": "relu""#, gibbs), .nan),
  ]

  private static let statistic: Set<String> = ["mean", "sd", "standardError"]

  /// A table of predictions, by columns.
  private func table(_ runner: ProgramRunner, _ name: String) throws -> [String: [Double]] {
    let lines = try String(contentsOfFile: runner.path(name), encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return Dictionary(
      uniqueKeysWithValues: lines[0].enumerated().map { index, title in
        (title, lines.dropFirst().map { Double($0[index]) ?? .nan })
      })
  }

  /// The numbers of an array of little-endian doubles or 64-bit integers, with its header.
  private func array(_ runner: ProgramRunner, _ name: String) throws -> (header: String, values: [Double]) {
    let data = [UInt8](try Data(contentsOf: URL(fileURLWithPath: runner.path(name))))
    let length = Int(data[8]) + 256 * Int(data[9])
    let header = String(decoding: data[10..<10 + length], as: UTF8.self)
    let isWhole = header.contains("<i8")
    let values = stride(from: 10 + length, to: data.count, by: 8).map { start -> Double in
      let bits = (0..<8).reduce(UInt64(0)) { $0 | UInt64(data[start + $1]) << (8 * UInt64($1)) }
      return isWhole ? Double(Int64(bitPattern: bits)) : Double(bitPattern: bits)
    }
    return (header, values)
  }

  @Test(arguments: specs.indices) func everyModelPredicts(index: Int) throws {
    let (name, text, degrees) = Self.specs[index]
    let runner = try ProgramRunner()
    try runner.write(text, to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--quiet").status == 0)
    let result = try runner.run("predict", "spec.json", "--csv", "p.csv", "--npy", "arrays", "--json")
    try #require(result.status == 0, "\(result.errors)")
    let json = try result.json()
    #expect(
      json.keys == [
        "networks", "available", "chains", "stimuli", "interval", "contexts", "likelihood", "withoutLikelihood",
        "independentNetworks", "tooFew", "biasedSampler", "files",
      ])
    let isLinear = index < 3
    let networks = isLinear ? 600 : 200
    #expect(json["networks"].number == Double(networks) && json["stimuli"].number == 60)
    #expect(json["files"]["csv"].string == "p.csv" && json["files"]["page"].isNull)
    #expect(json["likelihood"].isNull == degrees.isNaN && json["withoutLikelihood"].isNull == !degrees.isNaN)
    if !degrees.isNaN { #expect(json["likelihood"]["degrees"].number == degrees) }
    // Everything once more, from the arrays.
    let outputs = try array(runner, "arrays/outputs.npy")
    #expect(outputs.header.contains("(\(networks), 2, 60, )"), "\(outputs.header)")
    let wanted = try array(runner, "arrays/wanted.npy").values
    let stimuli = try array(runner, "arrays/stimuli.npy").values
    #expect(try array(runner, "arrays/chain.npy").values == (0..<networks).map { Double($0 * 2 / networks) })
    let kept = try array(runner, "arrays/draw.npy").values
    #expect(kept.count == networks && kept[networks - 1] == 299)
    let table = try table(runner, "p.csv")
    #expect(table["context"]!.count == 120)
    for c in 0..<2 {
      let context = json["contexts"][c]
      #expect(context["context"].number == Double(c))
      for key in ["gibbsError", "signAccuracy"] { #expect(context[key].keys == Self.statistic) }
      var (bayes, gibbs, covered, signs) = (0.0, 0.0, 0.0, 0.0)
      for p in 0..<60 {
        let row = c * 60 + p
        let values = (0..<networks).map { outputs.values[$0 * 120 + row] }.sorted()
        let mean = values.reduce(0, +) / Double(networks)
        func quantile(_ share: Double) -> Double {
          let place = share * Double(networks - 1)
          let below = min(Int(place), networks - 2)
          return values[below] + (place - Double(below)) * (values[below + 1] - values[below])
        }
        #expect(wanted[row] == stimuli[p * 2 + c] && table["wanted"]![row] == wanted[row])
        #expect(table["feature_1"]![row] == stimuli[p * 2 + 1] && table["stimulus"]![row] == Double(p))
        let size = 1e-12 * max(1, abs(mean))
        #expect(abs(table["mean"]![row] - mean) < size)
        #expect(abs(table["lower"]![row] - quantile(0.05)) < size && abs(table["upper"]![row] - quantile(0.95)) < size)
        // An output of exactly 0, as relu networks have it, counts half.
        let right =
          values.reduce(0) { $0 + ($1 == 0 ? 0.5 : ($1 > 0) == (wanted[row] > 0) ? 1 : 0) } / Double(networks)
        #expect(abs(table["right_sign"]![row] - right) < 1e-12)
        bayes += (mean - wanted[row]) * (mean - wanted[row]) / 60
        gibbs += values.reduce(0) { $0 + ($1 - wanted[row]) * ($1 - wanted[row]) } / Double(networks) / 60
        covered += quantile(0.05) <= wanted[row] && wanted[row] <= quantile(0.95) ? 1 : 0
        signs += right / 60
      }
      #expect(
        abs(context["bayesError"].number - bayes) < 1e-12 && abs(context["gibbsError"]["mean"].number - gibbs) < 1e-12)
      #expect(abs(context["rootMeanSquaredError"].number - bayes.squareRoot()) < 1e-12)
      #expect(abs(context["coverage"].number - covered / 60) < 1e-12)
      #expect(abs(context["signAccuracy"]["mean"].number - signs) < 1e-12)
      #expect(context["pValue"].isNull == degrees.isNaN)
      if !degrees.isNaN { #expect((0...1).contains(context["pValue"]["mean"].number)) }
    }
    // What `evaluate` says of the same networks and stimuli.
    let loss = try runner.run("evaluate", "chains/\(name)", "--json").json()["meanSquaredError"]["mean"].number
    let mean = (0..<2).reduce(0) { $0 + json["contexts"][$1]["gibbsError"]["mean"].number } / 2
    #expect(abs(loss - mean) < 1e-10 * max(1, loss))
    // Any number of threads gives the same bytes.
    let again = try runner.run("predict", "chains/\(name)", "--csv", "q.csv", "--threads", "3", "--quiet")
    #expect(again.status == 0 && again.errors == "")
    #expect(FileManager.default.contentsEqual(atPath: runner.path("p.csv"), andPath: runner.path("q.csv")))
  }

  /// The p-value is the mean over networks of a χ² tail, here in closed form for three stimuli.
  @Test func pValuesAreShares() throws {
    let runner = try ProgramRunner()
    try runner.write("1\n-0.5\n0.25\n", to: "x.csv")
    try runner.write(
      """
      { "name": "one", "task": { "kind": "linearReadout", "target": [[1]] },
        "network": { "kind": "twoLayer", "neurons": 3, "activation": "tanh" }, "ensemble": { "kind": "gibbs", "tightness": 8 },
        "stimuli": { "kind": "file", "path": "x.csv" }, "record": { "weights": 50 },
        "sampler": { "chains": 2, "warmup": 200, "draws": 200, "seed": 5 } }
      """, to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--quiet").status == 0)
    let json = try runner.run(
      "predict", "spec.json", "--stimuli", "x.csv", "--npy", "arrays", "--json", "--networks", "40"
    ).json()
    #expect(json["networks"].number == 40 && json["available"].number == 100)
    #expect(json["likelihood"]["temperature"].number == 3 / 24.0)
    let outputs = try array(runner, "arrays/outputs.npy").values
    // P(χ²_3 > d) = erfc(√(d/2)) + √(2d/π) e^(−d/2).
    let shares = (0..<40).map { network in
      let distance = zip(outputs[3 * network..<3 * network + 3], [1, -0.5, 0.25]).reduce(0.0) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1) * 8
      }
      return erfc((distance / 2).squareRoot()) + (2 * distance / .pi).squareRoot() * exp(-distance / 2)
    }
    #expect(abs(json["contexts"][0]["pValue"]["mean"].number - shares.reduce(0, +) / 40) < 1e-12)
  }

  /// A page with figures; nothing of another's making is replaced.
  @Test func aPageIsWritten() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.specs[4].text, to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--quiet").status == 0)
    let result = try runner.run("predict", "spec.json", "--out", "page", "--csv", "p.csv", "--json")
    try #require(result.status == 0, "\(result.errors)")
    #expect(try result.json()["files"]["page"].string == "page/index.html")
    let page = try String(contentsOfFile: runner.path("page/index.html"), encoding: .utf8)
    for name in ["psychometric-0", "psychometric-1", "outputs-0", "outputs-1"] {
      #expect(page.contains("id=\"\(name)\"") && runner.exists("page/figures/\(name).csv"), "\(name)")
    }
    #expect(page.contains("<svg") && page.contains("prefers-color-scheme: dark"))
    // Made anew.
    #expect(try runner.run("predict", "spec.json", "--out", "page", "--quiet").status == 0)
    let taken = try runner.run("predict", "spec.json", "--csv", "p.csv")
    #expect(taken.status == 74 || taken.status == 65)
    #expect(try taken.refusal().contains("--csv"))
    #expect(try runner.run("predict", "spec.json", "--csv", "p.csv", "--force", "--quiet").status == 0)
    try runner.write("mine\n", to: "mine.csv")
    #expect(try runner.run("predict", "spec.json", "--csv", "mine.csv", "--force").status != 0)
    #expect(try String(contentsOfFile: runner.path("mine.csv"), encoding: .utf8) == "mine\n")
    try FileManager.default.createDirectory(atPath: runner.path("own"), withIntermediateDirectories: true)
    try runner.write("<html>mine</html>", to: "own/index.html")
    #expect(try runner.run("predict", "spec.json", "--out", "own").status != 0)
    try runner.write("x", to: "own/outputs.npy")
    #expect(try runner.run("predict", "spec.json", "--npy", "own", "--force").status != 0)
    #expect(runner.files("own").sorted() == ["index.html", "outputs.npy"])
  }

  @Test func whatHasNoMeaningIsRefused() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.specs[3].text.replacing("\"weights\": 100", with: "\"weights\": 0"), to: "spec.json")
    #expect(try runner.run("sample", "spec.json", "--quiet", "--draws", "20").status == 0)
    let none = try runner.run("predict", "spec.json")
    #expect(none.status == 65)
    #expect(try none.refusal().contains("record"))
    for (text, words) in [
      ("1,2,3\n", "2 columns"), ("1,2\n3\n", "a row of 1"), ("1,nan\n", "nan"), ("x1,x2\n1,2\n", "heading"),
      ("", "empty"),
      ("1,inf\n", "inf"),
    ] {
      try runner.write(text, to: "x.csv")
      let result = try runner.run("predict", "spec.json", "--stimuli", "x.csv")
      #expect(result.status == 65, "\(text)")
      #expect(try result.refusal().contains(words), "\(text): \(result.errors)")
    }
    for arguments in [
      ["--stimuli", "x.csv", "--count", "5"], ["--interval", "1"], ["--interval", "0"], ["--count", "0"],
      ["--networks", "0"],
    ] {
      #expect(try runner.run(["predict", "spec.json"] + arguments).status == 64, "\(arguments)")
    }
    #expect(try runner.run("predict", "spec.json", "--stimuli", "nowhere.csv").status == 65)
    #expect(try runner.run("predict", "nowhere").status == 65)
    #expect(runner.files(".").sorted() == ["chains", "spec.json", "x.csv"])
  }

  /// A few of many, evenly spread: every thing once at most, in order, the first among them.
  @Test func selectionsAreEven() {
    for (available, most) in [(10, 3), (7, 7), (7, 9), (1000, 999), (5, 1), (1 << 40, 3)] {
      let selection = EvenSelection(of: available, atMost: most)
      #expect(selection.count == min(available, most))
      let chosen = (0..<min(available, 1000)).filter { selection.place(of: $0) != nil }
      #expect(chosen.first == 0)
      if available <= 1000 {
        #expect(chosen == (0..<selection.count).map { $0 * available / selection.count })
        #expect(chosen.map { selection.place(of: $0) } == (0..<selection.count).map { $0 })
      }
    }
  }
}
