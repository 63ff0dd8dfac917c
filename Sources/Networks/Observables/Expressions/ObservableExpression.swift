// An observable that is asked for by an expression, and what makes one number of a network's neurons.

/// An observable by an expression: of a neuron's quantities, reduced over neurons, or of recorded scalars.
public struct ObservableExpression: Sendable, Equatable {
  /// What makes one number of all neurons' values.
  public enum Reduction: String, Sendable, CaseIterable {
    /// How one number is made of all neurons.
    case mean, sum, max, min
  }

  /// The name that it is recorded by.
  public let name: String
  /// What is computed, such as `w^4` or `loss/output_second_moment`.
  public let text: String
  /// Over neurons; nil for an expression of recorded scalars.
  public let reduction: Reduction?

  /// An observable called `name`.
  public init(_ name: String, of text: String, reduction: Reduction? = nil) {
    self.name = name
    self.text = text
    self.reduction = reduction
  }

  /// Observables that have a name of their own, each with what it is. Other expressions may use them, recorded or not.
  ///
  /// `participation_ratio` ⟨w²⟩²/⟨w⁴⟩, the share of neurons that carry the output (1 if all weights are of one size, 1/3 for Gaussian
  /// weights as N → ∞, 1/N if one neuron has all); `largest_weight` max |w|; `output_fourth_moment` mean w⁴; `input_fourth_moment`
  /// mean over neurons of |m|⁴. Of deep networks w belongs to the last hidden layer, m to the first.
  public static let named: [(observable: ObservableExpression, meaning: String)] = [
    (
      ObservableExpression("participation_ratio", of: "output_second_moment^2/output_fourth_moment"),
      "(mean w^2)^2/mean w^4, the share of neurons that carry the output"
    ),
    (ObservableExpression("largest_weight", of: "abs(w)", reduction: .max), "max |w| over neurons"),
    (ObservableExpression("output_fourth_moment", of: "w^4", reduction: .mean), "mean w^4"),
    (ObservableExpression("input_fourth_moment", of: "norm(m)^4", reduction: .mean), "mean over neurons of |m|^4"),
  ]
}
