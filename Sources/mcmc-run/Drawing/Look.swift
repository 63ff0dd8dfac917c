// How a series looks: told apart by colour, by lightness, by dashes and by points, so that grey prints can be read too.

/// Colour, dashes, points and width of a series.
struct Look: Sendable, Equatable {
  let tone: Tone
  /// gnuplot's dash type: 1 is solid.
  var dash: Int
  /// gnuplot's point type.
  var point: Int
  var width: Double

  /// Whose colour it has.
  enum Tone: Sendable, Equatable {
    case series(Int)
    /// Lines that are there for comparison.
    case muted
    /// The text's own: theory, targets.
    case ink
  }

  private init(tone: Tone, dash: Int, point: Int, width: Double) {
    self.tone = tone
    self.dash = dash
    self.point = point
    self.width = width
  }

  /// The look of the series with this index: all of colour, lightness, dashes and points change from one to the next.
  static func series(_ index: Int) -> Look {
    Look(
      tone: .series(index % Palette.light.count), dash: [1, 2, 4, 5, 3][index % 5],
      point: [7, 5, 9, 13, 6, 4, 8, 12][index % 8], width: 1.8)
  }

  /// What is expected or wanted: black on white, hollow diamonds, dashed lines.
  static let theory = Look(tone: .ink, dash: 2, point: 12, width: 1.4)

  /// What is there for comparison: grey and thin.
  static let muted = Look(tone: .muted, dash: 2, point: 6, width: 0.9)

  /// The same with a solid line of a width in pixels, for lines that wander, on which dashes cannot be seen.
  func solid(_ width: Double) -> Look {
    var look = self
    look.dash = 1
    look.width = width
    return look
  }

  /// The same, with hollow points: what is not to be relied on.
  var hollow: Look {
    var look = self
    look.point = [7: 6, 5: 4, 9: 8, 11: 10, 13: 12][point] ?? point
    return look
  }

  /// Light filled points: of clouds, on which lines are drawn.
  static let cloud = Look(tone: .series(4), dash: 1, point: 7, width: 1)

  var colour: String {
    switch tone {
    case .series(let index): Palette.light[index]
    case .muted: Palette.muted
    case .ink: Palette.ink
    }
  }
}
