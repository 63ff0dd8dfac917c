// The test of identities over teachers: values by hand, its false alarms, what it finds, and averages of different chains.

import Sampling
import Testing

@testable import Networks

@Suite struct NishimoriTests {
  private static func row(_ differences: [Double], response: Double? = nil) throws -> NishimoriTest.Row? {
    try NishimoriTest.Row("nishimori_error", at: "P = 1, prior", differences, response: response)
  }

  /// 1, 2, 3, 4: mean 2.5, s² = 5/3; Student's t with 3 degrees of freedom.
  @Test func valuesByHand() throws {
    let row = try #require(try Self.row([1, 2, 3, 4]))
    #expect(row.mean == 2.5 && abs(row.standardError - (5.0 / 12).squareRoot()) < 1e-15)
    #expect(abs(row.z - 3.872983346207417) < 1e-14 && abs(row.pValue - 0.030466291662170977) < 1e-12)
    #expect(abs(row.deviation - (5.0 / 3).squareRoot()) < 1e-15)
    // Nothing that varies is nothing to test.
    #expect(try Self.row([0, 0, 0]) == nil && Self.row([1]) == nil && Self.row([]) == nil)
    #expect(try Self.row([1, .nan]) == nil)
  }

  @Test func fewTeachersDecideNothing() throws {
    let strong = try #require(try Self.row((0..<19).map { 100 + Double($0 % 2) }))
    let few = NishimoriTest([strong], falseAlarmRate: 0.01)
    #expect(few.decision == .inconclusive && few.reason?.hasPrefix("19 teachers are too few") == true)
    #expect(few.rejected.isEmpty)
    let enough = try #require(try Self.row((0..<20).map { 100 + Double($0 % 2) }))
    #expect(NishimoriTest([enough], falseAlarmRate: 0.01).decision == .rejected)
    #expect(NishimoriTest([enough], falseAlarmRate: 0.01, undecided: "no").decision == .inconclusive)
    #expect(NishimoriTest([], falseAlarmRate: 0.01).decision == .inconclusive)
  }

  /// 2000 studies of 8 right rows of 25 teachers at 5 %: rejections are binomial, and Bonferroni's correction is nearly exact for independent
  /// rows (1 − (1 − 0.05/8)⁸ = 4.89 %); outside of 62 ... 136 with probability 2e-4.
  @Test func falseAlarmsAreAsStated() throws {
    var stream = try RandomStream(StreamKey(seed: 813, chain: 0, purpose: .testing))
    var rejected = 0
    for _ in 0..<2000 {
      let rows = try (0..<8).compactMap { _ in try Self.row((0..<25).map { _ in stream.standardNormal() }) }
      if NishimoriTest(rows, falseAlarmRate: 0.05).decision == .rejected { rejected += 1 }
    }
    #expect((62...136).contains(rejected), "\(rejected) of 2000")
  }

  /// As many teachers as it says find the fault in 95 of 100 studies: of 400 studies at least 360 and at most 395, which a power of 0.95 leaves
  /// with probability 1e-4 (Student's t instead of the normal law costs a percent of power at this number).
  @Test func teachersThatAreNeededFindTheFault() throws {
    var stream = try RandomStream(StreamKey(seed: 814, chain: 0, purpose: .testing))
    // A response of -0.8: a temperature that is 5 % too high moves the mean by -0.04.
    func rows(_ teachers: Int, shift: Double) throws -> [NishimoriTest.Row] {
      try (0..<6).compactMap { k in
        try Self.row(
          (0..<teachers).map { _ in 0.1 * stream.standardNormal() + (k == 2 ? shift : 0) },
          response: k == 2 ? -0.8 : nil)
      }
    }
    let pilot = NishimoriTest(try rows(20_000, shift: 0), falseAlarmRate: 0.01)
    let needed = try #require(try pilot.teachersNeeded(wrongBy: 0.05)).teachers
    // (t(0.01/12; 146) + z(0.05))² (0.1/0.04)², 147, with a spread that 20,000 teachers know to 1 %.
    #expect(abs(needed - 147) <= 6, "\(needed)")
    var found = 0
    for _ in 0..<400 {
      if NishimoriTest(try rows(needed, shift: -0.04), falseAlarmRate: 0.01).decision == .rejected { found += 1 }
    }
    #expect((358...395).contains(found), "\(found) of 400")
  }

  /// Errors of the posterior mean and products of students are made of different chains: by hand, three chains and two stimuli.
  @Test func averagesOfDifferentChains() throws {
    let task = StudentTask(
      training: Matrix([[1]]), labels: Matrix([[0.5]]), answers: Matrix([[0.25]]), heldOut: Matrix([[1], [2]]),
      heldOutAnswers: Matrix([[1, -1]]), position: nil, comparison: nil)
    let names = StudentMeasures.always
    let chains = [[1.0, 2], [2, 0], [0, -2]].enumerated().map { c, answers in
      StudentChain(
        quantities: ["lp", "loss"],
        draws: [(0..<8).map { Double($0 * (c + 1) % 5) }, (0..<8).map { Double(($0 + c) % 3) }],
        looks: names.map { _ in (0..<8).map { Double(($0 + c) % 4) } }, meanAnswers: answers)
    }
    let results = try StudentResults(chains, task: task, measures: names)
    // Stimulus 1: distances 0, 1, -1: pairs 0, 0, -1; stimulus 2: 3, 1, -1: 3, -3, -1. Products 2, 0, 0; 0, -4, 0.
    #expect(abs(results.means["bayes_error"]! - (-1 - 1) / 6.0) < 1e-15)
    #expect(abs(results.means["student_product"]! - (2 - 4) / 6.0) < 1e-15)
    #expect(results.means["lp"] != nil && results.largestRHat != nil && results.smallestESS != nil)
    let single = try StudentResults([chains[0]], task: task, measures: names)
    #expect(single.means["bayes_error"] == nil && single.means["student_product"] == nil)
    let differences = NishimoriDifferences(
      results, task: task, quantities: ["lp", "loss", "readout[0,0]", "output_second_moment"],
      teacher: [1, 0.75, 9, 2],
      binds: true)
    #expect(
      differences.values.map(\.name) == [
        "nishimori_error", "nishimori_label", "nishimori_overlap", "nishimori_answer_square", "nishimori_lp",
        "nishimori_loss",
      ])
    let loss = results.means["loss"]!
    #expect(abs(differences.values[0].value - (loss / 0.5 - 1)) < 1e-15)
    #expect(abs(differences.values[1].value - (results.means["label_product"]! - 0.125)) < 1e-15)
    #expect(abs(differences.values[3].value - (results.means["answer_square"]! - 1)) < 1e-15)
    #expect(abs(differences.values[5].value - (loss - 0.75) / 0.5) < 1e-15)
    #expect(abs(differences.response! - results.means["loss_variance"]! / 0.5) < 1e-15)
    let unbound = NishimoriDifferences(results, task: task, quantities: ["lp", "loss"], teacher: [1, 1], binds: false)
    #expect(unbound.values.map(\.name) == ["nishimori_label", "nishimori_overlap", "nishimori_answer_square"])
  }
}
