// What is kept of one teacher and its students, and of some teachers in one part of a study.

import JSON
import Networks
import Sampling

/// One teacher and its students at one number of labels.
package struct TeacherRecord: Sendable {
  /// The students that began from one start.
  package struct Students: Sendable {
    package let start: TeacherStudentSettings.Start
    package let results: StudentResults
    /// Sides of the Nishimori identities, their differences by name.
    package let differences: [(name: String, value: Double)]
    /// How the loss answers to the temperature, see ``Networks/NishimoriDifferences/response``.
    package let response: Double?

    /// Whether the chains of this start agree with each other.
    package var converged: Bool { TeacherRecord.agree(results.largestRHat) }
  }

  /// An estimate of ln ⟨exp(−nβL)⟩ over the prior.
  package struct Evidence: Sendable {
    package let value, standardError: Double
    /// Where it is known.
    package let exact: Double?
    /// Why the estimate must not be trusted; nil if it may be.
    package let problem: String?
  }

  /// Chains whose R-hat is larger disagree.
  package static let largestRHat = 1.1

  /// The teacher's number, from 0.
  package let number: Int
  package let students: [Students]
  /// The largest R-hat over the chains of all starts together, and what has it; nil for one start.
  package let rHatBetween: Double?
  package let worstBetween: String?
  /// The mean square of the teacher's answers to held-out stimuli.
  package let answerSquare: Double
  /// Measures of networks of the prior, which know nothing of this teacher: `overlap`, `specialisation` and the like.
  package let unrelated: [String: Double]
  package let theory: [LearningPrediction]
  package let evidence: Evidence?

  /// Whether chains agree.
  static func agree(_ rHat: Double?) -> Bool { rHat.map { $0 <= largestRHat } ?? true }

  /// Whether the chains of all starts agree.
  package var startsAgree: Bool { Self.agree(rHatBetween) }

  package func students(from start: TeacherStudentSettings.Start) -> Students? {
    students.first { $0.start == start }
  }
}

extension TeacherRecord {
  var json: JSONValue {
    [
      "number": .integer(number),
      "students": .array(
        students.map { students in
          [
            "start": .string(students.start.rawValue), "converged": .bool(students.converged),
            "largestRHat": .bounded(students.results.largestRHat ?? .nan),
            "worst": students.results.worst.map { .string($0) } ?? .null,
            "smallestESS": .number(students.results.smallestESS),
            "means": Self.object(students.results.means),
            "differences": .object(students.differences.map { ($0.name, .number($0.value)) }),
            "response": .number(students.response),
          ]
        }),
      "rHatBetween": .bounded(rHatBetween ?? .nan), "worstBetween": worstBetween.map { .string($0) } ?? .null,
      "answerSquare": .number(answerSquare), "unrelated": Self.object(unrelated),
      "theory": .array(
        theory.map {
          [
            "law": .string($0.law.rawValue), "generalisationError": .number($0.generalisationError),
            "bayesError": .number($0.bayesError), "trainingError": .number($0.trainingError),
            "logEvidence": .number($0.logEvidence),
          ]
        }),
      "evidence": evidence.map {
        [
          "value": .number($0.value), "standardError": .number($0.standardError), "exact": .number($0.exact),
          "problem": $0.problem.map { .string($0) } ?? .null,
        ]
      } ?? .null,
    ]
  }

  private static func object(_ values: [String: Double]) -> JSONValue {
    .object(values.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })
  }

  private static func values(_ part: StudyPart, _ key: String) throws -> [String: Double] {
    Dictionary(
      try part.object(key).map { ($0.name, try part.part(key)!.numberOrNaN($0.name)) }, uniquingKeysWith: { $1 })
  }

  init(_ part: StudyPart) throws {
    number = try part.integer("number")
    students = try part.list("students").map { part in
      guard let start = TeacherStudentSettings.Start(rawValue: try part.text("start")) else {
        throw part.malformed("start", "a start")
      }
      let differences = try part.object("differences").map { name, _ in
        (name, try part.part("differences")!.numberOrNaN(name))
      }
      return Students(
        start: start,
        results: StudentResults(
          means: try Self.values(part, "means"), largestRHat: try part.numberOrNil("largestRHat"),
          worst: part.has("worst") ? try? part.text("worst") : nil, smallestESS: try part.numberOrNil("smallestESS")),
        differences: differences, response: try part.numberOrNil("response"))
    }
    rHatBetween = try part.numberOrNil("rHatBetween")
    worstBetween = try? part.text("worstBetween")
    answerSquare = try part.numberOrNaN("answerSquare")
    unrelated = try Self.values(part, "unrelated")
    theory = try part.list("theory").map { part in
      guard let law = LearningPrediction.Law(rawValue: try part.text("law")) else {
        throw part.malformed("law", "a law of this program")
      }
      return LearningPrediction(
        law: law, generalisationError: try part.numberOrNaN("generalisationError"),
        bayesError: try part.numberOrNaN("bayesError"), trainingError: try part.numberOrNaN("trainingError"),
        logEvidence: try part.numberOrNaN("logEvidence"))
    }
    evidence = try part.part("evidence").map { part in
      Evidence(
        value: try part.numberOrNaN("value"), standardError: try part.numberOrNaN("standardError"),
        exact: try part.numberOrNil("exact"), problem: try? part.text("problem"))
    }
  }
}

/// Some teachers at one number of labels.
struct TeacherRecords: StudyPartContent {
  let teachers: [TeacherRecord]

  init(_ teachers: [TeacherRecord]) { self.teachers = teachers }

  init(_ part: StudyPart) throws { teachers = try part.list("teachers").map { try TeacherRecord($0) } }

  var json: JSONValue { ["teachers": .array(teachers.map(\.json))] }
}
