// Trials in time from NumPy's arrays: a file of them, or a folder.

import JSON
import Networks
import Sampling
import Storage

/// Trials that a spec names by path: arrays `inputs`, `targets`, `mask` [trial, time, channel] and `context` [trial].
package struct TrialFile: InputData, Equatable {
  package let location: DataFile.Location
  let batch: TrialBatch

  /// The most numbers in a file of trials: what a run keeps of them stays below 4 GiB.
  static let mostNumbers = 4e8

  package var ending: String { "npz" }

  package func update(_ hash: inout SHA256) { batch.update(&hash) }

  package func bytes() throws -> [UInt8] { try batch.npz() }

  /// Makes trials of arrays.
  ///
  /// - Parameters:
  ///   - contexts: K; nil for as many as the trials name.
  ///   - decision: The first and the last step of a trial's decision.
  /// - Throws: ``SpecError`` that names array, trial, step and channel.
  init(_ arrays: TrialArrays, contexts: Int?, decision: ClosedRange<Int>?) throws(SpecError) {
    func shape(_ name: String, _ array: StoredArray) throws(SpecError) -> [Int] {
      guard array.shape.count == 3, array.shape.allSatisfy({ $0 > 0 }) else {
        throw arrays.fault(
          name,
          "\(name) has the shape \(StoredArray.words(array.shape)); allowed: [trial, time, channel], at least one of each"
        )
      }
      return array.shape
    }
    func numbers(_ name: String, _ array: StoredArray, _ channels: Int, _ times: Int) throws(SpecError) -> [Double] {
      let values = ArrayView(array).elements
      // NaN and infinities are told by the batch, too large numbers here.
      if let place = values.firstIndex(where: { $0.isFinite && !NumberRange.entries.contains($0) }) {
        throw arrays.fault(
          name,
          "\(name)[\(place / (times * channels)), \(place / channels % times), \(place % channels)] is \(values[place]); allowed: "
            + NumberRange.entries.words)
      }
      return values
    }
    let (inputs, targets) = (try arrays.required("inputs"), try arrays.required("targets"))
    let (inputShape, targetShape) = (try shape("inputs", inputs), try shape("targets", targets))
    guard inputShape[..<2] == targetShape[..<2] else {
      throw arrays.fault(
        "targets",
        "targets has the shape \(StoredArray.words(targetShape)); allowed: [\(inputShape[0]), \(inputShape[1]), channels], the trials and "
          + "steps of inputs")
    }
    let (trials, times) = (inputShape[0], inputShape[1])
    for (name, shape) in [("inputs", inputShape), ("targets", targetShape)] where shape[2] > TaskSection.mostContexts {
      throw arrays.fault(name, "\(name) has \(shape[2]) channels; allowed: at most \(TaskSection.mostContexts)")
    }
    let count = Double(trials) * Double(times) * Double(inputShape[2] + 2 * targetShape[2])
    guard count <= Self.mostNumbers else {
      throw arrays.fault(
        nil, "it has \(NumberText.significant(count, digits: 2)) numbers; allowed: \(Int(Self.mostNumbers))")
    }
    var mask = [Double](repeating: 1, count: trials * times * targetShape[2])
    if let given = arrays["mask"] {
      guard given.shape == targetShape else {
        throw arrays.fault(
          "mask",
          "mask has the shape \(StoredArray.words(given.shape)); allowed: \(StoredArray.words(targetShape)), that of targets"
        )
      }
      mask = ArrayView(given).elements
    }
    var contextOfTrial = [Int](repeating: 0, count: trials)
    if let given = arrays["context"] {
      guard given.shape == [trials] else {
        throw arrays.fault(
          "context",
          "context has the shape \(StoredArray.words(given.shape)); allowed: [\(trials)], a context per trial")
      }
      let most = contexts ?? TaskSection.mostContexts
      for (trial, value) in ArrayView(given).elements.enumerated() {
        guard let context = Int(exactly: value), (0..<most).contains(context) else {
          throw arrays.fault(
            "context", TrialError.wrongContext(trial: trial, value: value, contexts: most).description)
        }
        contextOfTrial[trial] = context
      }
    }
    let inputNumbers = try numbers("inputs", inputs, inputShape[2], times)
    let targetNumbers = try numbers("targets", targets, targetShape[2], times)
    location = arrays.location
    if let decision {
      let channels = targetShape[2]
      let words = "the decision (steps \(decision.lowerBound) to \(decision.upperBound))"
      guard decision.upperBound < times else {
        throw arrays.fault(
          nil,
          "its trials have the steps 0 to \(times - 1), and \(words) has others; allowed: a decision in these steps")
      }
      guard mask.indices.contains(where: { mask[$0] != 0 && decision.contains($0 / channels % times) }) else {
        throw arrays.fault("mask", "mask has only 0 in \(words); allowed: a decision in which outputs count")
      }
    }
    do {
      batch = try TrialBatch(
        trials: trials, times: times, inputChannels: inputShape[2], outputChannels: targetShape[2],
        inputs: inputNumbers, targets: targetNumbers, mask: mask, contextOfTrial: contextOfTrial,
        contexts: contexts ?? 1 + (contextOfTrial.max() ?? 0), decision: decision.map { Range($0) })
    } catch { throw arrays.fault(error.array, error.description) }
  }
}

extension TrialError {
  /// The array at fault; nil where it is none alone.
  fileprivate var array: String? {
    switch self {
    case .wrongCount(let array, _, _), .notFinite(let array, _, _, _, _): array
    case .wrongMask, .nothingWanted: "mask"
    case .wrongContext: "context"
    case .empty, .wrongDecision: nil
    }
  }
}

extension SpecSource {
  /// Opens the trials that the key at `path` names, a file of arrays or a folder of them.
  ///
  /// - Throws: ``SpecError`` at the key.
  func trials(
    _ location: DataFile.Location, at path: JSONPath, contexts: Int?, decision: ClosedRange<Int>?
  ) throws(SpecError) -> TrialFile {
    do {
      let arrays =
        if let files = try folderFiles(location) {
          try TrialArrays(folder: location, files: files, readFile)
        } else {
          try TrialArrays(try readFile(location), location)
        }
      return try TrialFile(arrays, contexts: contexts, decision: decision)
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
