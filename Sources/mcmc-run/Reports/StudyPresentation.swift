// How studies are told to people.

import Experiments

/// How a study's report is told to people.
protocol StudyPresentation: StudyReport {
  func text(_ style: TextStyle) -> TextDocument
  /// What the page says below its title; nil for the experiment in words.
  var subtitle: String? { get }
  /// What the page says first, in words; nothing by default.
  var answers: [(question: String, answer: String)] { get }
  var figures: [Figure] { get }
  /// The page's tables: heading, columns and rows of HTML.
  var pageSections: [(heading: String, columns: [String], rows: [[String]])] { get }
}

extension StudyPresentation {
  var subtitle: String? { nil }
  var answers: [(question: String, answer: String)] { [] }
}

extension StudyReport {
  /// The report as it is told.
  var shown: any StudyPresentation {
    guard let shown = self as? any StudyPresentation else { preconditionFailure("every study's report can be told") }
    return shown
  }
}
