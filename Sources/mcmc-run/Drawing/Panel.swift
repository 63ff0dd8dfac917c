// One system of axes and what is drawn in it.

/// A panel of a figure.
struct Panel: Sendable {
  /// A line above the panel; nil for none.
  var title: String?
  var x: Axis
  var y: Axis
  /// Drawn in this order: what comes later lies above.
  var series: [Series]
  var height: Height

  /// How high a panel is beside its width.
  enum Height: Sendable {
    case regular
    /// For residuals and the like below another panel.
    case low
    /// As high as wide, for clouds and images.
    case square
    /// So many lines of text, for axes with a name a row.
    case rows(Int)
  }

  init(title: String? = nil, x: Axis, y: Axis, series: [Series], height: Height = .regular) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.height = height
  }

  /// Whether nothing in it can be seen: no finite value, or axes without a range.
  var isEmpty: Bool { !series.contains(where: \.isVisible) }
}
