// What all studies share: a question, a folder to answer it in, and a report.

import JSON
import Networks
import Sampling
import Storage

/// A question over many networks: what a command asks, and a folder to answer it in.
package protocol Study: Sendable {
  associatedtype Report: StudyReport
  /// The name of its command.
  static var name: String { get }
  /// The names of its tables.
  static var tables: [String] { get }
  var folder: StudyFolder { get }
  init(_ folder: StudyFolder) throws
  /// The answer; what is missing of it is computed.
  ///
  /// - Throws: ``StudyStopped`` once a signal has come.
  func answer(_ execution: Execution) throws -> Report
}

/// What a study found.
package protocol StudyReport {
  var title: String { get }
  /// An object.
  var json: JSONValue { get }
  /// Which points can be believed, and what could not be concluded.
  var judgement: StudyJudgement { get }
  /// Tables by file name, as CSV.
  var tables: [(file: String, csv: String)] { get }
  /// Writes what is no text into the study's folder; nothing by default.
  func writeFiles(into folder: String) throws
}

extension StudyReport {
  package func writeFiles(into folder: String) throws {}

  /// The machine-readable form with the judgement.
  package var judgedJSON: JSONValue {
    guard case .object(let members) = json.content else { return json }
    return .object(members.map { ($0.key, $0.value) } + judgement.members)
  }
}

/// The findings of the paper, by the names of their specs.
package enum FindingName: String, Sendable, CaseIterable {
  case populations, contexts
  case weightScale = "weight-scale"
  case gradientDescent = "gradient-descent"
  case finiteSizeProduct = "finite-size-product"
  case finiteSizeGibbs = "finite-size-gibbs"
  case deepNetwork = "deep-network"
  case threeEnsembles = "three-ensembles"
  case teacherStudent = "teacher-student"
  case contextIntegration = "context-integration"
}

/// The studies, by the names of their commands.
package enum Studies {
  static var all: [any Study.Type] {
    [
      SweepStudy.self, FiniteSizeStudy.self, EnsemblesStudy.self, PhaseDiagramStudy.self, TrainingStudy.self,
      ComparisonStudy.self,
      TrainedStudy.self,
      CalibrationStudy.self, TeacherStudentStudy.self,
    ]
  }

  /// What a folder's question may be called: a command, or a finding that draws one ensemble.
  static var names: [String] { all.map { $0.name } + FindingName.allCases.map(\.rawValue) }

  /// The results that studies write beside their questions.
  static var files: [String] { all.flatMap { ["\($0.name).json"] + $0.tables } }

  /// The study that a folder holds.
  ///
  /// - Throws: ``StorageError``.
  package static func open(_ path: String) throws -> any Study {
    let folder = try StudyFolder(opening: path)
    guard let kind = all.first(where: { $0.name == folder.study }) else {
      throw StorageError.damaged(path: path, reason: "there is no study called \(folder.study)")
    }
    return try kind.init(folder)
  }
}

extension JSONValue {
  /// A value and its standard error.
  static func estimate(_ estimate: Estimate?) -> JSONValue {
    estimate.map { ["value": .number($0.value), "standardError": .number($0.standardError)] } ?? .null
  }
}
