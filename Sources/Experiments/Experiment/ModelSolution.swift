// What had to be found by sampling before the ensemble was known: its tightness, or its multipliers.

import JSON
import Networks
import Sampling
import Storage

/// The numbers of an ensemble that no formula gives, found once and kept with the run.
package struct ModelSolution: Sendable, Equatable {
  /// A number with its Monte Carlo standard error.
  package struct Estimated: Sendable, Equatable {
    let value: Double
    let standardError: Double
  }

  /// β of a Gibbs ensemble whose expected loss was given.
  var tightness: Estimated?
  /// Λ of an ensemble that is linear in the readout and has no closed form, [context, feature].
  var multipliers: Matrix?
  /// The standard errors of Λ.
  var multiplierErrors: Matrix?
  /// The standard errors of <R>, which is on target up to them.
  var readoutErrors: Matrix?
  /// α_w and α_m, which differ from the scales' inverse squares in the moment convention.
  var precisions: [Double]?

  private static let file = "\(RunInputs.folder)/solution.json"

  /// Reads what ``write(into:)`` wrote; nil if the run's ensemble needed no solution.
  ///
  /// - Throws: ``StorageError``.
  init?(of run: RunDirectory) throws {
    let path = run.file(Self.file)
    guard try Posix.exists(path) else { return nil }
    let json = try JSONValue(parsing: Posix.text(of: path), path: path)
    if let value = json["tightness"]?["value"]?.realNumber, let error = json["tightness"]?["standardError"]?.realNumber
    {
      tightness = Estimated(value: value, standardError: error)
    }
    multipliers = Self.matrix(json["multipliers"])
    multiplierErrors = Self.matrix(json["multiplierErrors"])
    readoutErrors = Self.matrix(json["readoutErrors"])
    precisions = json["precisions"]?.array.map { $0.compactMap(\.realNumber) }
    guard tightness != nil || multipliers != nil else {
      throw StorageError.damaged(path: path, reason: "it holds neither a tightness nor multipliers")
    }
  }

  init() {}

  /// Keeps the solution with a run.
  func write(into run: String) throws {
    try Posix.makeDirectory("\(run)/\(RunInputs.folder)")
    try Posix.writeAtomically(json.text() + "\n", to: "\(run)/\(Self.file)")
  }

  /// The solution, as a fact on which the draws depend.
  var fact: RunFact { RunFact("solution (SHA-256)", SHA256.hexDigest(of: json.text(.compact))) }

  private var json: JSONValue {
    var members: [(String, JSONValue)] = []
    if let tightness {
      members.append(
        ("tightness", ["value": .number(tightness.value), "standardError": .number(tightness.standardError)]))
    }
    if let multipliers { members.append(("multipliers", .matrix(multipliers))) }
    if let multiplierErrors { members.append(("multiplierErrors", .matrix(multiplierErrors))) }
    if let readoutErrors { members.append(("readoutErrors", .matrix(readoutErrors))) }
    if let precisions { members.append(("precisions", .numbers(precisions))) }
    return .object(members)
  }

  private static func matrix(_ json: JSONValue?) -> Matrix? {
    json?.array.map { Matrix($0.map { ($0.array ?? []).map { $0.realNumber ?? .nan } }) }
  }
}
