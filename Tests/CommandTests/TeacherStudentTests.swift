// teacher-student end to end: the contract's keys, threads, interrupts, what is exact, what is wrong, and what is refused.

import Foundation
import Testing

@Suite struct TeacherStudentTests {
  private static func spec(
    network: String =
      #"{ "kind": "deep", "widths": [3], "activation": "tanh", "readoutScaling": "standard", "contextLayers": "none" }"#,
    ensemble: String = #"{ "kind": "gibbs" }"#,
    sampler: String = #"{ "kind": "hmc", "chains": 2, "warmup": 100, "draws": 200, "seed": 7 }"#,
    stimuli: String = #"{ "kind": "sampled" }"#, task: String = #""contexts": 1, "features": 2, "noise": 0.2"#,
    record: Int = 20, more: String = ""
  ) -> String {
    """
    { "name": "taught", "task": { "kind": "teacher", \(task) }, "network": \(network), "ensemble": \(ensemble),
      "stimuli": \(stimuli), "sampler": \(sampler), "record": { "weights": \(record) }, "evaluation": { "count": 20 }\(more) }
    """
  }

  private func runner(_ spec: String = Self.spec()) throws -> ProgramRunner {
    let runner = try ProgramRunner()
    try runner.write(spec, to: "spec.json")
    return runner
  }

  /// The contract's keys; the same bits on any number of threads and after an interrupt; a finished study is read back.
  @Test func everyPointIsTold() throws {
    let runner = try runner()
    let arguments = ["teacher-student", "spec.json", "--stimuli", "12,4", "--teachers", "3", "--json"]
    let one = try runner.run(arguments + ["--out", "one", "--threads", "1", "--quiet"])
    #expect([0, 1].contains(one.status), "\(one.errors)")
    #expect(one.errors == "", "--quiet is silent")
    let json = try one.json()
    #expect(
      json.keys == [
        "sampler", "biased", "teachers", "parameters", "noise", "bayesOptimal", "starts", "points", "comparisons",
        "theory",
        "nishimori", "converged", "notConverged", "failures", "folder",
      ])
    #expect(json["parameters"].number == 9 && json["noise"].number == 0.2 && json["bayesOptimal"].bool == true)
    let points = json["points"].array
    #expect(points.map { $0["stimuli"].number } == [4, 4, 12, 12])
    #expect(points.map { $0["start"].string } == ["prior", "teacher", "prior", "teacher"])
    for point in points {
      #expect(
        point.keys == [
          "stimuli", "ratio", "start", "teachers", "generalisationError", "bayesError", "trainingError",
          "answerOverlap",
          "overlap", "rawOverlap", "specialisation", "specialisedShare", "unrelatedOverlap", "unrelatedSpecialisation",
          "logEvidence", "blocks", "convergedTeachers", "medianRHat", "converged", "smallestESS", "largestRHat",
          "findings",
        ])
      #expect(point["teachers"].number == 3 && point["logEvidence"].isNull)
      // Means of positive numbers; the posterior mean is better than a student.
      let gibbs = point["generalisationError"]["value"].number
      #expect(gibbs > 0 && point["bayesError"]["value"].number < gibbs)
      #expect(point["generalisationError"]["standardError"].number > 0)
      #expect(
        (-1...1).contains(point["overlap"]["value"].number)
          && point["rawOverlap"]["value"].number < point["overlap"]["value"].number)
      #expect(point["overlap"]["value"].number > point["unrelatedOverlap"]["value"].number - 0.1)
      #expect(point["blocks"].keys.contains("overlap[input_weights]"))
    }
    #expect(json["comparisons"].array.map { $0["stimuli"].number } == [4, 12])
    #expect(json["theory"].array.map { $0["law"].string }.contains("gaussianProcess"))
    #expect(json["theory"].array.allSatisfy { $0["exact"].bool == false })
    #expect(json["nishimori"]["decision"].string == "inconclusive")
    #expect(json["nishimori"]["reason"].string?.hasPrefix("3 teachers are too few") == true)
    #expect(json["nishimori"]["teachersNeeded"].number >= 20)
    let names = Set(json["nishimori"]["rows"].array.map { $0["name"].string })
    #expect(
      names.isSuperset(of: [
        "nishimori_error", "nishimori_overlap", "nishimori_label", "nishimori_output_second_moment",
      ]))
    for file in [
      "teacher-student.json", "teacher-student.csv", "teacher-student-teachers.csv", "teacher-student-nishimori.csv",
    ] {
      #expect(runner.exists("one/\(file)"))
    }
    let teachers = try String(contentsOfFile: runner.path("one/teacher-student-teachers.csv"), encoding: .utf8)
    #expect(teachers.contains("12.0,2.0,teacher,generalisation_error,"))

    let two = try runner.run(arguments + ["--out", "two", "--threads", "3", "--quiet"])
    #expect(two.answer == one.answer, "threads change nothing")
    let command = arguments + ["--out", "parts", "--threads", "1"]
    let stopped = try runner.run(command, signal: SIGTERM) { runner.exists("parts/parts/P=4,teacher=0.json") }
    #expect([75, one.status].contains(stopped.status), "\(stopped.errors)")
    #expect(try runner.run(command).answer == one.answer, "an interrupted study goes on to the same result")
    #expect(try runner.run(command).answer == one.answer, "a finished one is read back")
    let status = try runner.run("status", "parts", "--json")
    #expect(try status.json()["folders"][0]["study"].string == "teacher-student")
    #expect(try status.json()["folders"][0]["state"].string == "complete")
    // The students of a teacher are those of a run with its seeds.
    let text = try runner.run([
      "teacher-student", "spec.json", "--stimuli", "12,4", "--teachers", "3", "--out", "one", "--quiet",
    ])
    #expect(text.output.contains("INCONCLUSIVE") && text.output.contains("generalisation"))
  }

  /// What the program wrote gives way, the teacher among the inputs too.
  @Test func aStudyGivesWayToAnother() throws {
    let runner = try runner()
    for stimuli in ["3", "4"] {
      let result = try runner.run(
        "teacher-student", "spec.json", "--stimuli", stimuli, "--teachers", "1", "--out", "study", "--force", "--quiet")
      #expect([0, 1].contains(result.status), "\(result.errors)")
    }
  }

  /// One teacher is inconclusive, and has no errors; without a second chain nothing is said of the posterior mean.
  @Test func oneTeacherTellsNothing() throws {
    let runner = try runner(Self.spec(sampler: #"{ "kind": "hmc", "chains": 1, "warmup": 50, "draws": 100 }"#))
    let result = try runner.run(
      "teacher-student", "spec.json", "--stimuli", "1", "--teachers", "1", "--starts", "prior", "--json", "--quiet")
    #expect([0, 1].contains(result.status), "\(result.errors)")
    let json = try result.json()
    #expect(json["nishimori"]["decision"].string == "inconclusive")
    #expect(json["nishimori"]["reason"].string?.contains("one teacher tells nothing") == true)
    #expect(json["comparisons"].array.isEmpty && json["points"][0]["bayesError"].isNull)
    #expect(json["points"][0]["generalisationError"]["standardError"].isNull)
  }

  /// Students of linear networks have the errors that are known exactly, at 24 teachers: |z| above 5 with probability 3e-5 for each of 3 numbers
  /// (Student's t with 23 degrees of freedom). Fixed seed.
  @Test func linearStudentsAreKnownExactly() throws {
    let runner = try runner(
      Self.spec(
        network: #"{ "kind": "deep", "widths": [4], "activation": "linear", "contextLayers": "none" }"#,
        sampler: #"{ "kind": "hmc", "chains": 2, "warmup": 200, "draws": 1000, "seed": 3 }"#, record: 200))
    let result = try runner.run(
      "teacher-student", "spec.json", "--stimuli", "5", "--teachers", "24", "--starts", "prior", "--evidence", "--json",
      "--quiet")
    try #require(result.status == 0, "\(result.output)\(result.errors)")
    let json = try result.json()
    let theory = json["theory"].array
    #expect(theory.map { $0["law"].string } == ["linear"] && theory[0]["exact"].bool == true)
    let differences = theory[0]["differences"].array
    #expect(
      differences.map { $0["quantity"].string } == [
        "generalisationError", "bayesError", "trainingError", "logEvidence",
      ])
    for difference in differences {
      #expect(
        abs(difference["value"].number) < 5 * difference["standardError"].number, "\(difference["quantity"].string)")
      let expected = theory[0]["expected"][try #require(difference["quantity"].string)].number
      #expect(difference["standardError"].number < 0.2 * abs(expected))
    }
    #expect(json["nishimori"]["decision"].string == "holds")
    #expect(json["nishimori"]["rows"].array.allSatisfy { abs($0["z"].number) < 4.5 })
  }

  /// A temperature that is wrong by a factor of 2 is rejected by 40 teachers, and that is no failure where it was asked for; a biased sampler of the right
  /// posterior is.
  @Test func wrongTemperaturesAndSamplersAreRejected() throws {
    let wrong = try runner(
      Self.spec(
        ensemble: #"{ "kind": "gibbs", "tightness": 120 }"#,
        sampler: #"{ "kind": "auto", "chains": 2, "warmup": 200, "draws": 1500, "thin": 2, "seed": 7 }"#, record: 200))
    let arguments = [
      "teacher-student", "spec.json", "--stimuli", "48", "--teachers", "40", "--starts", "prior", "--json", "--quiet",
    ]
    let rejected = try wrong.run(arguments)
    #expect(rejected.status == 0, "\(rejected.output)")
    let json = try rejected.json()
    #expect(json["bayesOptimal"].bool == false && json["nishimori"]["decision"].string == "rejected")
    #expect(
      json["nishimori"]["rows"].array.contains { $0["rejected"].bool == true && $0["name"].string == "nishimori_error" }
    )
    let biased = try runner(
      Self.spec(
        sampler: #"{ "kind": "ula", "stepSize": 0.16, "chains": 2, "warmup": 500, "draws": 1500, "thin": 10 }"#,
        record: 200))
    let faulty = try biased.run(arguments)
    #expect(faulty.status == 1, "\(faulty.output)")
    #expect(
      try faulty.json()["failures"].array.contains { $0.string?.contains("not drawn from the posterior") == true })
  }

  /// Every kind of network that can have a teacher.
  @Test(arguments: [
    #"{ "kind": "gainModulatedLinear", "neurons": 3 }"#, #"{ "kind": "twoLayer", "neurons": 1, "activation": "relu" }"#,
    #"{ "kind": "deep", "widths": [2, 3], "activation": "erf", "readoutScaling": "standard", "contextLayers": "all" }"#,
    #"{ "kind": "gainModulatedLinear", "neurons": 3, "gains": { "kind": "continuous", "activation": "tanh" } }"#,
  ])
  func everyNetworkIsTaught(_ network: String) throws {
    let runner = try runner(
      Self.spec(
        network: network, sampler: #"{ "chains": 2, "warmup": 50, "draws": 60 }"#,
        task: #""contexts": 2, "features": 2, "noise": 0.2"#))
    let result = try runner.run(
      "teacher-student", "spec.json", "--stimuli", "3", "--teachers", "2", "--json", "--quiet")
    #expect([0, 1].contains(result.status), "\(result.errors)")
    let point = try result.json()["points"][0]
    #expect(point["generalisationError"]["value"].number > 0 && abs(point["overlap"]["value"].number) <= 1)
  }

  /// The first rows of a file of stimuli, and a teacher of another architecture.
  @Test func filesAndOtherTeachers() throws {
    let runner = try runner(
      Self.spec(
        stimuli: #"{ "kind": "file", "path": "stimuli.csv" }"#,
        task:
          #""contexts": 1, "features": 2, "noise": 0.2, "network": { "kind": "deep", "widths": [2, 2], "activation": "relu", "contextLayers": "none" }"#
      ))
    try runner.write("1,2\n-1,0.5\n0.3,0.2\n", to: "stimuli.csv")
    let result = try runner.run(
      "teacher-student", "spec.json", "--stimuli", "2,3", "--teachers", "2", "--starts", "prior", "--json", "--quiet")
    #expect([0, 1].contains(result.status), "\(result.errors)")
    #expect(try result.json()["bayesOptimal"].bool == false)
    #expect(try result.json()["points"][0]["overlap"].isNull)
    let far = try runner.run("teacher-student", "spec.json", "--stimuli", "4", "--starts", "prior", "--quiet")
    #expect(far.status == 65 && far.errors.contains("the file of stimuli has 3 rows"), "\(far.errors)")
    let other = try runner.run("teacher-student", "spec.json", "--stimuli", "3", "--quiet")
    #expect(other.status == 65 && other.errors.contains("say --starts prior"), "\(other.errors)")
  }

  @Test(arguments: [
    (["--stimuli", "4", "--set", "task.kind=inputSelection"], Int32(65), "task"),
    ([], 64, "--stimuli"), (["--stimuli", "0"], 64, "--stimuli"),
    (["--stimuli", "4,4"], 64, "different whole numbers"),
    (["--stimuli", "4", "--teachers", "0"], 64, "--teachers"),
    (["--stimuli", "4", "--starts", "data"], 64, "--starts"),
    (["--stimuli", "4", "--false-alarm-rate", "2"], 64, "--false-alarm-rate"),
    (["--stimuli", "4,5", "--teachers", "100000", "--chains", "40"], 64, "allowed: fewer than 4194304"),
    (["--stimuli", "4", "--set", "ensemble.kind=hard"], 65, "ensemble"),
    (["--stimuli", "4", "--out", "."], 65, "is no study"),
  ])
  func whatHasNoMeaningIsRefused(_ arguments: [String], _ status: Int32, _ words: String) throws {
    let runner = try runner()
    let result = try runner.run(["teacher-student", "spec.json", "--quiet"] + arguments)
    #expect(result.status == status && result.errors.contains(words), "\(arguments): \(result.errors)")
    #expect(!runner.exists("chains"), "nothing is left behind")
  }

  @Test func aTaskWithoutTeacherIsRefused() throws {
    let runner = try runner(SpecText.with { $0.ensemble = SpecText.gibbs })
    let result = try runner.run("teacher-student", "spec.json", "--stimuli", "4", "--quiet")
    #expect(result.status == 65 && result.errors.contains("this task has none"), "\(result.errors)")
  }
}
