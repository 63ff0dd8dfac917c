// The groups and variables of an export in ArviZ's schema, and one pass over the segments that fills them.

import Sampling

/// One variable of an export: `[chain, draw, ...]`.
struct ExportVariable {
  /// Where its values come from.
  enum Origin {
    case observable(ObservableVariable)
    case statistic(String)
  }

  let name: String
  let axes: [ObservableVariable.Axis]
  /// How its values are written.
  let kind: TransitionFigure.Kind
  let origin: Origin
  /// Numbers in one draw.
  var count: Int { axes.reduce(1) { $0 * $1.length } }
}

/// One group of an export.
struct ExportGroup {
  let name: String
  let phase: Phase
  let variables: [ExportVariable]
}

/// Some draws of one variable of one chain.
struct ExportPiece {
  let group: Int
  let variable: Int
  /// The place of the chain, from 0.
  let chain: Int
  let firstDraw: Int
  let draws: Int
  /// `[draw, ...]`.
  let values: [Double]
}

/// What goes into an export in ArviZ's schema.
struct ExportPlan {
  let groups: [ExportGroup]

  init(_ schema: DrawSchema, phases: [Phase]) {
    let posterior = schema.observables.map {
      ExportVariable(name: $0.name, axes: $0.axes, kind: .real, origin: .observable($0))
    }
    // ArviZ looks for the log density among the sampler's statistics; it stays an observable too, so that every scalar
    // observable can be summarised.
    let logDensity = posterior.filter { $0.name == "lp" && $0.axes.isEmpty }
    // What no kernel of this version reports is a real number.
    let statistics = schema.statistics.map { name in
      let figure = Transition.figures.first { $0.name == name }
      return ExportVariable(name: name, axes: [], kind: figure?.kind ?? .real, origin: .statistic(name))
    }
    groups = phases.flatMap { phase in
      let prefix = phase == .warmup ? "warmup_" : ""
      return [
        ExportGroup(name: prefix + "posterior", phase: phase, variables: posterior),
        ExportGroup(name: prefix + "sample_stats", phase: phase, variables: logDensity + statistics),
      ].filter { !$0.variables.isEmpty }
    }
  }

  /// Reads every segment once and gives `take` its part of every variable; within a variable the pieces come in chain and
  /// draw order.
  func forEachPiece(of reader: RunReader, draws: [Phase: Int], _ take: (ExportPiece) throws -> Void) throws {
    for (chain, number) in reader.chains.enumerated() {
      for phase in Phase.allCases where groups.contains(where: { $0.phase == phase }) {
        try reader.forEachSegment(ofChain: number, phase) { segment in
          let count = min(segment.header.draws, draws[phase]! - segment.header.firstDraw)
          guard count > 0 else { return }
          for (group, description) in groups.enumerated() where description.phase == phase {
            for (variable, what) in description.variables.enumerated() {
              let values =
                switch what.origin {
                case .observable(let observable): try segment.observable(observable)
                case .statistic(let name): try segment.statistic(name)
                }
              try take(
                ExportPiece(
                  group: group, variable: variable, chain: chain, firstDraw: segment.header.firstDraw, draws: count,
                  values: Array(values.prefix(count * what.count))))
            }
          }
        }
      }
    }
  }
}

/// Numbers that must be whole.
func wholeNumbers(_ values: [Double], name: String) throws -> [Int64] {
  try values.map { value in
    guard let whole = Int64(exactly: value) else {
      throw StorageError.export("\(name) should count something, but a draw has \(value)")
    }
    return whole
  }
}
