// Gradients, normal numbers, drawn networks and solved duals per second, beside what the machine can do.
//
//     swift run -c release --package-path Benchmarks throughput
//     swift run -c release --package-path Benchmarks throughput --gradients n --neurons N
//
// Prints a JSON line for each; or makes n gradients of a linear network of N neurons and prints nothing, for a counter of
// instructions to watch.

import Foundation

do {
  let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
  guard arguments.isEmpty else {
    Gradients.run(arguments[0], neurons: arguments[1])
    exit(0)
  }
  let machine = Machine()
  machine.lines.forEach { print($0) }
  for line in try Gradients.lines(peak: machine.flops) + Draws.lines() + Solutions.lines() { print(line) }
} catch {
  FileHandle.standardError.write(Data("throughput: \(error)\n".utf8))
  exit(1)
}
