// What a teacher-student study is asked, as the command line says it.

import JSON
import Networks
import Sampling

/// How many labels, how many teachers, and where students begin.
package struct TeacherStudentSettings: Sendable, Equatable {
  /// Where the chains of students begin.
  package enum Start: String, Sendable, CaseIterable {
    /// At draws of the prior, which know nothing of the teacher.
    case prior
    /// At the teacher.
    case teacher
  }

  /// P: how many labels, ascending.
  package var stimuli: [Int]
  package var teachers = 20
  package var starts = Start.allCases
  /// Whether the evidence is estimated too.
  package var evidence = false
  /// α: the probability that identities of a right sampler are rejected.
  package var falseAlarmRate = 0.01

  package init(stimuli: [Int]) { self.stimuli = stimuli }

  /// Reads what ``json`` wrote; what is missing has its default.
  init(_ json: JSONValue) {
    self.init(stimuli: (json["stimuli"]?.array ?? []).compactMap(\.wholeNumber))
    teachers = json["teachers"]?.wholeNumber ?? teachers
    starts = json["starts"]?.array.map { $0.compactMap { $0.string.flatMap(Start.init) } } ?? starts
    evidence = json["evidence"] == .bool(true)
    falseAlarmRate = json["falseAlarmRate"]?.realNumber ?? falseAlarmRate
  }

  package var json: JSONValue {
    [
      "stimuli": .integers(stimuli), "teachers": .integer(teachers),
      "starts": .array(starts.map { .string($0.rawValue) }), "evidence": .bool(evidence),
      "falseAlarmRate": .number(falseAlarmRate),
    ]
  }
}
