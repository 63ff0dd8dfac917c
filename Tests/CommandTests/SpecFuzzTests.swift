// Mutated specs: each is read as a valid experiment or refused by one error that names a line.

import JSON
import Sampling
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct SpecFuzzTests {
  private static let mutants = 12_000

  /// Token and byte mutations of every sample, fixed seed. A trap or a hang is the failure that matters most.
  @Test(.timeLimit(.minutes(2))) func mutatedSpecsAreReadOrRefused() throws {
    var mutator = try SpecMutator(seed: 20_240_229)
    var accepted = 0
    var wellFormed = 0
    var keyPaths: Set<String> = []
    for round in 0..<Self.mutants {
      let bytes = mutator.mutant(of: ExperimentSamples.all[round % ExperimentSamples.all.count])
      do {
        let experiment = try ExperimentSamples.read(bytes)
        accepted += 1
        let again = try ExperimentSamples.read(experiment.resolvedJSON.text(.compact))
        try #require(again == experiment, "not read back equal: \(String(decoding: bytes, as: UTF8.self))")
      } catch {
        let error = try #require(error as? SpecError)
        if (try? JSONReader.read(bytes)) != nil { wellFormed += 1 }
        keyPaths.insert(error.keyPath)
        try checkPlace(of: error, in: bytes)
      }
    }
    // Not vacuous: enough mutants are valid, enough are good JSON but no experiment, enough are no JSON.
    let counts = "\(accepted) accepted, \(wellFormed) well-formed but refused, of \(Self.mutants)"
    #expect(accepted > Self.mutants / 40, "\(counts)")
    #expect(wellFormed > Self.mutants / 5, "\(counts)")
    #expect(accepted + wellFormed < Self.mutants * 9 / 10, "\(counts)")
    #expect(keyPaths.count > 60, "\(keyPaths.count) different keys at fault")
  }

  @Test(.timeLimit(.minutes(1))) func randomBytesAreRefused() throws {
    var mutator = try SpecMutator(seed: 3)
    for _ in 0..<5_000 {
      let bytes = mutator.noise()
      do {
        _ = try ExperimentSamples.read(bytes)
        Issue.record("accepted \(bytes)")
      } catch { try checkPlace(of: error, in: bytes) }
    }
  }

  @Test(.timeLimit(.minutes(1))) func mutatedTablesAreReadOrRefused() throws {
    var mutator = try SpecMutator(seed: 4)
    for _ in 0..<5_000 {
      let bytes = mutator.mutant(of: "# gains\n1, 0\n-0.5, 1e-3\r\n1 1\n")
      do {
        let table = try NumericTable.parse(bytes, file: "gains.csv")
        try #require(table.elements.allSatisfy(\.isFinite) && table.rows > 0 && table.columns > 0)
      } catch let error as SpecError { try checkPlace(of: error, in: bytes) }
    }
  }

  private func checkPlace(of error: SpecError, in bytes: [UInt8]) throws {
    guard case .text(let line, let column) = error.place else {
      Issue.record("no line: \(error)")
      return
    }
    let text = ExperimentSamples.files[error.file].map { Array($0.utf8) } ?? bytes
    let lines = text.split(omittingEmptySubsequences: false) { $0 == 0x0A || $0 == 0x0D }.count
    try #require((1...lines).contains(line) && (1...text.count + 1).contains(column), "\(error)")
    try #require(error.description.hasPrefix("\(error.file):\(line):\(column): "), "\(error)")
    try #require(!error.message.isEmpty && error.description.utf8.count < 1500, "\(error)")
    try #require(!error.description.utf8.contains { $0 < 0x20 }, "\(error)")
  }
}

/// Makes mutants of texts from one stream of random numbers.
struct SpecMutator: ~Copyable {
  private var stream: RandomStream

  init(seed: UInt64) throws { stream = try RandomStream(StreamKey(seed: seed, chain: 0, purpose: .testing)) }

  /// Values that replace numbers, texts and whole objects.
  private static let extremes = [
    "0", "-0", "-1", "1", "2", "1.5", "1e-320", "1e308", "1e309", "-1e308", "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808", "4294967296", "1e9", "1e18", "2147483648", "NaN", "Infinity", "0x10", "1.", ".5", "00",
    "null",
    "true", "\"\"", "\"a\"", "[]", "{}", "[[]]", "[1]", "[[1, 2], [3]]", "\"1..2\"", "\"all\"",
    "[[1, 1e50], [1e50, 1]]",
  ]

  /// Keys and words of the format, and fragments of syntax.
  private static let words: [String] =
    SpecSchema.sections.flatMap { section in
      section.allKeys.flatMap { key in
        if case .choice(let names) = key.form {
          ["\"\(key.name)\""] + names.map { "\"\($0)\"" }
        } else {
          ["\"\(key.name)\""]
        }
      }
    } + [",", ":", "{", "}", "[", "]", "\"", "\\", "//", "/*", "*/", "'", "\n", "\u{FEFF}", "\u{0}", "é", "\\ud800"]

  /// One or two mutations of tokens, or one to three of bytes.
  mutating func mutant(of text: String) -> [UInt8] {
    var tokens = Self.tokens(of: text)
    let isByteMutant = stream.integer(below: 5) == 0
    for _ in 0...stream.integer(below: 2) where !isByteMutant && !tokens.isEmpty { mutate(&tokens) }
    var bytes = Array(tokens.joined().utf8)
    for _ in 0...stream.integer(below: 3) where isByteMutant && !bytes.isEmpty { mutate(&bytes) }
    return bytes
  }

  /// Up to 64 bytes, half of them from JSON's own alphabet.
  mutating func noise() -> [UInt8] {
    let alphabet = Array("{}[]\",:0123456789.eE+-truefalsn/*\\ \n".utf8)
    let count = stream.integer(below: 65)
    return (0..<count).map { _ in
      stream.integer(below: 2) == 0
        ? alphabet[stream.integer(below: alphabet.count)] : UInt8(stream.integer(below: 256))
    }
  }

  private mutating func mutate(_ tokens: inout [String]) {
    let place = stream.integer(below: tokens.count)
    switch stream.integer(below: 15) {
    case 0: tokens.remove(at: place)
    case 1: tokens.insert(tokens[place], at: place)
    case 2: tokens.swapAt(place, stream.integer(below: tokens.count))
    case 3: tokens.insert(choose(Self.words), at: place)
    case 4: tokens[place] = choose(Self.words)
    case 5: tokens.removeSubrange(place..<min(tokens.count, place + 1 + stream.integer(below: 8)))
    case 6...9: replaceValue(in: &tokens, where: { $0.first.map { "-0123456789".contains($0) } ?? false })
    case 10...11: replaceValue(in: &tokens, where: { $0.hasPrefix("\"") })
    default: misspell(in: &tokens)
    }
  }

  private mutating func replaceValue(in tokens: inout [String], where isCandidate: (String) -> Bool) {
    let places = tokens.indices.filter { isCandidate(tokens[$0]) }
    if let place = places.isEmpty ? nil : places[stream.integer(below: places.count)] {
      tokens[place] = choose(Self.extremes)
    }
  }

  /// Changes, drops, doubles or swaps letters of a key or a word.
  private mutating func misspell(in tokens: inout [String]) {
    let places = tokens.indices.filter { tokens[$0].hasPrefix("\"") && tokens[$0].count > 3 }
    guard !places.isEmpty else { return }
    let place = places[stream.integer(below: places.count)]
    var letters = Array(tokens[place])
    let letter = 1 + stream.integer(below: letters.count - 3)
    switch stream.integer(below: 4) {
    case 0: letters.remove(at: letter)
    case 1: letters.insert(letters[letter], at: letter)
    case 2: letters.swapAt(letter, letter + 1)
    default: letters[letter] = "x"
    }
    tokens[place] = String(letters)
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    let place = stream.integer(below: bytes.count)
    switch stream.integer(below: 4) {
    case 0: bytes.remove(at: place)
    case 1: bytes.insert(UInt8(stream.integer(below: 256)), at: place)
    case 2: bytes[place] ^= 1 << UInt8(stream.integer(below: 8))
    default: bytes.swapAt(place, stream.integer(below: bytes.count))
    }
  }

  private mutating func choose(_ list: [String]) -> String { list[stream.integer(below: list.count)] }

  /// Texts, words or numbers, blanks, and single other characters; together they are the text.
  private static func tokens(of text: String) -> [String] {
    var tokens: [String] = []
    var rest = text[...]
    while let first = rest.first {
      let end: String.Index
      if first == "\"" {
        let closing = rest.dropFirst().firstIndex(of: "\"")
        end = closing.map { rest.index(after: $0) } ?? rest.endIndex
      } else {
        let isWord: (Character) -> Bool = { $0.isLetter || $0.isNumber || "+-._".contains($0) }
        let matches = isWord(first) ? isWord : first.isWhitespace ? { $0.isWhitespace } : { _ in false }
        end = rest.dropFirst().firstIndex { !matches($0) } ?? rest.endIndex
      }
      tokens.append(String(rest[..<end]))
      rest = rest[end...]
    }
    return tokens
  }
}
