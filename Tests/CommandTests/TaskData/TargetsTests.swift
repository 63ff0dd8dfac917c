// Wanted outputs from files: tables of either format, held-out data, and what is said where nothing is known.

import JSON
import Networks
import Sampling
import Testing

@testable import Experiments

@Suite struct TargetsTests {
  private static let files = [
    "x.csv": "1,2\n3,4\n0.5,-1\n", "y.csv": "1\n2\n-3\n", "hx.csv": "1,1\n2,0\n", "hy.csv": "0.5\n-1\n",
    "nan.csv": "1\nnan\n3\n",
    "empty.csv": "# nothing\n", "text.csv": "1\ntwo\n3\n", "ragged.csv": "1\n2,3\n4\n", "gains.csv": "1,0\n0,1\n",
  ]

  private static func read(_ task: String, stimuli: String = #"{"kind": "file", "path": "x.csv"}"#) throws -> Experiment
  {
    let text = """
      { "task": \(task), "network": {"kind": "twoLayer", "neurons": 3, "activation": "tanh"},
        "ensemble": {"kind": "gibbs", "tightness": 3}, "stimuli": \(stimuli) }
      """
    return try ExperimentSamples.read(Array(text.utf8), files: files)
  }

  @Test func networksAreBoundToTheFile() throws {
    let experiment = try Self.read(#"{"kind": "targets", "path": "y.csv"}"#)
    #expect(experiment.task.contexts == 1 && experiment.task.features == 2)
    let task = try experiment.learningTask()
    #expect(task.wantedOutputs(for: Matrix([[1, 2], [3, 4], [0.5, -1]])).elements == [1, 2, -3])
    let data = try experiment.evaluationData()
    #expect(data.source == .task && data.stimuli.rows == 3 && data.words == "the task's own stimuli")
    #expect(try experiment.taskAtOtherStimuli() == nil)
    #expect(try experiment.judgedTask() == task)
    let held = try Self.read(
      #"{"kind": "targets", "path": "y.csv", "heldOut": {"stimuli": "hx.csv", "targets": "hy.csv"}}"#)
    let heldData = try held.evaluationData()
    #expect(heldData.source == .given && heldData.task.wantedOutputs(for: heldData.stimuli).elements == [0.5, -1])
    // Nothing of them is what networks are bound to.
    #expect(try held.learningTask() == task)
    let sampled = try Self.read(
      #"{"kind": "targets", "path": "y.csv", "features": 5}"#, stimuli: #"{"kind": "sampled", "count": 3}"#)
    #expect(sampled.task.features == 5)
    #expect(try sampled.learningTask().wantedOutputs(for: sampled.stimulusList()!).elements == [1, 2, -3])
  }

  @Test(arguments: [
    ("nan.csv", "nan.csv:2:1: task.path: found \"nan\""), ("text.csv", "text.csv:2:1: task.path: found \"two\""),
    ("empty.csv", "empty.csv:2:1: task.path: the table is empty"),
    ("ragged.csv", "ragged.csv:2:1: task.path: found a row of 2"),
    ("no.csv", "task.path: no.csv: there is no such file"),
  ]) func badTablesAreRefused(file: String, message: String) throws {
    let error = try #require(throws: SpecError.self) { try Self.read(#"{"kind": "targets", "path": "\#(file)"}"#) }
    #expect(error.description.contains(message), "\(error)")
    #expect(error.kind == .input)
  }

  @Test func columnsAreThoseOfTheTask() throws {
    let wide = try #require(throws: SpecError.self) {
      try Self.read(#"{"kind": "targets", "path": "y.csv", "features": 3}"#)
    }
    #expect(wide.description.contains("x.csv:1:1: stimuli.path: found a row of 2; allowed: 3 columns"))
    let gains = try #require(throws: SpecError.self) {
      try Self.read(
        #"""
        {"kind": "teacher", "contexts": 3, "features": 2, "noise": 1, "network":
          {"kind": "gainModulatedLinear", "neurons": 2, "gains": {"kind": "fixed", "path": "gains.csv"}}}
        """#)
    }
    #expect(gains.description.contains("gains.csv:1:1: task.network.gains.path: found a row of 2; allowed: 3 columns"))
  }

  /// Version 1 of the format: [3, 2] numbers, by rows and by columns, and whole numbers.
  @Test func arraysOfNumPyAreTables() throws {
    func array(_ description: String, _ order: String, _ shape: String, _ bytes: [UInt8]) -> [UInt8] {
      var header = "{'descr': '\(description)', 'fortran_order': \(order), 'shape': \(shape), }"
      header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
      return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + bytes
    }
    func doubles(_ values: [Double]) -> [UInt8] {
      values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64($0))) } }
    }
    let wanted = Matrix([[1, 2], [3, 4], [0.5, -1]])
    let rows = array("<f8", "False", "(3, 2)", doubles([1, 2, 3, 4, 0.5, -1]))
    #expect(try NumericTable.read(rows, file: "x.npy", columns: nil) == wanted)
    let columns = array("<f8", "True", "(3, 2)", doubles([1, 3, 0.5, 2, 4, -1]))
    #expect(try NumericTable.read(columns, file: "x.npy", columns: nil) == wanted)
    let whole = array("|i1", "False", "(3,)", [1, 2, 0xFD])
    #expect(try NumericTable.read(whole, file: "y.npy", columns: nil) == Matrix([[1], [2], [-3]]))
    for (bytes, message) in [
      (array("<f8", "False", "(1, 2)", doubles([1, .nan])), "found nan in row 1, column 2; allowed: a number from"),
      (array("<f8", "False", "(1, 2)", doubles([.infinity, 1])), "row 1, column 1"),
      (array("<f8", "False", "(1, 1, 1)", doubles([1])), "has the shape [1, 1, 1]; allowed: rows and columns"),
      (array("<f8", "False", "(0, 2)", []), "at least one of each"),
      (array("<f8", "False", "(1, 1)", doubles([1])), "has 1 columns; allowed: 2 columns (one a thing)"),
      (Array(rows.prefix(40)), "its header is cut short"),
    ] as [([UInt8], String)] {
      let error = try #require(throws: SpecError.self) {
        try NumericTable.read(bytes, file: "x.npy", columns: .init(count: 2, meaning: "one a thing"))
      }
      #expect(error.description.contains(message), "\(error)")
    }
  }
}
