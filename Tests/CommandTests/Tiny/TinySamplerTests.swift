// Draws of tiny networks by the program's samplers against quadrature.

import Foundation
import Networks
import Sampling
import Storage
import Testing

@testable import Experiments

/// Seeds are fixed. A right sampler would be rejected with other seeds at a rate of 6e-5 per number: 4 standard errors, two-sided; with
/// some 8 numbers per run and 64 runs that is 3 % for all of them together.
@Suite struct TinySamplerTests {
  static let cases: [TinyCase] = {
    func tiny(
      _ name: String, _ model: TinyCase.Model, _ change: (inout TinyCase) -> Void = { _ in }
    ) -> TinyCase {
      var tiny = TinyCase(name: name, model: model)
      if case .continuousGains = model { tiny.stimuli = nil }
      if case .binaryGains = model { tiny.stimuli = nil }
      if case .givenGains = model { tiny.stimuli = nil }
      change(&tiny)
      return tiny
    }
    let two = [[1.0], [-0.5]]
    return [
      tiny("two-layer tanh, 1", .twoLayer(.tanh, neurons: 1)),
      tiny("two-layer erf, 1, two contexts", .twoLayer(.erf, neurons: 1)) { $0.target = two },
      tiny("two-layer erf, 2", .twoLayer(.erf, neurons: 2)),
      tiny("two-layer softplus, 2", .twoLayer(.softplus, neurons: 2)),
      tiny("two-layer linear, 2", .twoLayer(.linear, neurons: 2)),
      tiny("two-layer relu, 2", .twoLayer(.relu, neurons: 2)),
      tiny("two-layer tanh, 1, two features", .twoLayer(.tanh, neurons: 1)) {
        $0.target = [[1, -0.5]]
        $0.stimuli = [[1, 0.3], [-0.5, 1], [0.2, -1.2]]
      },
      tiny("two-layer tanh, 1, unequal scales", .twoLayer(.tanh, neurons: 1)) {
        ($0.output, $0.input, $0.context) = (3, 0.5, 0.2)
      },
      tiny("two-layer tanh, 1, tightness 0.1", .twoLayer(.tanh, neurons: 1)) { $0.tightness = 0.1 },
      tiny("two-layer tanh, 1, tightness 1000", .twoLayer(.tanh, neurons: 1)) { $0.tightness = 1000 },
      tiny("two-layer erf, 1, Gaussian stimuli", .twoLayer(.erf, neurons: 1)) { $0.stimuli = nil },
      tiny("standard scaling, 2 tanh", .deep(.tanh, widths: [2], scaling: "standard", drives: "first")),
      tiny("no drives, 2 relu", .deep(.relu, widths: [2], scaling: "meanField", drives: "none")),
      tiny("2-1 tanh, no drives", .deep(.tanh, widths: [2, 1], scaling: "standard", drives: "none")),
      tiny("1-1 softplus, all driven", .deep(.softplus, widths: [1, 1], scaling: "meanField", drives: "all")) {
        $0.hidden = 1.5
      },
      tiny("2-1 linear, no drives", .deep(.linear, widths: [2, 1], scaling: "meanField", drives: "none")),
      tiny("gains of tanh, 1", .continuousGains(.tanh, neurons: 1)),
      tiny("gains of softplus, 1, two contexts", .continuousGains(.softplus, neurons: 1)) { $0.target = two },
      tiny("gains of erf, 2", .continuousGains(.erf, neurons: 2)) { $0.tightness = 5 },
      tiny("drawn gains, 1", .binaryGains(probability: 0.5, neurons: 1)),
      tiny("drawn gains, 2, two contexts", .binaryGains(probability: 0.3, neurons: 2)) { $0.target = two },
      tiny("given gains, 2, two contexts", .givenGains([[1, 0.5], [0, -2]])) { $0.target = two },
      tiny("given gains, 2, tightness 1000", .givenGains([[1, 0], [0.3, 1]])) {
        $0.target = two
        $0.tightness = 1000
      },
    ]
  }()

  /// Every average of the draws, by the quadrature's names: [network] of each chain.
  static func draws(_ tiny: TinyCase, sampler: String, draws: Int) throws -> [String: NetworkStatistic] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tiny-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func write(_ text: String, _ name: String) throws {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
    try write(try tiny.spec(sampler, draws: draws), "tiny.json")
    if let stimuli = tiny.stimuli { try write(TinyCase.csv(stimuli), "stimuli.csv") }
    if case .givenGains(let gains) = tiny.model { try write(TinyCase.csv(gains), "gains.csv") }
    let experiment = try Experiment(contentsOf: folder.appendingPathComponent("tiny.json").path)
    let path = folder.appendingPathComponent("run").path
    _ = try Execution(threads: 2).sample(experiment, at: path)
    let run = try LoadedRun(path: path)
    var result: [String: NetworkStatistic] = [:]
    func add(_ name: String, _ series: [[Double]]) { result[name] = NetworkStatistic(series) }
    for name in ["output_second_moment", "loss", "input_second_moment"] {
      add(name, try #require(try run.draws.scalar(name)))
    }
    for c in 0..<tiny.contexts {
      for d in 0..<tiny.features {
        let series = try #require(try run.draws.scalar("readout[\(c),\(d)]"))
        add("readout_\(c * tiny.features + d)", series)
        add("readout_\(c * tiny.features + d)_square", series.map { $0.map { $0 * $0 } })
      }
    }
    // What is not recorded, from whole networks.
    let reader = RunReader(run.directory)
    for (name, block, isPerNeuron) in [
      ("context_second_moment", "context_drive", true), ("hidden_second_moment", "hidden_weights_2", false),
      ("active_share", "gain", false),
    ] {
      var series: [[Double]] = []
      for chain in reader.chains {
        var squares: [Double] = []
        try reader.forEachNetwork(ofChain: chain) { network in
          guard let place = network.layout[block] else { return }
          let values = try network.values(of: place)
          let count = isPerNeuron ? place.shape[place.shape.count - 1] : values.count
          squares.append(values.reduce(0) { $0 + $1 * $1 } / Double(count))
        }
        series.append(squares)
      }
      if series.allSatisfy({ !$0.isEmpty }) { add(name, series) }
    }
    return result
  }

  /// z of every number that both have.
  static func deviations(_ tiny: TinyCase, _ averages: TinyAverages, _ drawn: [String: NetworkStatistic])
    -> [(name: String, z: Double)]
  {
    averages.values.compactMap { name, expected in
      guard let found = drawn[name] else { return nil }
      let error = (found.standardError * found.standardError + expected.error * expected.error).squareRoot()
      let gap = found.mean - expected.value
      return (name, abs(gap) < 1e-12 ? 0 : gap / error)
    }.sorted { $0.name < $1.name }
  }

  private func expectAgreement(_ tiny: TinyCase, _ samplers: [String], draws: Int = 4000) throws {
    let averages = tiny.network.averages(tolerance: 1e-6, most: 1_000_000)
    for (name, estimate) in averages.values {
      #expect(estimate.error < 1e-2 * max(0.5, abs(estimate.value)), "quadrature of \(name): \(estimate)")
    }
    for sampler in samplers {
      let found = Self.deviations(tiny, averages, try Self.draws(tiny, sampler: sampler, draws: draws))
      #expect(found.count >= 5)
      for (name, z) in found {
        #expect(abs(z) < 4, "\(tiny.name), \(sampler): \(name) is off by \(z) standard errors")
      }
    }
  }

  /// `auto`'s choice, and Hamiltonian Monte Carlo.
  @Test(arguments: cases) func drawsAgreeWithQuadrature(tiny: TinyCase) throws {
    try expectAgreement(tiny, ["auto", "hmc"])
  }

  /// Other samplers that a spec can name, each on what it is made for.
  @Test(arguments: [
    ("nuts", 0), ("mala", 0), ("ghmc", 0), ("collapsedHmc", 0), ("neuronGibbs", 0), ("collapsedHmc", 5),
    ("tempering", 5),
    ("neuronGibbs", 5), ("pcn", 3), ("metropolis", 16), ("ellipticalSlice", 13), ("neuronGibbs", 20),
    ("collapsedGibbs", 20),
    ("collapsedGibbs", 21),
  ]) func otherSamplersAgreeWithQuadrature(sampler: String, place: Int) throws {
    try expectAgreement(Self.cases[place], [sampler])
  }

  /// The deep reference files themselves, the one of twelve hidden weights among them; the other files' ensembles are cases above, and
  /// the quadrature has their numbers.
  @Test(arguments: Array(TinyReference.names.suffix(2)), ["auto", "hmc"])
  func drawsAgreeWithReferences(name: String, sampler: String) throws {
    let reference = try TinyReference(name)
    let drawn = try Self.draws(reference.tiny, sampler: sampler, draws: 4000)
    var compared = 0
    for (key, expected) in reference.values {
      let factor = key == "hidden_second_moment" && name == "deep-tanh-21-none" ? 2.0 : 1
      guard let found = drawn[key == "context_second_moment_first" ? "context_second_moment" : key] else { continue }
      let error = (pow(factor * found.standardError, 2) + pow(expected.error, 2)).squareRoot()
      let z = (factor * found.mean - expected.value) / error
      #expect(abs(z) < 4, "\(name), \(sampler): \(key) is off by \(z) standard errors")
      compared += 1
    }
    #expect(compared >= 5)
  }

  /// A mutant: the same comparison rejects an ensemble whose tightness is 5 % too small.
  @Test func tightnessThatIsOffIsFound() throws {
    let tiny = try TinyReference("glm-tanh-n1").tiny
    let drawn = try Self.draws(tiny, sampler: "hmc", draws: 20_000)
    var mutant = tiny
    mutant.tightness *= 1.05
    let right = Self.deviations(tiny, tiny.network.averages(), drawn)
    let wrong = Self.deviations(mutant, mutant.network.averages(), drawn)
    #expect(right.allSatisfy { abs($0.z) < 4 }, "\(right)")
    #expect(wrong.contains { abs($0.z) > 4 }, "\(wrong)")
  }
}
