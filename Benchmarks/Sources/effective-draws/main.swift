// Effective draws per second of the peers' targets (Benchmarks/peers), by the sampler that `"kind": "auto"` picks for them.
//
//     swift run -c release --package-path Benchmarks effective-draws TARGET [--seed n] [--seconds s]
//
// Prints one JSON line with the keys of the peers' own benchmark.

import Foundation
import PeerTargets
import Sampling

/// The command line, taken apart.
struct Request {
  let target: PeerCase
  var seed: UInt64 = 1
  /// Of sampling, about; 0: as long as the target needs.
  var seconds = 0.0

  init(_ arguments: [String]) throws {
    var target: PeerCase?
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--seed": seed = try Self.number(argument, rest.popFirst(), UInt64.init)
      case "--seconds": seconds = try Self.number(argument, rest.popFirst(), Double.init)
      default: target = PeerCase(rawValue: argument)
      }
      if argument.first != "-", target == nil { throw Misuse(description: "unknown target \(argument)") }
    }
    guard let target else {
      throw Misuse(description: "one target of \(PeerCase.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self.target = target
  }

  private static func number<Value>(_ name: String, _ text: String?, _ read: (String) -> Value?) throws -> Value {
    guard let value = text.flatMap(read) else { throw Misuse(description: "\(name) takes a number") }
    return value
  }

  struct Misuse: Error, CustomStringConvertible { let description: String }
}

do {
  let request = try Request(Array(CommandLine.arguments.dropFirst()))
  let cores = ProcessInfo.processInfo.activeProcessorCount
  print(try request.target.measure(chains: cores, seed: request.seed, seconds: request.seconds).json)
} catch {
  FileHandle.standardError.write(Data("effective-draws: \(error)\n".utf8))
  exit(1)
}
