// What `check` says for people: draws against exact and asymptotic predictions.

import Experiments
import JSON
import Networks
import Sampling

extension CheckReport {
  var status: CommandStatus { check.passed ? .done : .checkFailed }

  /// A table for people: long families of checks are shown by their worst member.
  func text(_ style: TextStyle) -> TextDocument {
    var table = TextTable([
      ("check", .left), ("estimate", .right), ("expected", .right), ("z", .right), ("status", .left),
    ])
    for family in families {
      // A file has them all.
      guard family.members.count > 8, style.format == .text else {
        for result in family.members { table.add(row(result, result.name)) }
        continue
      }
      let worst = family.members.max { abs($0.z) < abs($1.z) || $0.z.isNaN }!
      table.add(row(worst, "\(worst.name) (worst of \(family.members.count))"))
    }
    var document = TextDocument(title: "\(name): draws against theory")
    document.table(table)
    document.prose(dataWords + asymptotics + verdict(style))
    return document + sharpened
  }

  /// A table of the estimates that are sharper than averages of draws.
  private var sharpened: TextDocument {
    var document = TextDocument()
    guard let first = raoBlackwell.first else { return document }
    var table = TextTable([
      ("average", .left), ("output weights integrated out", .right), ("as drawn", .right), ("sharper", .right),
    ])
    for estimate in raoBlackwell {
      table.add([
        .init(estimate.name), Self.cell(estimate.estimate, estimate.standardError),
        Self.cell(estimate.rawEstimate, estimate.rawStandardError), Self.sharpness(estimate),
      ])
    }
    let answer =
      isInTime
      ? "the first output at the end of a trial of constant input s in context c"
      : "the answer to held-out stimulus s in context c"
    document.heading("Sharper estimates, of \(first.draws) draws (output[s,c]: \(answer))")
    document.table(table)
    return document
  }

  /// An average with its error, alone where the draws are too few to tell one.
  private static func cell(_ value: Double, _ error: Double) -> TextTable.Cell {
    error.isNaN ? .estimate(Estimate(value: value, standardError: nil)) : .plusMinus(value, error)
  }

  private static func sharpness(_ estimate: RaoBlackwellEstimate) -> TextTable.Cell {
    guard !estimate.standardError.isNaN, !estimate.rawStandardError.isNaN else { return .missing("too few draws") }
    return estimate.gain.isFinite ? .number(estimate.gain, digits: 2).marked(" times") : .missing("-")
  }

  /// What the task's data mean, and what of the table holds on average over data sets only.
  private var dataWords: String {
    let average = check.results.filter { $0.name.hasPrefix("nishimori_") }.map(\.name)
    return (remarks?.sentences ?? []).map { $0 + "\n" }.joined()
      + (average.isEmpty
        ? ""
        : "one teacher decides nothing: \(average.joined(separator: " and ")) hold on average over teachers; "
          + "mcmc-run teacher-student tests them\n")
  }

  /// The orders of the asymptotic predictions, a line for each.
  private var asymptotics: String {
    let sources = families.flatMap(\.members).filter { $0.status == .asymptotic }.map(\.source)
    let distinct = sources.indices.filter { !sources[..<$0].contains(sources[$0]) }.map { sources[$0] }
    return distinct.map { "asymptotic, does not decide: \($0)\n" }.joined() + blindness
      + leftOut.map { "left out, as it cannot be computed: \($0)\n" }.joined()
  }

  /// Which identities of the weights cannot tell, where others can.
  private var blindness: String {
    let telling = check.results.filter { $0.status == .exact && $0.name.hasPrefix("balance[") }.map(\.name)
    guard !check.blindIdentities.isEmpty, !telling.isEmpty else { return "" }
    return
      "too noisy to tell: \(check.blindIdentities.joined(separator: ", ")); the task's force, which makes them so, cancels in "
      + "\(telling.joined(separator: ", "))\n"
  }

  private var families: [(key: String, members: [CheckResult])] {
    var list: [(key: String, members: [CheckResult])] = []
    for result in check.results {
      let key = result.name.prefix { $0 != "[" } + " " + result.status.rawValue
      if let index = list.firstIndex(where: { $0.key == key }) {
        list[index].members.append(result)
      } else {
        list.append((String(key), [result]))
      }
    }
    return list
  }

  private func row(_ result: CheckResult, _ name: String) -> [TextTable.Cell] {
    let isWrong = result.status == .exact && !(abs(result.z) <= check.threshold)
    return [
      .init(name), Self.cell(result.estimate, result.standardError),
      .number(Self.withoutRounding(result), digits: 5), .number(result.z.isNaN ? nil : result.z, digits: 2),
      TextTable.Cell(isWrong ? "WRONG" : result.status.rawValue).dressed { isWrong ? $0.bad($1) : $1 },
    ]
  }

  /// The prediction, with a rounding error of zero shown as zero.
  private static func withoutRounding(_ result: CheckResult) -> Double {
    abs(result.expected) < 1e-9 * result.standardError ? 0 : result.expected
  }

  private func verdict(_ style: TextStyle) -> String {
    let exact = check.results.filter { $0.status == .exact }
    let largest = exact.map { abs($0.z) }.max() ?? 0
    let rate = NumberText.significant(check.falseAlarmRate, digits: 1)
    let bound =
      "|z| <= \(NumberText.significant(check.threshold, digits: 3)) (false-alarm rate \(rate) for all together)"
    var text: String
    if check.isUndecided {
      text = style.bad("UNDECIDED") + ", not passed: \(check.doubts.map(\.description).joined(separator: "; "))"
      if !check.failures.isEmpty {
        text += "\n\(check.failures.count) of \(exact.count) exact checks violate \(bound), "
        text += "which proves nothing of such draws"
      }
    } else if check.passed {
      text =
        style.good("PASSED") + ": \(exact.count) exact checks, largest |z| = "
        + "\(NumberText.significant(largest, digits: 3)), allowed \(bound)"
    } else {
      text = style.bad("FAILED") + ": \(check.failures.count) of \(exact.count) exact checks violate \(bound)"
    }
    if let biasedSampler { text += "\nThe sampler \(biasedSampler) is \(style.bad("BIASED")): it has no accept step." }
    return text
  }
}
