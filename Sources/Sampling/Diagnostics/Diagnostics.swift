// The namespace of the diagnostics, what can be wrong with their input, and the two ways of cutting chains.

/// Diagnostics of Markov chains: pure functions over the draws of one scalar.
///
/// Draws are `[chain, draw]`: one array a chain, all of one length. Values agree with ArviZ 0.23.4 to 1e-8, and so do
/// the conventions: fewer than 4 draws a chain, or any NaN, give NaN; a constant array counts every draw as effective.
///
/// - Precondition: (of every function) all chains have one length; ``ObservableSummary`` checks and throws instead.
public enum Diagnostics {
  /// Fewer draws a chain than this give NaN.
  public static let minimumDraws = 4
}

/// What makes draws unfit for a diagnostic.
public enum DiagnosticsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is no chain, or the chains have no draws.
  case noDraws
  /// Chains of different lengths.
  case raggedChains(lengths: [Int])
  /// A draw that is NaN or infinite where an estimate needs numbers.
  case notFinite(chain: Int, draw: Int)
  /// A chain whose draws are all equal, so that it has no correlation time.
  case constantChain(Int)
  /// A chain too short for its own correlation time: the estimate in draws, the chain's length, the length needed.
  case chainTooShort(estimate: Double, draws: Int, needed: Int)
  /// Draws so anticorrelated that a windowed sum of autocorrelations cannot estimate their small correlation time.
  case antitheticChains(estimate: Double)
  /// Superchain labels that are not one a chain, or groups of different sizes, or fewer than two groups.
  case superchains(String)

  public var description: String {
    switch self {
    case .noDraws: "there are no draws to diagnose"
    case .raggedChains(let lengths):
      "the chains have different lengths (\(lengths.map(String.init).joined(separator: ", "))); cut them to the shortest"
    case .notFinite(let chain, let draw): "draw \(draw) of chain \(chain) is not a finite number"
    case .constantChain(let chain): "chain \(chain) is constant, so it has no correlation time"
    case .chainTooShort(let estimate, let draws, let needed):
      "\(draws) draws a chain are too few to estimate a correlation time of at least \(shortNumber(estimate)) draws; draw at least \(needed)"
    case .antitheticChains(let estimate):
      "successive draws are too anticorrelated for a windowed correlation time (the sum gave \(shortNumber(estimate))); use the ESS"
    case .superchains(let problem): "superchains: \(problem)"
    }
  }
}

extension Diagnostics {
  /// Whether ArviZ would refuse the draws: too few of them, too few chains, or a NaN among them.
  static func isUnfit(_ chains: [[Double]], minimumChains: Int = 1) -> Bool {
    guard chains.count >= minimumChains, let draws = chains.first?.count, draws >= minimumDraws else { return true }
    precondition(chains.allSatisfy { $0.count == draws }, "all chains must have one length")
    return chains.contains { $0.contains { $0.isNaN } }
  }

  /// Each chain's first and last half as chains of their own; the middle draw of an odd number belongs to neither.
  static func split(_ chains: [[Double]]) -> [[Double]] {
    chains.map { Array($0.prefix($0.count / 2)) } + chains.map { Array($0.suffix($0.count / 2)) }
  }
}
