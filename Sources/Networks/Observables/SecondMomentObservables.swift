// The observables `output_second_moment` and `input_second_moment`.

extension Observable where View: WeightView {
  /// `output_second_moment`: mean w².
  static var outputSecondMoment: Observable {
    Observable("output_second_moment") { $1.outputSquares($0) / Double($1.outputNeurons) }
  }

  /// `input_second_moment`: mean over neurons of |m|².
  static var inputSecondMoment: Observable {
    Observable("input_second_moment") { $1.inputSquares($0) / Double($1.inputNeurons) }
  }
}
