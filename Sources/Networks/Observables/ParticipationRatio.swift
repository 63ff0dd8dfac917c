// How many neurons take part in the readout.

extension Observable where View: PositionView {
  /// `participation_ratio`: (mean w²)²/mean w⁴ over the neurons that are read out, the share of them that carries the output.
  ///
  /// 1 where all output weights are of one size, 1/N where one neuron has all, 1/3 for Gaussian weights as N grows; 0 for a network
  /// without output. O(N).
  public static var participationRatio: Observable {
    Observable("participation_ratio") { position, view in
      var (squares, fourths) = (0.0, 0.0)
      // In units of the largest weight, whose fourth power is a normal number.
      var largest = 0.0
      for i in 0..<view.outputNeurons { largest = max(largest, abs(position[i])) }
      guard largest > 0 else { return 0 }
      for i in 0..<view.outputNeurons {
        let weight = position[i] / largest
        squares += weight * weight
        fourths += weight * weight * weight * weight
      }
      return squares * squares / (Double(view.outputNeurons) * fourths)
    }
  }
}
