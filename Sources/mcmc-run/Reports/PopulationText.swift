// What `evaluate` says for people of populations.

import Experiments

extension PopulationReport {
  func text(_ style: TextStyle) -> TextDocument {
    var document = TextDocument()
    document.heading("Populations in \(networks) kept networks")
    if let legend = occupancyLegend {
      document.table(TextTable(occupancyColumns, rows: occupancyRows))
      document.prose(legend.isConsistent ? legend.text : style.bad(legend.text))
    }
    if !measureRows.isEmpty { document.table(TextTable(measureColumns, rows: measureRows)) }
    document.prose(notes.map { "not computed: \($0)" }.joined(separator: "\n"))
    return document
  }
}
