// What a word of a command line can become: the same for all shells.

import Experiments
import JSON
import Sampling
import Storage

/// What completes the value of an option, or a parameter.
enum CompletedBy: Sendable {
  case nothing
  /// Words, each with its meaning or "".
  case words([(word: String, meaning: String)])
  case files
  case folders
  /// Runs and studies in chains/.
  case runs
  /// Runs and studies in chains/, and files.
  case runsAndFiles
  /// KEY=VALUE with a key of the experiment file.
  case settings
  case commands

  static func words(_ words: [String]) -> CompletedBy { .words(words.map { ($0, "") }) }
}

/// The completion of the last of some words.
struct Completion: Sendable {
  /// A word that the last one can become.
  struct Candidate: Sendable, Equatable {
    let word: String
    let meaning: String
  }

  /// Names that the shell knows better, since they are quoted and expanded there.
  enum Names: String, Sendable { case files, folders }

  private(set) var candidates: [Candidate] = []
  private(set) var names: Names?

  private static let runsFolder = "chains/"

  /// The words after the program's name, the last of them unfinished and perhaps empty.
  init(_ words: [String], of program: Program) {
    let word = words.last ?? ""
    guard words.count > 1 else {
      addCommands(of: program)
      for name in ["help", "--help", "--version"] { candidates.append(.init(word: name, meaning: "")) }
      keep(word)
      return
    }
    if words[0] == "help" {
      if words.count == 2 {
        addCommands(of: program)
        candidates.append(.init(word: SpecHelp.topic, meaning: "the keys of an experiment file"))
      }
      keep(word)
      return
    }
    var found: CommandDescription?
    for command in program.commands where command.description.name == words[0] { found = command.description }
    guard let command = found else { return }
    complete(word, after: Array(words.dropFirst().dropLast()), command, program)
  }

  private mutating func complete(
    _ word: String, after earlier: [String], _ command: CommandDescription, _ program: Program
  ) {
    var position = 0
    var given: Set<String> = []
    var pending: (any CommandOption)?
    var onlyParameters = false
    for text in earlier {
      if pending != nil, !text.hasPrefix("--") || onlyParameters {
        pending = nil
        continue
      }
      pending = nil
      if text == "--" {
        onlyParameters = true
      } else if text.hasPrefix("--"), !onlyParameters {
        let name = text.dropFirst(2).prefix { $0 != "=" }
        let option = command.options.first { $0.name == name }
        given.insert(String(name))
        if let option, option.placeholder != nil, !text.contains("=") { pending = option }
      } else {
        position += 1
      }
    }
    if let pending {
      add(pending.completes, to: word, program)
    } else if word.hasPrefix("--"), let sign = word.firstIndex(of: "="), !onlyParameters {
      let name = word[..<sign].dropFirst(2)
      guard let option = command.options.first(where: { $0.name == name }) else { return }
      add(option.completes, to: String(word[word.index(after: sign)...]), program)
      // Names of files after a "=" are left to be typed: shells complete whole words.
      names = nil
      candidates = candidates.map { .init(word: "--\(name)=\($0.word)", meaning: $0.meaning) }
    } else if word.hasPrefix("-"), !onlyParameters {
      for option in command.options where option.isRepeatable || !given.contains(option.name) {
        candidates.append(.init(word: "--\(option.name)", meaning: option.help))
      }
      keep(word)
    } else if let parameter = Self.parameter(position, of: command) {
      add(parameter.completes, to: word, program)
    }
  }

  private static func parameter(_ position: Int, of command: CommandDescription) -> Parameter? {
    if position < command.parameters.count { return command.parameters[position] }
    guard let last = command.parameters.last, [.oneOrMore, .anyNumber].contains(last.count) else { return nil }
    return last
  }

  private mutating func add(_ completed: CompletedBy, to word: String, _ program: Program) {
    switch completed {
    case .nothing: break
    case .words(let words): candidates += words.map { .init(word: $0.word, meaning: $0.meaning) }
    case .files: names = .files
    case .folders: names = .folders
    case .runs:
      addRuns()
      names = .folders
    case .runsAndFiles:
      addRuns()
      names = .files
    case .settings: addSettings(word)
    case .commands: addCommands(of: program)
    }
    keep(word)
    // Where a run is meant its folder's name is complete as it stands.
    if word.hasPrefix(Self.runsFolder), !candidates.isEmpty { names = nil }
  }

  private mutating func addCommands(of program: Program) {
    for command in program.commands {
      candidates.append(.init(word: command.description.name, meaning: command.description.abstract))
    }
  }

  /// What `sample` and studies make unless they are told otherwise; names that a shell would have to quote are left out.
  private mutating func addRuns() {
    for name in ((try? FileManager.default.contentsOfDirectory(atPath: Self.runsFolder)) ?? []).sorted() {
      guard name.utf8.allSatisfy({ JSONReader.isPlain($0) }) else { continue }
      for (file, meaning) in [("experiment.json", "a run"), ("study.json", "a study")]
      where FileManager.default.fileExists(atPath: "\(Self.runsFolder)\(name)/\(file)") {
        candidates.append(.init(word: "\(Self.runsFolder)\(name)", meaning: meaning))
      }
    }
  }

  /// Keys with "=", and behind a key its words.
  private mutating func addSettings(_ word: String) {
    let key = word.firstIndex(of: "=").map { word[..<$0] }
    for section in SpecSchema.sections where !SpecSchema.isListed(section) {
      var seen: Set<String> = []
      for entry in section.allKeys where entry.form != .object {
        let path = section.path.isEmpty ? entry.name : "\(section.path).\(entry.name)"
        if key == nil {
          if seen.insert(entry.name).inserted { candidates.append(.init(word: "\(path)=", meaning: entry.meaning)) }
        } else if key == path[...] {
          for value in entry.form.fixedWords { candidates.append(.init(word: "\(path)=\(value)", meaning: "")) }
        }
      }
    }
  }

  private mutating func keep(_ word: String) {
    var seen: Set<String> = []
    candidates = candidates.filter { $0.word.hasPrefix(word) && seen.insert($0.word).inserted }
  }

  /// For a shell's script: a line per candidate, its meaning behind a blank; then `:files` or `:folders` where names of these fit too.
  var text: String {
    let lines = candidates.map { candidate in
      let meaning = candidate.meaning.split(separator: "\n").joined(separator: " ")
      return meaning.isEmpty ? candidate.word : "\(candidate.word) \(meaning)"
    }
    return (lines + (names.map { [":\($0.rawValue)"] } ?? [])).map { $0 + "\n" }.joined()
  }
}

extension JSONReader {
  /// Bytes that no shell gives a meaning.
  fileprivate static func isPlain(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || "-_.".utf8.contains(byte)
  }
}
