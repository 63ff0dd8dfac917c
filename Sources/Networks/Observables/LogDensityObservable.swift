// The observable `lp`.

extension Observable where View: NetworkView {
  /// `lp`: ln p up to a constant, as the kernel knows it.
  static var logDensity: Observable { Observable("lp") { $1.logDensity } }
}
