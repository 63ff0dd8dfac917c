// Observables by expressions, held against plain sums over the neurons of the same networks.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct ExpressionObservablesTests {
  private static let list = [
    ObservableExpression("w4", of: "w^4", reduction: .mean),
    ObservableExpression("largest", of: "abs(w)", reduction: .max),
    ObservableExpression("least", of: "w*m0", reduction: .min),
    ObservableExpression("both", of: "g0*g1*norm(m)^2", reduction: .sum),
    ObservableExpression("ratio", of: "output_second_moment^2/w4"),
    ObservableExpression("own", of: "ratio - participation + readout[0,1]"),
  ]

  /// More neurons than a chunk of the source, and than a block: sums go over both borders.
  @Test(arguments: [1, 255, 256, 257, 5000]) func drawnNetworksAreSummed(neurons: Int) throws {
    let ensemble = try ProductSourceTests.ensemble(neurons: neurons)
    let quantities = NeuronQuantities(features: 2, contexts: 2, hasDrives: false, hasGains: true, isDeep: false)
    let asked =
      Self.list.dropLast()
      + [ObservableExpression("participation", of: "output_second_moment^2/output_fourth_moment"), Self.list.last!]
    var source = try ProductSource(
      NeuronLaw(try ensemble.solve()), neurons: neurons, stimulusCovariance: .identity(2), chain: 0,
      stream: try RandomStream(StreamKey(seed: 3, chain: 0, purpose: .exactDraws))
    ) { try ExpressionObservables(Array(asked), of: quantities, recorded: $0) }
    var sink = CollectingSink(wanted: [0, 1, 2])
    for _ in 0..<3 { try source.next(into: &sink) }
    let names = source.schema.scalarNames
    for draw in 0..<3 {
      let parts = sink.networks[draw]!
      var (w, m0, m1, g0, g1): ([Double], [Double], [Double], [Double], [Double]) = ([], [], [], [], [])
      for part in parts {
        let n = part.part!.count
        func row(_ k: Int) -> ArraySlice<Double> { part.values[k * n..<(k + 1) * n] }
        w += row(0)
        m0 += row(1)
        m1 += row(2)
        g0 += row(3)
        g1 += row(4)
      }
      func value(_ name: String) -> Double { sink.observables[draw][names.firstIndex(of: name)!] }
      func close(_ name: String, _ expected: Double) {
        #expect(abs(value(name) - expected) <= 1e-12 * max(1, abs(expected)), "\(name), \(neurons) neurons")
      }
      let n = Double(neurons)
      var (second, fourth) = (0.0, 0.0)
      for weight in w {
        second += weight * weight / n
        fourth += weight * weight * weight * weight / n
      }
      close("w4", fourth)
      close("largest", w.map(abs).max()!)
      close("least", (0..<neurons).map { w[$0] * m0[$0] }.min()!)
      var both = 0.0
      for i in 0..<neurons { both += g0[i] * g1[i] * (m0[i] * m0[i] + m1[i] * m1[i]) }
      close("both", both)
      close("ratio", second * second / fourth)
      close("participation", second * second / fourth)
      close("own", value("ratio") - value("participation") + value("readout[0,1]"))
    }
  }

  /// Draws do not change by what is recorded of them.
  @Test func recordingMoreChangesNoDraw() throws {
    let ensemble = try ProductSourceTests.ensemble(neurons: 30)
    let quantities = NeuronQuantities(features: 2, contexts: 2, hasDrives: false, hasGains: true, isDeep: false)
    func draws(_ list: [ObservableExpression]) throws -> [[Double]] {
      var source = try ProductSource(
        NeuronLaw(try ensemble.solve()), neurons: 30, stimulusCovariance: .identity(2), chain: 0,
        stream: try RandomStream(StreamKey(seed: 3, chain: 0, purpose: .exactDraws))
      ) { list.isEmpty ? nil : try ExpressionObservables(list, of: quantities, recorded: $0) }
      var sink = CollectingSink()
      for _ in 0..<20 { try source.next(into: &sink) }
      return sink.observables
    }
    let (plain, more) = (try draws([]), try draws(Array(Self.list.prefix(3))))
    #expect(zip(plain, more).allSatisfy { $0 == Array($1.prefix($0.count)) && $1.count == $0.count + 3 })
  }

  /// Of a deep network w belongs to the last hidden layer, and m, b and g to the first.
  @Test func deepNetworksHaveTwoLayersOfNeurons() throws {
    let architecture = FeedforwardArchitecture(
      features: 2, contexts: 3, widths: [300, 4, 5], activation: .tanh, drivenLayers: .all)
    let quantities = NeuronQuantities(features: 2, contexts: 3, hasDrives: true, hasGains: true, isDeep: true)
    let expressions = try ExpressionObservables(
      [
        ObservableExpression("w2", of: "w^2", reduction: .sum),
        ObservableExpression("slope", of: "g2 - (1 - tanh(b2)^2)", reduction: .max),
        ObservableExpression("m", of: "norm(m)", reduction: .mean),
      ], of: quantities, recorded: [ObservableVariable("lp")])
    let layout = architecture.layout
    var stream = try RandomStream(StreamKey(seed: 5, chain: 0, purpose: .start))
    let position = architecture.prior(WeightScales()).draw(using: &stream)
    let place = NeuronPlace(layout, givenGains: nil, slopes: .tanh)
    let observables = ExtendedObservables(ScalarObservables([]), expressions, at: place)
    var workspace = observables.makeWorkspace()
    var values = [Double](repeating: .nan, count: 4)
    var out = values.mutableSpan
    observables.evaluate(at: position.span, logDensity: -1, into: &out, using: &workspace)
    let w = layout["output_weight"]!
    let m = layout["input_weights"]!
    #expect(values[0] == -1)
    #expect(abs(values[1] - w.range.reduce(0) { $0 + position[$1] * position[$1] }) < 1e-12)
    #expect(abs(values[2]) < 1e-15)
    let norms = (0..<300).map { hypot(position[m.offset + $0], position[m.offset + 300 + $0]) }
    #expect(abs(values[3] - norms.reduce(0, +) / 300) < 1e-12)
    do {
      _ = try ExpressionObservables(
        [ObservableExpression("x", of: "w*m0", reduction: .mean)], of: quantities, recorded: nil)
      Issue.record("w and m0 of different layers were multiplied")
    } catch {
      #expect(error.description.contains("w belongs to the last hidden layer"))
    }
  }

  /// A number that is none is seen, whatever reduces it.
  @Test func whatIsNoNumberIsRecorded() throws {
    let quantities = NeuronQuantities(features: 1, contexts: 1, hasDrives: false, hasGains: false, isDeep: false)
    let list = ObservableExpression.Reduction.allCases.map {
      ObservableExpression($0.rawValue + "_", of: "log(w)", reduction: $0)
    }
    let expressions = try ExpressionObservables(list, of: quantities, recorded: [])
    var layout = ParameterLayout()
    layout.append("output_weight", shape: [3])
    layout.append("input_weights", shape: [1, 3])
    var workspace = expressions.makeWorkspace()
    for (position, isNumber) in [([1.0, 2, 3, 0, 0, 0], true), ([1, -2, 3, 0, 0, 0], false)] {
      var values = [Double](repeating: 0, count: 4)
      var out = values.mutableSpan
      expressions.begin(&workspace)
      position.withUnsafeBufferPointer {
        NeuronPlace(layout, givenGains: nil, slopes: nil).add($0.baseAddress!, expressions, &workspace)
      }
      expressions.finish(&workspace, into: &out, from: 0)
      #expect(values.allSatisfy { $0.isNaN != isNumber })
    }
  }
}
