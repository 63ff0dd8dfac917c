// The key of a figure: samples that look as the series do, and their words, in a place of their own.

import Sampling
import Storage

extension FigureScript {
  /// What titles of the key's samples begin with, by which they are known in an SVG.
  static let keyMark = "key: "

  /// Samples and words below the panels, on axes whose units are those of the layout.
  func key(_ layout: FigureLayout) -> (lines: [String], plots: [Plot]) {
    guard !layout.key.isEmpty else { return ([], []) }
    var blocks: [String] = []
    var plots: [Plot] = []
    for (index, entry) in layout.key.enumerated() {
      let (left, right, y) = (entry.left, entry.left + FigureLayout.sample, layout.height - entry.middle)
      let middle = (left + right) / 2
      func add(_ command: String) {
        plots.append(Plot(command: "$K\(index) using \(command)", title: Self.keyMark + entry.text))
      }
      let look = entry.series.look
      let both = [left, right].map { "\(number($0)),\(number(y)),\(number(y - 5)),\(number(y + 5))" }
      let one = ["\(number(middle)),\(number(y)),\(number(y - 6)),\(number(y + 6)),\(number(left)),\(number(right))"]
      var rows = both
      switch entry.series.mark {
      case .line, .steps, .level, .upright, .diagonal:
        add("1:2 with lines \(stroke(look))")
      case .points(_, _, let bars, let isJoined):
        rows = one
        if isJoined {
          add("5:2:($6-$5):(0) with vectors nohead \(stroke(look))")
        }
        if case .none = bars {
          add("1:2 with points \(dot(look))")
        } else {
          add("1:2:3:4 with yerrorbars \(dot(look))")
        }
      case .spread(_, _, let bars):
        rows = one
        if case .none = bars {
          add("1:2 with points \(dot(look))")
        } else {
          add("1:2:5:6 with xerrorbars \(dot(look))")
        }
      case .band, .shade:
        let solid = if case .band = entry.series.mark { "0.2" } else { "0.15" }
        add("1:3:4 with filledcurves linecolor rgb '\(look.colour)' fillstyle transparent solid \(solid) noborder")
        if case .band = entry.series.mark {
          for column in [3, 4] {
            add("1:\(column) with lines \(stroke(look.solid(0.7)))")
          }
        }
      case .boxes:
        add("1:3:4 with filledcurves linecolor rgb '\(look.colour)' fillstyle transparent solid 0.35 border")
      case .image: continue
      }
      blocks += ["$K\(index) << END", "x,y,low,high,left,right"] + rows + ["END"]
      blocks.append(
        "set label \(Gnuplot.quoted(entry.text)) at \(place(right + 6, entry.middle, layout)) left")
    }
    let lines =
      [
        margins(0, 0, layout.width, layout.height, layout), "unset border; unset xtics; unset ytics; unset colorbox",
        "unset logscale x; unset logscale y",
        "set xrange [0:\(number(layout.width))]; set yrange [0:\(number(layout.height))]",
      ] + blocks + [command(plots), "unset label"]
    return (lines, plots)
  }
}
