// Gradients, normal numbers, drawn networks and solved duals per second, beside what the machine can do.
//
//     swift run -c release --package-path Benchmarks throughput
//
// Prints a JSON line for each.

import Foundation

do {
  let machine = Machine()
  machine.lines.forEach { print($0) }
  for line in try Gradients.lines(peak: machine.flops) + Draws.lines() + Solutions.lines() { print(line) }
} catch {
  FileHandle.standardError.write(Data("throughput: \(error)\n".utf8))
  exit(1)
}
