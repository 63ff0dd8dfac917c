// Findings: each check raised by the least that should raise it, and quiet just below.

import Testing

@testable import Sampling

@Suite struct FindingTests {
  private func summaries(shift: Double = 0, coefficient: Double = 0, draws: Int = 500) throws -> [ObservableSummary] {
    let chains = try TestChains.autoregressive(chains: 4, draws: draws, coefficient: coefficient, seed: 101)
    let other = try TestChains.independent(chains: 4, draws: draws, seed: 102)
    let shifted = chains.enumerated().map { index, chain in chain.map { $0 + (index == 0 ? shift : 0) } }
    return [try ObservableSummary(name: "loss", draws: shifted), try ObservableSummary(name: "lp", draws: other)]
  }

  private func finding(_ check: String, _ findings: [Finding]) throws -> Finding {
    let matches = findings.filter { $0.check == check }
    try #require(matches.count == 1, "\(check) in \(findings.map(\.check))")
    return matches[0]
  }

  @Test func goodDrawsPassEveryCheckByName() throws {
    let findings = Finding.convergence(of: try summaries())
    #expect(findings.map(\.check) == ["R-hat", "bulk ESS", "tail ESS"])
    #expect(findings.allSatisfy { $0.severity == .info && $0.measured.hasPrefix("0 of 2 observables") })
    #expect(findings.allSatisfy { $0.advice.isEmpty && !$0.meaning.isEmpty })
  }

  @Test func disagreeingChainsFail() throws {
    let found = try finding("R-hat", Finding.convergence(of: try summaries(shift: 1)))
    #expect(found.severity == .failure)
    #expect(found.measured.hasPrefix("1 of 2 observables above 1.01: loss 1."))
    #expect(!found.advice.isEmpty)
  }

  @Test func thresholdsDecide() throws {
    let worst = try summaries(shift: 1).map(\.rHat).max()!
    var thresholds = DiagnosticThresholds()
    thresholds.rHat = worst
    #expect(
      try finding("R-hat", Finding.convergence(of: summaries(shift: 1), thresholds: thresholds)).severity == .info)
    thresholds.rHat = worst.nextDown
    #expect(
      try finding("R-hat", Finding.convergence(of: summaries(shift: 1), thresholds: thresholds)).severity == .failure)
  }

  /// Of 40 runs of 30 observables each, independent draws exceed 1.01 in most, and the line of independent draws in none (false alarms 4e-3 in all,
  /// by the line's own rate); a chain that is off by half a standard deviation does.
  @Test(arguments: [(4, 100), (1, 200)]) func independentDrawsScatter(chains: Int, draws: Int) throws {
    let thresholds = DiagnosticThresholds.ofIndependentDraws(chains: chains, drawsPerChain: draws, observables: 30)
    #expect(thresholds.rHat > 1.01 && thresholds.rHat < 1.1)
    var (usual, rare) = (0, 0)
    for run in 0..<40 {
      let worst = try (0..<30).map {
        try ObservableSummary(
          name: "x", draws: TestChains.independent(chains: chains, draws: draws, seed: UInt64(1000 + 30 * run + $0))
        ).rHat
      }.max()!
      usual += worst > 1.01 ? 1 : 0
      rare += worst > thresholds.rHat ? 1 : 0
    }
    #expect(usual > 20 && rare == 0, "\(usual), \(rare)")
    var shifted = try TestChains.independent(chains: 4, draws: 1000, seed: 999)
    shifted[0] = shifted[0].map { $0 + 0.5 }
    let line = DiagnosticThresholds.ofIndependentDraws(chains: 4, drawsPerChain: 1000, observables: 30).rHat
    #expect(try ObservableSummary(name: "x", draws: shifted).rHat > line)
    #expect(
      DiagnosticThresholds.ofIndependentDraws(chains: 4, drawsPerChain: 100_000, observables: 3)
        == DiagnosticThresholds())
  }

  @Test func fewEffectiveDrawsFail() throws {
    let findings = Finding.convergence(of: try summaries(coefficient: 0.98))
    for check in ["bulk ESS", "tail ESS"] {
      let found = try finding(check, findings)
      #expect(found.severity == .failure)
      #expect(found.measured.hasPrefix("1 of 2 observables below 400: loss "))
    }
  }

  @Test func whatCannotBeCheckedIsSaid() throws {
    let single = try ObservableSummary(name: "loss", draws: [[1, 2, 3, 4, 5, 6, 7]])
    let rHat = try finding("R-hat", Finding.convergence(of: [single]))
    #expect(rHat.severity == .warning)
    #expect(rHat.measured == "undefined for 1 of 1 observable (chains: 1, draws per chain: 7)")
    #expect(Finding.convergence(of: []).isEmpty)
  }

  /// Nothing can be told from fewer than four draws per chain, varying or not: one failure says so.
  @Test(arguments: [[[1.0]], [[1], [2]], [[1, 2], [1, 3]], [[1, 2, 3], [2, 3, 1]], [[1, 1, 1], [1, 1, 1]]])
  func tooFewDrawsFail(draws: [[Double]]) throws {
    let findings = Finding.convergence(of: [try ObservableSummary(name: "loss", draws: draws)])
    #expect(findings.map(\.check) == ["number of draws"] && findings[0].severity == .failure)
    #expect(findings[0].measured == "\(draws[0].count) per chain")
  }

  /// A single chain is judged by its halves.
  @Test func aSingleChainThatDriftsFails() throws {
    let steady = try TestChains.independent(chains: 1, draws: 2000, seed: 103)
    let drifting = [steady[0].enumerated().map { $1 + Double($0) / 500 }]
    for (draws, severity) in [(steady, Finding.Severity.info), (drifting, .failure)] {
      let summary = try ObservableSummary(name: "loss", draws: draws)
      #expect(try finding("R-hat", Finding.convergence(of: [summary])).severity == severity)
    }
  }

  @Test func constantObservablesAreCountedApart() throws {
    let constant = try ObservableSummary(
      name: "active_fraction", draws: [[0.1, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.1]])
    let alone = Finding.convergence(of: [constant])
    #expect(alone.map(\.check) == ["constant observables"] && alone[0].severity == .info)
    let among = Finding.convergence(of: try summaries() + [constant])
    #expect(try finding("constant observables", among).measured == "1 of 3 observables never change: active_fraction")
    #expect(try finding("R-hat", among).severity == .info)
  }

  /// Constant within chains but not between them: R-hat is infinite, not undefined.
  @Test func chainsFrozenAtDifferentPlacesFail() throws {
    let frozen = try ObservableSummary(name: "loss", draws: [1.0, 2, 3].map { [Double](repeating: $0, count: 50) })
    let found = try finding("R-hat", Finding.convergence(of: [frozen]))
    #expect(found.severity == .failure)
    #expect(found.measured == "1 of 1 observable above 1.01: loss infinity")
  }

  @Test func nonFiniteDrawsFail() throws {
    let broken = try ObservableSummary(name: "loss", draws: [[1, .nan, 3, 4], [1, 2, .infinity, 5]])
    let found = try finding("finite draws", Finding.convergence(of: try summaries() + [broken]))
    #expect(found.severity == .failure)
    #expect(found.measured == "1 of 3 observables with NaN or infinite draws; most in loss: 2 of 8")
  }

  private func chain(_ number: Int, _ change: (inout ChainStatistics) -> Void = { _ in }) -> ChainStatistics {
    var statistics = ChainStatistics(
      chain: number, transitions: 1000, moves: 900, nonFiniteRejections: 0, acceptanceRate: 0.82,
      targetAcceptanceRate: 0.8, divergences: 0, treeDepthSaturations: 0, eBFMI: 0.9)
    change(&statistics)
    return statistics
  }

  @Test func goodChainsPassEveryCheckByName() {
    let findings = Finding.sampling([chain(0), chain(1)])
    #expect(
      findings.map(\.check) == [
        "movement", "finite log density", "acceptance rate", "divergences", "tree depth", "E-BFMI",
      ])
    #expect(findings.allSatisfy { $0.severity == .info })
  }

  @Test func kernelsAreOnlyAskedWhatTheyHave() {
    let findings = Finding.sampling([ChainStatistics(chain: 0, transitions: 10, moves: 5)])
    #expect(findings.map(\.check) == ["movement", "finite log density"])
    #expect(Finding.sampling([]).isEmpty)
    #expect(Finding.sampling([ChainStatistics(chain: 0, transitions: 0, moves: 0)]).isEmpty)
  }

  struct Problem: Sendable {
    let check: String
    let change: @Sendable (inout ChainStatistics) -> Void
    let severity: Finding.Severity
    let measured: String
  }

  static let problems: [Problem] = [
    Problem(
      check: "movement", change: { $0.moves = 0 }, severity: .failure, measured: "1 of 2 chains never moved (chain 3)"),
    Problem(
      check: "finite log density", change: { $0.nonFiniteRejections = 20 }, severity: .info,
      measured: "20 of 2000 transitions (1 %) rejected for a non-finite log density or gradient"),
    Problem(
      check: "finite log density", change: { $0.nonFiniteRejections = 21 }, severity: .warning,
      measured: "21 of 2000 transitions (1.05 %) rejected for a non-finite log density or gradient"),
    Problem(
      check: "acceptance rate", change: { $0.acceptanceRate = 0.64 }, severity: .warning,
      measured: "1 of 2 chains far off; chain 3: 0.64 (target 0.8)"),
    Problem(
      check: "acceptance rate", change: { $0.acceptanceRate = 0.96 }, severity: .warning,
      measured: "1 of 2 chains far off; chain 3: 0.96 (target 0.8)"),
    Problem(
      check: "acceptance rate", change: { $0.acceptanceRate = .nan }, severity: .warning,
      measured: "1 of 2 chains far off; chain 3: undefined (target 0.8)"),
    Problem(
      check: "acceptance rate",
      change: {
        $0.acceptanceRate = 0.04
        $0.targetAcceptanceRate = nil
      }, severity: .warning, measured: "1 of 2 chains far off; chain 3: 0.04"),
    Problem(
      check: "divergences", change: { $0.divergences = 1 }, severity: .warning,
      measured: "1 of 2000 transitions (0.05 %) diverged"),
    Problem(
      check: "divergences", change: { $0.divergences = 21 }, severity: .failure,
      measured: "21 of 2000 transitions (1.05 %) diverged"),
    Problem(
      check: "tree depth", change: { $0.treeDepthSaturations = 500 }, severity: .warning,
      measured: "500 of 2000 transitions (25 %) stopped at the maximum tree depth"),
    Problem(
      check: "E-BFMI", change: { $0.eBFMI = 0.29 }, severity: .warning,
      measured: "1 of 2 chains below 0.3; smallest 0.29 (chain 3)"),
    Problem(
      check: "E-BFMI", change: { $0.eBFMI = 0.3 }, severity: .info,
      measured: "0 of 2 chains below 0.3; smallest 0.3 (chain 3)"),
  ]

  @Test(arguments: problems.indices)
  func oneProblemGivesItsFinding(index: Int) throws {
    let problem = Self.problems[index]
    let findings = Finding.sampling([chain(2), chain(3, problem.change)])
    let found = try finding(problem.check, findings)
    #expect(found.severity == problem.severity)
    #expect(found.measured == problem.measured)
    #expect(!found.meaning.isEmpty)
    if problem.severity > .info { #expect(!found.advice.isEmpty) }
    #expect(findings.filter { $0.check != problem.check }.allSatisfy { $0.severity == .info })
  }

  @Test func biasedKernelsAreLabelled() {
    let unknown = Finding.biasedKernel("ULA", measuredBias: nil)
    #expect(unknown.severity == .warning)
    #expect(unknown.measured == "ULA has no accept step; its bias has not been measured")
    let known = Finding.biasedKernel("ULA", measuredBias: "the loss is 3 % too large")
    #expect(known.description.hasPrefix("warning: biased kernel: ULA has no accept step; the loss is 3 % too large."))
  }

  @Test func severitiesAreOrdered() {
    #expect(Finding.Severity.info < .warning && Finding.Severity.warning < .failure)
  }
}
