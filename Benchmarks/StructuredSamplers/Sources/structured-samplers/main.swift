// Effective draws per second of the structured samplers on the peers' targets (Benchmarks/peers).
//
//     swift run -c release --package-path Benchmarks/StructuredSamplers structured-samplers [target ...] [--draws n] [--chains n] [--gsl] [--table]

import Foundation
import Sampling

var arguments = Array(CommandLine.arguments.dropFirst())

/// Removes `name` and the whole number after it.
func takeOption(_ name: String, from arguments: inout [String]) -> Int? {
  guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
  let value = Int(arguments[index + 1])
  arguments.removeSubrange(index...index + 1)
  return value
}

let draws = takeOption("--draws", from: &arguments)
let chains = takeOption("--chains", from: &arguments) ?? ProcessInfo.processInfo.activeProcessorCount
let seed = UInt64(takeOption("--seed", from: &arguments) ?? 1)
let sweeps = takeOption("--sweeps", from: &arguments) ?? 4
/// The package's own generator, whose normal numbers are made by the block; `--gsl` takes GSL's Mersenne Twister instead.
let generator = arguments.contains("--gsl") ? RandomStream.defaultGenerator : RandomStream.vectorGenerator
arguments.removeAll { $0 == "--gsl" }
let showsTable = arguments.contains("--table")
arguments.removeAll { $0 == "--table" }
let data = URL(filePath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../peers/data")

/// The peers' best, from Benchmarks/peers/README.md: effective draws per second on both cores, without and with warm-up.
let best = [
  "glm-100": (67e3, 24e3), "glm-1000": (1850, 880), "two-layer-100": (750, 310), "single": (1.8e6, 760e3),
]

let targets = arguments.isEmpty ? ["glm-100", "glm-1000", "two-layer-100", "single"] : arguments
for target in targets {
  let measurement: Measurement
  switch target {
  case "glm-100":
    measurement = try measureLinearNetwork(
      neurons: 100, draws: draws ?? 300_000, chains: chains, data: data, seed: seed, generator: generator)
  case "glm-1000":
    measurement = try measureLinearNetwork(
      neurons: 1000, draws: draws ?? 50_000, chains: chains, data: data, seed: seed, generator: generator)
  case "two-layer-100":
    measurement = try measureTwoLayer(
      neurons: 100, sweeps: sweeps, draws: draws ?? 20_000, chains: chains, data: data, seed: seed, generator: generator
    )
  case "single":
    measurement = try measureSingle(draws: draws ?? 1_000_000, chains: chains, seed: seed, generator: generator)
  default:
    print("unknown target \(target); known: \(best.keys.sorted().joined(separator: ", "))")
    exit(64)
  }
  let (peer, peerTotal) = best[target]!
  print(
    String(
      format:
        "%@  %@: %.3g effective draws/s (x%.1f), by processor time %.3g (x%.1f), with warm-up %.3g (x%.1f); worst %@, ESS %.0f of %d, R-hat %.4f",
      target, measurement.kernel, measurement.effectiveRate, measurement.effectiveRate / peer,
      measurement.processorRate, measurement.processorRate / peer, measurement.totalRate,
      measurement.totalRate / peerTotal,
      measurement.worst.name, measurement.worst.essBulk,
      measurement.chains * measurement.draws, measurement.summaries.map(\.rHat).max()!))
  if showsTable {
    for summary in measurement.summaries {
      print(
        String(
          format: "  %-28@ %12.6f +- %.6f  sd %.6f  ESS %.0f", summary.name as NSString, summary.mean, summary.mcseMean,
          summary.sd, summary.essBulk))
    }
  }
}
