// Whether the networks of a study exist, which is asked before any are drawn.

import Networks
import Sampling

extension Experiment {
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
