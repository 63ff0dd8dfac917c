// What `diagnose` would say of the draws so far: the worst of all observables, over all chains.

import Sampling

/// The smallest effective sample size and the largest R-hat of a run's observables at one moment.
package struct ProgressDiagnosis: Sendable, Equatable {
  /// An observable and its value.
  package struct Worst: Sendable, Equatable {
    package let name: String
    package let value: Double

    package init(name: String, value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// The smallest bulk effective sample size of all chains together; nil if no observable varies.
  package let essBulk: Worst?
  /// The largest R-hat; of a single chain, that of its parts.
  package let rHat: Worst?
  /// An observable with NaN or infinite draws.
  package let notFinite: String?
  /// Whether every draw of every observable was looked at; otherwise the effective sample size is a lower bound.
  package let isComplete: Bool

  /// Diagnoses the draws that all chains have; nil if that are too few.
  ///
  /// The same functions as `diagnose`: equal to what it says of these draws where ``isComplete``.
  ///
  /// - Parameter part: look at one draw of so many, where there is no time for all.
  package init?(_ chains: [DrawHistory.Content], part: Int = 1) {
    guard let longest = chains.map(\.stride).max(), let names = chains.first?.names,
      chains.allSatisfy({ $0.names == names })
    else { return nil }
    let stride = longest * part
    let steps = chains.map { stride / $0.stride }
    let count = zip(chains, steps).map { ($0.count + $1 - 1) / $1 }.min() ?? 0
    guard count >= Diagnostics.minimumDraws else { return nil }
    var (essBulk, rHat, notFinite): (Worst?, Worst?, String?)
    for (scalar, name) in names.enumerated() {
      let draws = zip(chains, steps).map { $0.column(scalar, every: $1, limit: count) }
      guard let summary = try? ObservableSummary(name: name, draws: draws) else { continue }
      if summary.nonFiniteDraws > 0 { notFinite = notFinite ?? name }
      if summary.rHat > rHat?.value ?? -.infinity { rHat = Worst(name: name, value: summary.rHat) }
      if !summary.isConstant, summary.essBulk < essBulk?.value ?? .infinity {
        essBulk = Worst(name: name, value: summary.essBulk)
      }
    }
    self.essBulk = essBulk
    self.rHat = rHat
    self.notFinite = notFinite
    isComplete = stride == 1 && names.count == chains[0].scalars
  }
}

/// Diagnoses again and again, and spends little of a processor on it.
struct ProgressWatch {
  /// Seconds between two diagnoses, at least; and how many times what the last one took.
  private static let pause = 1.0
  private static let patience = 25.0
  /// A last diagnosis that would take longer than this is made of a part of the draws: an old one would be no word on the last.
  private static let lastSeconds = 0.8
  /// Before one of enough values has been timed.
  private static let secondsPerValue = 4e-7
  private static let enoughValues = 50_000

  private(set) var diagnosis: ProgressDiagnosis?
  private var drawsSeen = 0
  private var valuesSeen = 0
  private var cost = 0.0
  private var next = ContinuousClock.now

  /// Diagnoses the table's chains, if it is time and there is something new.
  mutating func look(at table: ProgressTable, isLast: Bool) {
    let now = ContinuousClock.now
    guard isLast || now >= next else { return }
    let chains = table.chains.filter { $0.activity != .failed }.compactMap { $0.history?.now }
    let draws = chains.map(\.draws).reduce(0, +)
    let values = chains.map(\.values.count).reduce(0, +)
    guard !chains.isEmpty, draws > drawsSeen else { return }
    let perValue = valuesSeen > Self.enoughValues ? cost / Double(valuesSeen) : Self.secondsPerValue
    if isLast {
      let part = (1...1 << 20).wholeNumber(roundingUp: Double(values) * perValue / Self.lastSeconds)
      diagnosis = ProgressDiagnosis(chains, part: part)
    } else if let found = ProgressDiagnosis(chains) {
      diagnosis = found
    }
    let end = ContinuousClock.now
    cost = (end - now) / .seconds(1)
    (drawsSeen, valuesSeen) = (draws, values)
    next = end + .seconds(max(Self.pause, Self.patience * cost))
  }
}
