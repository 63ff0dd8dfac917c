// How each kind of series is plotted.

import Sampling
import Storage

extension FigureScript {
  func stroke(_ look: Look) -> String {
    "linecolor rgb '\(look.colour)' linewidth \(number(look.width)) dashtype \(look.dash)"
  }

  func dot(_ look: Look, size: Double = 0.55) -> String {
    "pointtype \(look.point) pointsize \(number(size)) linecolor rgb '\(look.colour)' linewidth 1.2 dashtype 1"
  }

  func plot(_ series: Series, _ columns: [Int], _ placed: FigureLayout.PlacedPanel) -> [Plot] {
    let c = columns.map(String.init)
    let commands: [String]
    switch series.mark {
    case .line: commands = ["DATA using \(c[0]):\(c[1]) with lines \(stroke(series.look))"]
    case .steps: commands = ["DATA using \(c[0]):\(c[1]) with steps \(stroke(series.look))"]
    case .points(_, let y, let bars, let isJoined):
      let size = y.count > 100 ? 0.22 : y.count > 50 ? 0.4 : 0.55
      let line = isJoined ? ["DATA using \(c[0]):\(c[1]) with lines \(stroke(series.look))"] : []
      commands =
        line + [
          barred("\(c[0]):\(c[1])", bars, value: c[1], c.dropFirst(2), "y", dot(series.look, size: size))
        ]
    case .spread(_, _, let bars):
      commands = [barred("\(c[1]):\(c[0])", bars, value: c[1], c.dropFirst(2), "x", dot(series.look))]
    case .band:
      var edge = series.look
      edge.width = 0.7
      commands = [
        "DATA using \(c[0]):\(c[1]):\(c[2]) with filledcurves linecolor rgb '\(series.look.colour)' fillstyle transparent solid 0.2 noborder",
        "DATA using \(c[0]):\(c[1]) with lines \(stroke(edge))",
        "DATA using \(c[0]):\(c[2]) with lines \(stroke(edge))",
      ]
    case .boxes(_, _, let width):
      commands = [
        "DATA using \(c[0]):\(c[1]):(\(width)) with boxes linecolor rgb '\(series.look.colour)' linewidth 0.8 dashtype 1 fillstyle transparent solid 0.3 border linecolor rgb '\(series.look.colour)'"
      ]
    case .image(let x, let y, _, let colours, let texts, let notes):
      let cell = (
        width: placed.width / Double(max(1, Set(x).count)), height: placed.height / Double(max(1, Set(y).count))
      )
      func fits(_ texts: [String]) -> Bool {
        (texts.map(LabelWidth.of).max() ?? 0) + 8 <= cell.width
      }
      let middle = (colours.low + colours.high) / 2
      let dark =
        colours.isDiverging
        ? "abs($\(c[2])) > \(0.6 * colours.high)" : "$\(c[2]) > \(middle + 0.1 * (colours.high - middle))"
      func labels(_ column: String, _ offset: Double) -> String {
        "DATA using \(c[0]):\(c[1]):(stringcolumn(\(column))):(\(dark) ? 0xffffff : 0x1c2430) with labels textcolor rgb variable offset 0,\(offset)"
      }
      // Boxes, since gnuplot's images need two rows and columns at least.
      var plots = [
        "DATA using \(c[0]):\(c[1]):($\(c[0])-0.5):($\(c[0])+0.5):($\(c[1])-0.5):($\(c[1])+0.5):\(c[2]) with boxxyerror linecolor palette fillstyle solid noborder"
      ]
      guard let fitting = texts.firstIndex(where: fits), cell.height > 14 else {
        commands = plots
        break
      }
      let hasNotes = notes.map { fits($0) && cell.height > 36 } ?? false
      plots.append(labels(c[3 + fitting], hasNotes ? 0.5 : 0))
      if hasNotes { plots.append(labels(c[3 + texts.count], -0.5)) }
      commands = plots
    case .level, .upright, .diagonal, .shade: commands = []
    }
    return commands.map { Plot(command: $0, title: series.name) }
  }

  /// Points with bars along an axis.
  private func barred(
    _ places: String, _ bars: Series.Bars, value: String, _ columns: ArraySlice<String>, _ axis: String, _ dot: String
  ) -> String {
    switch bars {
    case .none: "DATA using \(places) with points \(dot)"
    case .standardErrors:
      "DATA using \(places):($\(value)-$\(columns.first!)):($\(value)+$\(columns.first!)) with \(axis)errorbars \(dot)"
    case .intervals:
      "DATA using \(places):\(columns.first!):\(columns.last!) with \(axis)errorbars \(dot)"
    }
  }
}
