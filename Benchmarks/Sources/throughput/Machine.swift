// What this machine can do, measured on the spot.

import CMachine

/// One core's arithmetic and memory.
struct Machine {
  /// Multiplications and additions a second.
  let flops: Double
  /// Bytes a second from memory.
  let bandwidth: Double

  init() {
    var result = 0.0
    let rounds = 100_000
    flops = rate { result += machine_compute(rounds) } * Double(rounds) * 24 * 8
    let numbers = [Double](repeating: 1, count: 1 << 25)
    bandwidth = rate { result += machine_read(numbers, numbers.count) } * Double(numbers.count) * 8
    precondition(result != 0)
  }

  var lines: [String] { [line("peak", perSecond: flops), line("bandwidth", perSecond: bandwidth)] }
}
