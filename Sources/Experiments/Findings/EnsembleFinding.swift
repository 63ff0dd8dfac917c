// The finding on the three ensembles: one law of a neuron, and what tells them apart at finite N.

import JSON
import Networks
import Sampling

extension PaperFinding {
  static let threeEnsembles = PaperFinding(
    id: .threeEnsembles, title: "Three ensembles, one limit",
    statement:
      "Neurons drawn one by one, networks bound softly and networks that solve the task exactly have one law of a neuron as N grows, and differ "
      + "from it by 1/N."
  ) { experiment, path, execution in
    let widths = [10, 40, 160]
    let report = try EnsemblesStudy.answer(
      experiment, options: EnsemblesStudy.options(neurons: widths, tightness: EnsemblesStudy.usualTightness), at: path,
      execution)
    func points(_ kind: EnsemblesReport.Kind) -> [EnsemblesReport.Point] { report.points.filter { $0.kind == kind } }
    let names = report.names.filter { $0 != "loss" }
    let z = report.points.flatMap { point in
      names.compactMap { name -> Double? in
        guard let found = point.observable(name), let exact = found.exact, let error = found.estimate.standardError,
          error > 0
        else { return nil }
        return abs(found.estimate.value - exact) / error
      }
    }
    let largest = z.max() ?? .nan
    // The three moments and populations of three ensembles and widths: by chance one of 54 is beyond 4.5 with probability 4e-4.
    var claims = [
      Claim(
        statement: "Second moments and populations of every ensemble at every N are what is exact there",
        expected: "all \(widths.count * 3 * names.count) within 4.5 standard errors",
        found: "\(z.count) compared, largest |z| \(NumberText.significant(largest, digits: 3))",
        isReproduced: z.count == widths.count * 3 * names.count && largest <= 4.5)
    ]
    let hard = points(.hard)
    if let limit = report.limit(of: "output_second_moment"),
      let change = try HardAsymptotics(report.limit).outputSecondMoment.firstCorrection,
      let widest = hard.last?.observable("output_second_moment")?.estimate
    {
      let n = Double(widths.last!)
      let found = Estimate(
        value: n * (widest.value - limit), standardError: widest.standardError.map { n * $0 })
      // What is left of order 1/N², 1.5/N by the exact values.
      let error = ((found.standardError ?? .infinity) * 4) + 2 / n
      claims.append(
        Claim(
          statement: "N times the hard ensemble's distance from the limit, mean w² at N = \(widths.last!)",
          expected:
            "\(NumberText.significant(change, digits: 5)), the 1/N law of a neuron's marginal, within 4 standard errors and 2/N",
          found: NumberText.estimate(found), isReproduced: abs(found.value - change) <= error))
    }
    let structures = hard.map { abs($0.structure.value - report.limit.meanStructure) }
    claims.append(
      Claim(
        statement: "The structure <rho> of the hard ensemble tends to the limit's",
        expected: "distance at N = \(widths.last!) below a quarter of that at N = \(widths[0])",
        found: structures.map { NumberText.significant($0, digits: 2) }.joined(separator: ", "),
        isReproduced: structures.last! < structures[0] / 4))
    let distances = hard.map(\.distance.value)
    claims.append(
      Claim(
        statement:
          "Neurons of exact networks are told from independent ones at N = \(widths[0]), and not at N = \(widths.last!)",
        expected:
          "energy distance, permutation test: p below 0.01 at N = \(widths[0]), above it at N = \(widths.last!)",
        found: zip(hard, distances).map {
          "\(NumberText.significant($1, digits: 2)) (p \(NumberText.significant($0.pValue, digits: 2)))"
        }.joined(separator: ", "),
        isReproduced: hard[0].pValue < 0.01 && hard.last!.pValue > 0.01))
    claims.append(
      Claim(
        statement: "Networks drawn neuron by neuron have the limit's law at every N",
        expected: "two halves of their networks, permutation test: p above 0.001",
        found: points(.product).map { "p = \(NumberText.significant($0.pValue, digits: 2))" }.joined(separator: ", "),
        isReproduced: points(.product).allSatisfy { $0.pValue > 0.001 }))
    return FindingResult(
      claims: claims,
      evidence: .study(report, figures: nil, mostFigures: 3, mostTables: .max), judgement: report.judgement)
  }
}
