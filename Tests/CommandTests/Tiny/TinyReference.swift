// The reference files of tiny networks: a spec, stimuli, and averages with their errors.

import Foundation
import Testing

/// A reference from a file.
struct TinyReference: Sendable {
  let tiny: TinyCase
  /// Averages and errors by the file's names; `ln_z` among them.
  let values: [String: TinyAverages.Estimate]

  static let names = ["two-tanh-n1", "two-relu-n2", "glm-tanh-n1", "deep-tanh-21-none", "deep-tanh-32-first"]

  init(_ name: String) throws {
    let folder = try #require(Bundle.module.url(forResource: "Reference", withExtension: nil))
    let json = JSONTree(
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: folder.appendingPathComponent("\(name).reference.json"))))
    let spec = json["spec"]
    let network = spec["network"]
    let activation = network["activation"].string ?? network["gains"]["activation"].string ?? ""
    let phi = try #require(TinyActivation(rawValue: activation))
    let model: TinyCase.Model =
      switch network["kind"].string {
      case "twoLayer": .twoLayer(phi, neurons: Int(network["neurons"].number))
      case "deep":
        .deep(
          phi, widths: network["widths"].numbers.map { Int($0) }, scaling: network["readoutScaling"].string ?? "",
          drives: network["contextLayers"].string ?? "")
      default: .continuousGains(phi, neurons: Int(network["neurons"].number))
      }
    var tiny = TinyCase(name: name, model: model)
    tiny.target = spec["task"]["target"].array.map(\.numbers)
    tiny.tightness = spec["ensemble"]["tightness"].number
    if let path = spec["stimuli"]["path"].string {
      tiny.stimuli = try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
        .split(separator: "\n").map { $0.split(separator: ",").compactMap { Double($0) } }
    } else {
      tiny.stimuli = nil
    }
    if json.keys.contains("test_stimulus") { tiny.probes = [[json["test_stimulus"].number]] }
    self.tiny = tiny
    let errors = json.keys.contains("standard_error") ? json["standard_error"] : json["quadrature_difference"]
    var values: [String: TinyAverages.Estimate] = [:]
    for key in json["reference"].keys {
      values[key] = TinyAverages.Estimate(value: json["reference"][key].number, error: errors[key].number)
    }
    self.values = values
  }

  /// The quadrature's value of what a file calls by a name; nil for what it has twice.
  func value(_ name: String, in averages: TinyAverages) -> TinyAverages.Estimate? {
    switch name {
    case "ln_z": return averages.logEvidence
    case "context_second_moment_first": return averages.values["context_second_moment"]
    case "f_0(0.3)": return averages.values["readout_1"]
    case "f_0(0.3)_kernel": return averages.values["readout_1"]
    case "hidden_second_moment":
      // The file of the 2-1 network has the sum over a neuron's two incoming weights.
      guard let estimate = averages.values[name] else { return nil }
      let factor = tiny.name == "deep-tanh-21-none" ? 2.0 : 1
      return TinyAverages.Estimate(value: factor * estimate.value, error: factor * estimate.error)
    default: return averages.values[name]
    }
  }
}
