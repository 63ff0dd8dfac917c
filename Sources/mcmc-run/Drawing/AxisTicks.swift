// Where ticks stand and what they say: few enough to be read, in numbers that are short.

import Sampling
import Storage

/// The ticks of an axis between two ends.
struct AxisTicks: Sendable {
  /// Places with their labels; minor ticks have none.
  let ticks: [(at: Double, label: String)]
  /// What the labels are multiples of, "×10⁻⁶"; nil for 1.
  let factor: String?

  /// The widest label's width, in units of the layout.
  var width: Double { ticks.map { LabelWidth.of($0.label) }.max() ?? 0 }

  /// At most about `count` ticks of an axis; names are cut to `longest` characters.
  init(_ axis: Axis, from low: Double, to high: Double, count: Int, longest: Int) {
    switch axis.scale {
    case .names(let names):
      factor = nil
      // Of very many names every second, third ... is written.
      let step = max(1, (names.count + count - 1) / max(count, 1))
      ticks = names.indices.filter { $0 % step == 0 }.map { (Double($0), Self.cut(names[$0], longest)) }
    case .linear, .whole:
      (ticks, factor) = Self.linear(low, high, count: count, least: axis.scale == .whole ? 1 : 0)
    case .logarithmic:
      let decades = log10(high / low)
      guard decades >= 1.2 else {
        (ticks, factor) = Self.linear(low, high, count: count)
        return
      }
      factor = nil
      let step = max(1, Int((decades / Double(max(count, 2))).rounded(.up)))
      let first = Int(log10(low).rounded(.up) + 0.0)
      let last = Int((log10(high) + 1e-9).rounded(.down))
      var found: [(at: Double, label: String)] = []
      for power in stride(from: first, through: max(first, last), by: 1) {
        found.append((pow(10, Double(power)), (power - first) % step == 0 ? Self.power(power) : ""))
      }
      ticks = found
    }
  }

  private static func linear(_ low: Double, _ high: Double, count: Int, least: Double = 0) -> (
    [(at: Double, label: String)], String?
  ) {
    let step = niceStep(max(least, (high - low) / Double(max(count, 2))))
    let size = max(abs(low), abs(high))
    var exponent = 0
    if size >= 1e5 || size < 1e-2 { exponent = Int(log10(size).rounded(.down)) }
    let unit = pow(10, Double(exponent))
    let digits = max(0, -Int((log10(step / unit) + 1e-9).rounded(.down)))
    let first = (low / step - 1e-9).rounded(.up)
    let last = (high / step + 1e-9).rounded(.down)
    var ticks: [(at: Double, label: String)] = []
    var k = first
    while k <= last && ticks.count < 50 {
      let value = k * step
      ticks.append((value, minus(String(format: "%.\(min(digits, 15))f", k == 0 ? 0 : value / unit))))
      k += 1
    }
    return (ticks, exponent == 0 ? nil : "×" + power(exponent))
  }

  /// The smallest 1, 2 or 5 times a power of ten that is not below `step`.
  static func niceStep(_ step: Double) -> Double {
    let unit = pow(10, log10(step).rounded(.down))
    for factor in [1.0, 2, 5] where factor * unit >= step * (1 - 1e-9) { return factor * unit }
    return 10 * unit
  }

  /// "10⁻³".
  static func power(_ exponent: Int) -> String {
    let raised = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return "10" + String("\(exponent)".map { $0 == "-" ? "⁻" : raised[Int(String($0))!] })
  }

  private static func minus(_ text: String) -> String { text.hasPrefix("-") ? "−" + text.dropFirst() : text }

  /// The head and the tail of a long name.
  static func cut(_ name: String, _ longest: Int) -> String {
    guard name.count > longest, longest > 4 else { return name }
    return String(name.prefix(longest - 1 - longest / 3)) + "…" + String(name.suffix(longest / 3))
  }
}
