// What can go wrong in training, in words that name the cause and a way out.

/// Why training was refused or did not come to its end.
public enum TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A parameter outside its range.
  case invalidParameter(name: String, value: Double, allowed: String)
  /// Input whose shape does not fit.
  case invalidShape(what: String, found: String, allowed: String)
  /// The loss, or a weight, grew beyond bounds.
  case diverged(network: Int?, step: Int, loss: Double, initialLoss: Double, learningRate: Double)
  /// The loss did not reach its bound.
  case stalled(loss: Double, bound: Double, time: Double, steps: Int)

  public var description: String {
    switch self {
    case .invalidParameter(let name, let value, let allowed):
      "\(name) is \(value); allowed: \(allowed)"
    case .invalidShape(let what, let found, let allowed):
      "\(what) is \(found); allowed: \(allowed)"
    case .diverged(let network, let step, let loss, let initialLoss, let learningRate):
      "training\(network.map { " of network \($0)" } ?? "") diverged at step \(step): the loss is \(loss), against "
        + "\(initialLoss) at the start, with a learning rate of \(learningRate); use a smaller one or the automatic rate"
    case .stalled(let loss, let bound, let time, let steps):
      "the loss is still \(loss) after \(steps) steps (time \(time)) and does not fall below \(bound); ask for a larger "
        + "loss, allow more steps, or make sure that the gains can carry the target"
    }
  }
}

extension TrainingError {
  /// Refuses batches that are empty or larger than the list of stimuli.
  ///
  /// - Throws: ``invalidParameter(name:value:allowed:)`` unless 1 ≤ size ≤ stimuli.
  public static func requireBatch(of size: Int, stimuli: Int) throws {
    guard size >= 1, size <= stimuli else {
      throw invalidParameter(
        name: "the batch size", value: Double(size), allowed: "1 ... \(stimuli), the number of stimuli")
    }
  }
}
