// "sine": a constant input sets the frequency of the output.

import JSON
import Networks

/// Sine waves.
package struct SineTask: GeneratedTrials {
  package static let kind = "sine"
  private static let periods = PeriodKeys(periods: [("duration", 1000, "a trial", false)], step: 50)
  package static let keys =
    [
      SpecKey(
        "frequencies", .numbers(NumberRange(lower: 1e-6, upper: 1e6, includesLower: true), maximumCount: 1000),
        .defaultsTo(.numbers([1, 2])),
        "in Hz; the trials take them in turn, the input is the frequency over the largest")
    ] + periods.keys + TrialSettings.keys

  let law: SineTrials
  let settings: TrialSettings

  package init(from reader: SpecReader) throws(SpecError) {
    law = SineTrials(periods: try Self.periods.read(reader), frequencies: try reader.numbers("frequencies"))
    settings = try TrialSettings(from: reader)
    let step = law.periods.step
    if let index = law.frequencies.firstIndex(where: { $0 * step >= 500 }) {
      throw reader.source.error(
        at: reader.path + "frequencies" + index,
        "\(JSONValue.number(law.frequencies[index]).text()) Hz have two steps of \(JSONValue.number(step).text()) ms per cycle or fewer, so that no sine is seen; "
          + "allowed: less than \(JSONValue.number(500 / step).text()) Hz at this dt")
    }
  }

  package var json: JSONValue {
    .object(
      [("kind", .string(Self.kind)), ("frequencies", .numbers(law.frequencies))] + Self.periods.members(law.periods)
        + settings.members)
  }
}
