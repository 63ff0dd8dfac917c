// What `evaluate` says for people of populations.

import Experiments

extension PopulationReport {
  func text(_ style: TextStyle) -> String {
    var text = "\nPopulations in \(networks) kept networks\n\n"
    if let legend = occupancyLegend {
      var table = TextTable(
        [(occupancyColumns[0], .left)] + occupancyColumns.dropFirst().map { ($0, .right) })
      for row in occupancyRows { table.add(row.map { .init($0) }) }
      text += table.text(style)
      text += (legend.isConsistent ? legend.text : style.bad(legend.text)) + "\n\n"
    }
    var table = TextTable([("", .left), ("", .left)])
    for row in statisticRows { table.add([.init(row.name), .init(row.value)]) }
    text += table.text(style)
    for note in notes { text += "not computed: \(note)\n" }
    return text
  }
}
