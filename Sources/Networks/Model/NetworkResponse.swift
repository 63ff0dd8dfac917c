// What a network answers to a list of stimuli.

import Sampling

/// What one network answers to a list of stimuli.
public struct NetworkResponse: Sendable {
  /// y_c(x_p), [context, stimulus].
  public let outputs: Matrix
  /// The readout of its gain-modulated linear image, [context, feature], if it has one.
  public let image: Matrix?

  /// A response; the image has as many contexts as the outputs.
  public init(outputs: Matrix, image: Matrix? = nil) {
    self.outputs = outputs
    self.image = image
  }
}
