// A teacher-student study for other programs: JSON and tables.

import JSON
import Networks
import Sampling
import Storage

extension TeacherStudentReport {
  /// JSON's name of what a theory predicts.
  private static func key(_ column: String) -> String { told.first { $0.column == column }?.key ?? column }

  package var json: JSONValue {
    [
      "sampler": .string(sampler.rawValue), "biased": .bool(sampler.row.isBiased),
      "teachers": .integer(settings.teachers), "parameters": .integer(parameters), "noise": .number(noise),
      "bayesOptimal": .bool(isBayesOptimal), "starts": .array(settings.starts.map { .string($0.rawValue) }),
      "points": .array(points.map(json)), "comparisons": .array(comparisons.map(Self.json)),
      "theory": .array(theory.map(Self.json)), "nishimori": nishimoriJSON,
    ]
  }

  private func json(_ point: Point) -> JSONValue {
    let found = Self.told.map { entry in (entry.key, JSONValue.estimate(point.estimate(entry.column))) }
    let blocks = point.estimates.filter { $0.name.contains("[") }.map { ($0.name, JSONValue.estimate($0.estimate)) }
    return .object(
      [
        ("stimuli", .integer(point.stimuli)), ("ratio", .number(ratio(point.stimuli))),
        ("start", .string(point.start.rawValue)), ("teachers", .integer(settings.teachers)),
      ] + found + [
        ("blocks", .object(blocks)), ("convergedTeachers", .integer(point.converged)),
        ("medianRHat", point.medianRHat.map { .bounded($0) } ?? .null),
      ] + RunDiagnosis.members(point.diagnosis))
  }

  private static func json(_ comparison: Comparison) -> JSONValue {
    [
      "stimuli": .integer(comparison.stimuli), "agree": .bool(comparison.agree),
      "agreeing": .integer(comparison.agreeing), "teachers": .integer(comparison.teachers),
      "largestRHat": comparison.largestRHat.map { .bounded($0) } ?? .null,
      "medianRHat": comparison.medianRHat.map { .bounded($0) } ?? .null,
      "observable": comparison.worst.map { .string($0) } ?? .null,
    ]
  }

  private static func json(_ theory: Theory) -> JSONValue {
    let expected = theory.expected.map { (key($0.name), JSONValue.number($0.value)) }
    let differences = theory.differences.map { start, name, estimate -> JSONValue in
      [
        "start": .string(start.rawValue), "quantity": .string(key(name)), "value": .number(estimate.value),
        "standardError": .number(estimate.standardError),
      ]
    }
    return .object(
      [
        ("stimuli", .integer(theory.stimuli)), ("law", .string(theory.law.rawValue)),
        ("exact", .bool(theory.law.isExact)), ("expected", .object(expected)), ("differences", .array(differences)),
      ])
  }

  private var nishimoriJSON: JSONValue {
    let threshold = nishimori.rows.isEmpty ? nil : try? nishimori.threshold()
    return [
      "decision": .string(nishimori.decision.rawValue), "reason": nishimori.reason.map { .string($0) } ?? .null,
      "falseAlarmRate": .number(nishimori.falseAlarmRate), "threshold": .number(threshold),
      "rows": .array(
        rows.map { entry in
          [
            "name": .string(entry.row.name), "stimuli": .integer(entry.stimuli),
            "start": .string(entry.start.rawValue), "teachers": .integer(entry.row.teachers),
            "mean": .number(entry.row.mean), "standardError": .number(entry.row.standardError),
            "z": .number(entry.row.z), "pValue": .number(entry.row.pValue), "counts": .bool(entry.counts),
            "rejected": .bool(entry.counts && nishimori.decision == .rejected && entry.row.pValue < nishimori.rowRate),
          ]
        }),
      "wrongBy": .number(Self.wrongBy), "teachersNeeded": needed.map { .integer($0.teachers) } ?? .null,
      "neededBy": needed.map { .string("\($0.row.name), \($0.row.place)") } ?? .null,
    ]
  }

  package var tables: [(file: String, csv: String)] {
    [
      ("teacher-student.csv", pointTable), ("teacher-student-teachers.csv", teacherTable),
      ("teacher-student-nishimori.csv", nishimoriTable),
    ]
  }

  /// A row per P, start and quantity.
  private var pointTable: String {
    let drawn = points.flatMap { point in
      point.estimates.map { name, estimate -> [CSV.Cell] in
        [
          .number(Double(point.stimuli)), .number(ratio(point.stimuli)), .text(point.start.rawValue), .text(name),
          .number(estimate.value), .number(estimate.standardError ?? .nan), .text("drawn"),
        ] + RunDiagnosis.cells(point.diagnosis)
      }
    }
    let expected = theory.flatMap { theory in
      theory.expected.map { name, value -> [CSV.Cell] in
        [
          .number(Double(theory.stimuli)), .number(ratio(theory.stimuli)), .empty, .text(name), .number(value),
          .number(.nan), .text("\(theory.law.rawValue), \(theory.law.isExact ? "exact" : "asymptotic")"), .empty,
          .empty, .empty,
        ]
      }
    }
    return CSV.text(
      ["P", "P_per_parameter", "start", "quantity", "value", "standard_error", "source"] + RunDiagnosis.columns,
      drawn + expected)
  }

  /// A row per P, teacher, start and quantity.
  private var teacherTable: String {
    let rows = records.flatMap { stimuli, teachers in
      teachers.flatMap { teacher in
        teacher.students.flatMap { students -> [[CSV.Cell]] in
          func row(_ name: String, _ value: Double) -> [CSV.Cell] {
            [
              .number(Double(stimuli)), .number(Double(teacher.number)), .text(students.start.rawValue), .text(name),
              .number(value),
            ]
          }
          let told = Self.told.compactMap { entry in
            Self.values(entry.column, students.start, [teacher]).map { row(entry.column, $0[0]) }
          }
          return told + students.differences.map { row($0.name, $0.value) } + [
            row("largest_rhat", students.results.largestRHat ?? .nan),
            row("rhat_between_starts", teacher.rHatBetween ?? .nan),
          ]
        }
      }
    }
    return CSV.text(["P", "teacher", "start", "quantity", "value"], rows)
  }

  private var nishimoriTable: String {
    CSV.text(
      ["P", "start", "identity", "teachers", "mean", "standard_error", "z", "p_value", "counts"],
      rows.map { entry in
        [
          .number(Double(entry.stimuli)), .text(entry.start.rawValue), .text(entry.row.name),
          .number(Double(entry.row.teachers)), .number(entry.row.mean), .number(entry.row.standardError),
          .number(entry.row.z), .number(entry.row.pValue), .text(entry.counts ? "true" : "false"),
        ]
      })
  }
}
