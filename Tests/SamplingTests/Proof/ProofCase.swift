// A proof of one kernel on one target, as an argument of a parametrised test.

import Sampling
import Testing

/// One statistical test: of invariance, or of reversibility.
struct ProofCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// Runs the test by the given rule.
  let run: @Sendable (SequentialTest, inout RandomStream) throws -> KernelTestReport

  var testDescription: String { name }

  /// The invariance test of a kernel, and the rank test if the kernel is reversible.
  static func proofs<Target: DrawableLogDensity, Kernel: MarkovKernel>(
    _ name: String, of target: Target, _ kernel: Kernel, functions: [TestFunction]? = nil, transitions: Int = 10
  ) -> [ProofCase] {
    var cases = [
      ProofCase(name: "\(name): invariance") { rule, stream in
        try InvarianceTest(target, functions: functions, transitions: transitions, rule: rule)
          .run(kernel, using: &stream)
      }
    ]
    if kernel.isReversible {
      cases.append(
        ProofCase(name: "\(name): ranks") { rule, stream in
          try ExactRankTest(target, functions: functions, length: transitions + 1, rule: rule)
            .run(kernel, using: &stream)
        })
    }
    return cases
  }
}

/// Cases that share one false-alarm rate.
struct ProofSuite: Sendable {
  /// The probability that one of the cases fails although all kernels are right, at most.
  static let falseAlarmRate = 1e-5
  let cases: [ProofCase]
  let rule: SequentialTest
  let seed: UInt64

  init(seed: UInt64, sampleSize: Int, _ cases: [ProofCase]) {
    self.cases = cases
    self.seed = seed
    rule = SequentialTest(falseAlarmRate: Self.falseAlarmRate, sampleSize: sampleSize).shared(by: cases.count)
  }

  /// Runs a case on a stream of its own.
  func run(_ number: Int) throws -> KernelTestReport {
    var stream = try RandomStream(StreamKey(seed: seed, chain: number, purpose: .testing))
    return try cases[number].run(rule, &stream)
  }
}
