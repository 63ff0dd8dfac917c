// The answers of drawn networks to some stimuli in some contexts: the piece by which predictions are made.

/// Outputs y_c(x_p) of all networks, for some contexts and stimuli.
public struct AnswerBlock: Sendable {
  /// The contexts.
  public let contexts: Range<Int>
  /// The stimuli, by their rows in the list of all.
  public let stimuli: Range<Int>
  /// The number of networks, n.
  public let networks: Int
  /// y, [context, stimulus, network]; chains of equal length one behind the other.
  public let values: [Double]

  /// - Precondition: as many values as contexts, stimuli and networks ask for.
  public init(contexts: Range<Int>, stimuli: Range<Int>, networks: Int, values: [Double]) {
    precondition(values.count == contexts.count * stimuli.count * networks, "values are [context, stimulus, network]")
    self.contexts = contexts
    self.stimuli = stimuli
    self.networks = networks
    self.values = values
  }

  /// All networks' outputs for one context and stimulus of all, [network].
  func outputs(context: Int, stimulus: Int) -> ArraySlice<Double> {
    let place = (context - contexts.lowerBound) * stimuli.count + stimulus - stimuli.lowerBound
    return values[place * networks..<(place + 1) * networks]
  }
}
