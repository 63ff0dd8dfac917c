// "sampler.start": where chains start.

import JSON
import Sampling
import Storage

/// Where a chain starts.
package enum ChainStart: Sendable, Equatable {
  /// A draw of the prior, or what the ensemble says instead.
  case prior
  /// The teacher of the task.
  case teacher
  /// Networks of a file, or those that the chains of a run kept last: a row a network, in the order of a position.
  case networks(DataFile)

  /// In words, to follow "chains from".
  package var words: String {
    switch self {
    case .prior: "the prior"
    case .teacher: "the teacher"
    case .networks(let file): file.location.path
    }
  }

  var json: JSONValue {
    switch self {
    case .prior: "prior"
    case .teacher: "teacher"
    case .networks(let file): .string(file.location.path)
    }
  }
}

/// The starts of an experiment's chains, which take them in turn.
package struct ChainStarts: Sendable, Equatable {
  /// Starts at most.
  static let most = 1000
  /// Where all chains start unless a spec says otherwise.
  static let prior = ChainStarts(entries: [.prior], isList: false)

  /// In the order of the spec.
  package let entries: [ChainStart]
  private let isList: Bool

  private init(entries: [ChainStart], isList: Bool) {
    self.entries = entries
    self.isList = isList
  }

  /// - Throws: ``SpecError``: a text that is no start, a file or run that is not there, or without networks.
  init(from reader: SpecReader) throws(SpecError) {
    let (texts, isList) = try reader.textOrTexts("start", atMost: Self.most)
    var entries: [ChainStart] = []
    for (index, text) in texts.enumerated() {
      let place = isList ? reader.path + "start" + index : reader.path + "start"
      switch text {
      case "prior": entries.append(.prior)
      case "teacher": entries.append(.teacher)
      default:
        let location = DataFile.Location(path: text, folder: reader.source.folder)
        entries.append(.networks(try reader.source.networks(location, at: place)))
      }
    }
    self.init(entries: entries, isList: isList)
  }

  /// Whether all chains start where they would without the key.
  package var areDefault: Bool { entries.allSatisfy { $0 == .prior } }

  /// Whether chains start in different places by the spec.
  package var differ: Bool { entries.contains { $0 != entries[0] } }

  /// The start of a chain, by its number.
  package func start(ofChain number: Int) -> ChainStart { entries[number % entries.count] }

  /// Which of an entry's networks a chain takes: the chains of one entry take them in turn.
  func network(ofChain number: Int, among count: Int) -> Int { number / entries.count % count }

  var json: JSONValue { isList ? .array(entries.map(\.json)) : entries[0].json }

  /// The tables of networks, each with the path of its key; numbers stand for places in a list.
  var dataFiles: [(key: [String], file: DataFile)] {
    entries.enumerated().compactMap { index, entry in
      guard case .networks(let file) = entry else { return nil }
      return (["sampler", "start"] + (isList ? [String(index)] : []), file)
    }
  }

  static let rules: [MeaningRule] = [
    MeaningRule(refuses: "a start at the teacher without one") { experiment in
      guard experiment.sampler.start.entries.contains(.teacher) else { return nil }
      let path: JSONPath = ["sampler", "start"]
      guard let task = experiment.task.task as? TeacherTask else {
        return MeaningRule.Fault(
          path: path,
          message: "\"teacher\" needs a task of kind \"teacher\"; allowed: \"prior\", a file of networks, or a run")
      }
      guard let network = task.network, !network.isSameNetwork(as: experiment.network) else { return nil }
      return MeaningRule.Fault(
        path: path,
        message:
          "the teacher (\(network.model.words)) is no network of the student's kind (\(experiment.network.model.words)), "
          + "so that no chain can start there; allowed: \"prior\", a file of networks, or a run")
    },
    MeaningRule(refuses: "a start for draws that do not depend on each other") { experiment in
      let kind = experiment.sampler.kind
      guard !experiment.sampler.start.areDefault, kind == .exact || kind == .auto && experiment.isDrawnExactly else {
        return nil
      }
      return MeaningRule.Fault(
        path: ["sampler", "start"],
        message: "\"exact\" draws are independent and start nowhere; leave the key out, or say another sampler")
    },
    MeaningRule(refuses: "a start in a hard ensemble") { experiment in
      guard !experiment.sampler.start.areDefault, experiment.ensemble == .hard else { return nil }
      return MeaningRule.Fault(
        path: ["sampler", "start"],
        message:
          "chains of a hard ensemble start at a network that they make solve the task; leave the key out, or say {\"kind\": \"gibbs\"}"
      )
    },
  ]
}

extension SpecReader {
  /// A text, or a list of texts, none of them empty.
  fileprivate func textOrTexts(_ name: String, atMost most: Int) throws(SpecError) -> (texts: [String], isList: Bool) {
    let allowed = SpecForm.starts.words
    func text(_ value: JSONValue, at path: JSONPath) throws(SpecError) -> String {
      guard case .string(let text) = value.content, !text.isEmpty, !text.unicodeScalars.contains("\0") else {
        throw source.error(at: path, found: value, allowed: allowed)
      }
      return text
    }
    let value = value(of: name)
    guard case .array(let elements) = value.content else { return ([try text(value, at: path + name)], false) }
    guard (1...most).contains(elements.count) else {
      throw source.error(at: path + name, found: value, allowed: allowed)
    }
    var texts: [String] = []
    for (index, element) in elements.enumerated() { texts.append(try text(element, at: path + name + index)) }
    return (texts, true)
  }
}

extension SpecSource {
  /// Networks to start from: those that the chains of a run kept last; those of a file with the member `networks`, such as
  /// `inputs/teacher.json` and `inputs/warm-start.json` of a run; or a table, a row a network.
  ///
  /// - Throws: ``SpecError`` at the key.
  fileprivate func networks(_ location: DataFile.Location, at path: JSONPath) throws(SpecError) -> DataFile {
    if (try? Posix.kind(of: location.absolutePath, following: true)) == .directory {
      do {
        let rows = try RunReader(try RunDirectory.open(location.absolutePath)).lastNetworks()
        return DataFile(location: location, table: Matrix(rows))
      } catch { throw self.error(at: path, "\(location.path): \(error)") }
    }
    let bytes: [UInt8]
    do { bytes = try readFile(location) } catch { throw self.error(at: path, "\(error.file): \(error.message)") }
    guard bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") else {
      return try table(location, at: path)
    }
    let tree: JSONValue
    do { tree = try JSONReader.read(bytes) } catch {
      var fault = SpecError(file: location.path, error)
      fault.keyPath = path.description
      throw fault
    }
    guard let rows = tree["networks"]?.array, let width = rows.first?.array?.count, width > 0 else {
      throw self.error(
        at: path, "\(location.path) has no networks; allowed: a member \"networks\", a list of lists of numbers")
    }
    var elements: [Double] = []
    for (index, row) in rows.enumerated() {
      let numbers = (row.array ?? []).compactMap(\.realNumber)
      guard numbers.count == width, numbers.allSatisfy(NumberRange.entries.contains) else {
        throw self.error(
          at: path,
          "\(location.path): networks[\(index)] is not a list of \(width) numbers; allowed: \(NumberRange.entries.words)"
        )
      }
      elements += numbers
    }
    return DataFile(location: location, table: Matrix(rows: rows.count, columns: width, elements: elements))
  }
}

extension RunReader {
  /// The last network that each chain kept, [chain].
  ///
  /// - Throws: ``StorageError``; ``UnsupportedExperiment`` if a chain kept none.
  func lastNetworks() throws -> [[Double]] {
    try chains.map { chain in
      var last: [Double]?
      try forEachNetwork(ofChain: chain) { last = try $0.position() }
      guard let last else {
        throw UnsupportedExperiment(
          "record.weights",
          "chain \(chain) of \(run.path) kept no network to start from; say \"record\": {\"weights\": 200}")
      }
      return last
    }
  }
}
