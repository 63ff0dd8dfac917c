// Long lines with few points: of each piece the smallest and the largest value, so that no excursion is lost.

/// Thinning of a series for a picture.
enum Thinning {
  /// The places and values of a line of at most `most` points: all, or the extremes of equal pieces in their order.
  static func extremes(_ values: [Double], most: Int) -> (x: [Double], y: [Double]) {
    guard values.count > most, most >= 4 else { return (values.indices.map(Double.init), values) }
    let pieces = most / 2
    var (x, y): ([Double], [Double]) = ([], [])
    for piece in 0..<pieces {
      let range = piece * values.count / pieces..<(piece + 1) * values.count / pieces
      guard let low = range.min(by: { values[$0] < values[$1] }), let high = range.max(by: { values[$0] < values[$1] })
      else { continue }
      for index in low == high ? [low] : [min(low, high), max(low, high)] {
        x.append(Double(index))
        y.append(values[index])
      }
    }
    return (x, y)
  }
}
