// Trials in time from a file of NumPy arrays.

import JSON
import Networks
import Sampling
import Storage

/// A file of trials: arrays `inputs`, `targets`, `mask` [trial, time, channel] and `context` [trial].
package struct TrialFile: InputData, Equatable {
  package let location: DataFile.Location
  let batch: TrialBatch

  /// The arrays that are read, by name; the last two may be left out.
  static let arrays = ["inputs", "targets", "mask", "context"]

  /// The most numbers in a file of trials: what a run keeps of them stays below 4 GiB.
  static let mostNumbers = 4e8

  package var ending: String { "npz" }

  package func update(_ hash: inout SHA256) { batch.update(&hash) }

  package func bytes() throws -> [UInt8] { try batch.npz() }

  /// Reads trials.
  ///
  /// - Parameters:
  ///   - contexts: K; nil for as many as the trials name.
  ///   - decision: The first and the last step of a trial's decision.
  /// - Throws: ``SpecError`` that names array, trial, step and channel.
  static func read(
    _ bytes: [UInt8], _ location: DataFile.Location, contexts: Int?, decision: ClosedRange<Int>?
  ) throws(SpecError) -> TrialFile {
    func failure(_ message: String) -> SpecError {
      SpecError(file: location.path, place: .file, message: message)
    }
    let arrays: [(name: String, array: StoredArray)]
    let name = URL(fileURLWithPath: location.path)
    do {
      arrays = try ArrayFile.read(
        bytes, stem: name.deletingPathExtension().lastPathComponent, ending: name.pathExtension.lowercased())
    } catch { throw failure(error.description) }
    func array(_ name: String) -> StoredArray? { arrays.first { $0.name == name }?.array }
    // A misspelt mask would count as ones.
    for found in arrays.map(\.name) where !Self.arrays.contains(found) {
      if let meant = Spelling.nearest(to: found, among: Self.arrays), array(meant) == nil {
        throw failure("it has an array \(JSONWriter.excerpt(found)); did you mean \"\(meant)\"?")
      }
    }
    func required(_ name: String) throws(SpecError) -> StoredArray {
      if let array = array(name) { return array }
      let names = arrays.prefix(8).map { JSONWriter.excerpt($0.name) }.joined(separator: ", ")
      throw failure(
        "it has no array \"\(name)\" (it has \(names.isEmpty ? "none" : names)); allowed: inputs and targets [trial, time, channel], mask "
          + "(default: ones), context [trial] (default: 0)")
    }
    func shape(_ name: String, _ array: StoredArray) throws(SpecError) -> [Int] {
      guard array.shape.count == 3, array.shape.allSatisfy({ $0 > 0 }) else {
        throw failure(
          "\(name) has the shape \(StoredArray.words(array.shape)); allowed: [trial, time, channel], at least one of each"
        )
      }
      return array.shape
    }
    func numbers(_ name: String, _ array: StoredArray, _ channels: Int, _ times: Int) throws(SpecError) -> [Double] {
      let values = ArrayView(array).elements
      // NaN and infinities are told by the batch, too large numbers here.
      if let place = values.firstIndex(where: { $0.isFinite && !NumberRange.entries.contains($0) }) {
        throw failure(
          "\(name)[\(place / (times * channels)), \(place / channels % times), \(place % channels)] is \(values[place]); allowed: "
            + NumberRange.entries.words)
      }
      return values
    }
    let (inputs, targets) = (try required("inputs"), try required("targets"))
    let (inputShape, targetShape) = (try shape("inputs", inputs), try shape("targets", targets))
    guard inputShape[..<2] == targetShape[..<2] else {
      throw failure(
        "targets has the shape \(StoredArray.words(targetShape)); allowed: [\(inputShape[0]), \(inputShape[1]), channels], the trials and "
          + "steps of inputs")
    }
    let (trials, times) = (inputShape[0], inputShape[1])
    for (name, shape) in [("inputs", inputShape), ("targets", targetShape)] where shape[2] > TaskSection.mostContexts {
      throw failure("\(name) has \(shape[2]) channels; allowed: at most \(TaskSection.mostContexts)")
    }
    let count = Double(trials) * Double(times) * Double(inputShape[2] + 2 * targetShape[2])
    guard count <= mostNumbers else {
      throw failure("it has \(NumberText.significant(count, digits: 2)) numbers; allowed: \(Int(mostNumbers))")
    }
    var mask = [Double](repeating: 1, count: trials * times * targetShape[2])
    if let given = array("mask") {
      guard given.shape == targetShape else {
        throw failure(
          "mask has the shape \(StoredArray.words(given.shape)); allowed: \(StoredArray.words(targetShape)), that of targets"
        )
      }
      mask = ArrayView(given).elements
    }
    var contextOfTrial = [Int](repeating: 0, count: trials)
    if let given = array("context") {
      guard given.shape == [trials] else {
        throw failure(
          "context has the shape \(StoredArray.words(given.shape)); allowed: [\(trials)], a context per trial")
      }
      let most = contexts ?? TaskSection.mostContexts
      for (trial, value) in ArrayView(given).elements.enumerated() {
        guard let context = Int(exactly: value), (0..<most).contains(context) else {
          throw failure(TrialError.wrongContext(trial: trial, value: value, contexts: most).description)
        }
        contextOfTrial[trial] = context
      }
    }
    let inputNumbers = try numbers("inputs", inputs, inputShape[2], times)
    let targetNumbers = try numbers("targets", targets, targetShape[2], times)
    do {
      return TrialFile(
        location: location,
        batch: try TrialBatch(
          trials: trials, times: times, inputChannels: inputShape[2], outputChannels: targetShape[2],
          inputs: inputNumbers, targets: targetNumbers, mask: mask, contextOfTrial: contextOfTrial,
          contexts: contexts ?? 1 + (contextOfTrial.max() ?? 0), decision: decision.map { Range($0) }))
    } catch { throw failure(error.description) }
  }
}

extension SpecSource {
  /// Opens the file of trials that the key at `path` names.
  ///
  /// - Throws: ``SpecError`` at the key.
  func trials(
    _ location: DataFile.Location, at path: JSONPath, contexts: Int?, decision: ClosedRange<Int>?
  ) throws(SpecError) -> TrialFile {
    do {
      return try TrialFile.read(try readFile(location), location, contexts: contexts, decision: decision)
    } catch { throw self.error(at: path, "\(error.file): \(error.message)") }
  }
}

extension TrialBatch {
  /// Takes everything into a hash.
  func update(_ hash: inout SHA256) {
    for length in [trials, times, inputChannels, outputChannels, contexts] { hash.update(length) }
    for values in [inputs, targets, mask] { hash.update(values) }
    for context in contextOfTrial { hash.update(context) }
  }

  /// The trials as a file of NumPy arrays, as `"task": {"kind": "trials"}` reads it.
  ///
  /// - Throws: ``StorageError/export(_:)`` beyond 4 GiB.
  package func npz() throws -> [UInt8] {
    try NPZFile.bytes(
      [
        ("inputs", [trials, times, inputChannels], inputs, .real),
        ("targets", [trials, times, outputChannels], targets, .real),
        ("mask", [trials, times, outputChannels], mask, .boolean),
        ("context", [trials], contextOfTrial.map { Double($0) }, .integer),
      ], by: "mcmc-run")
  }
}
