// Whether the networks of a study exist, and can have another size: asked before any are drawn.

import Networks
import Sampling

extension Experiment {
  /// Why the number of neurons cannot be changed: what a file gives of the network.
  var sizeIsGiven: String {
    let key = network.model.dataFiles.first?.key.joined(separator: ".") ?? "network"
    return givenGains == nil
      ? "\(key): this file belongs to one number of neurons; leave it out for a study of the size"
      : "network.gains: given gains belong to one number of neurons; say \"binary\" or \"continuous\" gains for a study of the size"
  }

  /// Makes sure that networks that meet a hard constraint have a density, as too few neurons do not: before others of a study are drawn.
  ///
  /// - Parameter place: names the networks in the study, in words.
  /// - Throws: ``StudyError`` with the reason.
  func requireExistence(_ place: @autoclosure () -> String) throws {
    guard ensemble.isHard else { return }
    func makeDensity(_ ensemble: some SampledEnsemble) throws { _ = try ensemble.density() }
    do { try makeDensity(networkEnsemble()) } catch { throw StudyError("\(place()): \(error)") }
  }
}
