// The picture of trajectories' energies: how widely they are spread, and how far fresh momenta move them.

import Experiments
import Sampling

extension RunFigures {
  /// The energies less their mean, and their changes from draw to draw (Betancourt 2016); nil for kernels without trajectories.
  func energies() throws -> Figure? {
    guard let energies = try run.energies() else { return nil }
    let marginal = energies.flatMap { chain -> [Double] in
      let mean = chain.reduce(0) { $0 + $1 / Double(chain.count) }
      return chain.map { $0 - mean }
    }
    let changes = energies.flatMap { chain in zip(chain.dropFirst(), chain).map { $0 - $1 } }
    guard let spread = DrawDistribution(marginal), let moved = DrawDistribution(changes), !spread.isDiscrete,
      !moved.isDiscrete
    else { return nil }
    let factors = Diagnostics.eBFMI(energies: energies)
    func outline(_ found: DrawDistribution) -> (x: [Double], y: [Double]) {
      let left = found.places.map { $0 - found.width / 2 }
      return (left + [left[left.count - 1] + found.width], found.heights + [0])
    }
    let line = outline(moved)
    let numbers = factors.indices.map(Double.init)
    return Figure(
      name: "energies", title: "Energies",
      caption:
        "Energies less each chain's mean, and their changes from draw to draw. Fresh momenta explore all energies well where the two are about as wide. E-BFMI is the ratio of their mean squares; below 0.3 (the line) it is too small.",
      alternativeText:
        "Histograms of energies and of their changes; E-BFMI between \(NumberText.significant(factors.min() ?? .nan, digits: 3)) and \(NumberText.significant(factors.max() ?? .nan, digits: 3)).",
      panels: [
        Panel(
          x: Axis("energy (nats)"), y: Axis("density", from: 0),
          series: [
            Series(
              "energies less their mean", name: "density of energies",
              .boxes(x: spread.places, y: spread.heights, width: spread.width), .series(0)),
            .steps("changes", name: "density of changes", x: line.x, y: line.y, Look.series(1).solid(1.8)),
          ]),
        Panel(
          x: Axis(
            "chain", from: -0.6, to: Double(factors.count) - 0.4, scale: .names(factors.indices.map(String.init))),
          y: Axis("E-BFMI", from: 0),
          series: [.level(0.3, "too small below", Look.theory), .points("E-BFMI", x: numbers, y: factors, .series(2))]),
      ])
  }
}
