// "weights": the standard deviations of the weights, and what they mean.

import JSON

/// What the weight scales are.
package enum WeightConventionName: String, SpecChoice {
  /// Standard deviations of the Gaussian prior.
  case prior
  /// Second moments that the ensemble must have.
  case moment
}

/// The weight scales of an experiment, as standard deviations.
package struct WeightsSection: Sendable, Equatable {
  package let convention: WeightConventionName
  let output: Double
  let input: Double
  let context: Double
  let hidden: Double
  /// Of networks in time; nil for others.
  private let givenRecurrent: Double?
  /// Of a task with loadings, one for all or one per loading; nil for other tasks.
  private let loading: [Double]?

  static let schema = SpecSection(
    path: "weights",
    common: [
      SpecKey(
        "convention", .choice(of: WeightConventionName.self), .defaultsTo("prior"),
        "scales of the Gaussian prior, or second moments that the ensemble must have"),
      SpecKey("output", .number(.positive), .defaultsTo(1.0), "of the output weights w"),
      SpecKey("input", .number(.positive), .defaultsTo(1.0), "of the input weights m"),
      SpecKey("context", .number(.positive), .defaultsTo(1.0), "of the context drives b"),
      SpecKey("hidden", .number(.positive), .defaultsTo(1.0), "of the weights between hidden layers"),
      SpecKey(
        "recurrent", .orNull(.number(.positive)), .defaultsTo(.null),
        "of the weights between the neurons of a \"recurrent\" network; null: 1"),
      SpecKey(
        "loading", .orNull(.numberOrList(.positive)), .defaultsTo(.null),
        "of the loadings of \"moments\": one for all, or a list in their order; null: 1"),
    ])

  /// - Parameters:
  ///   - loadings: how many the task has; nil for tasks without.
  ///   - isInTime: whether the network has recurrent weights.
  init(from reader: SpecReader, loadings: Int?, isInTime: Bool = false) throws(SpecError) {
    convention = try reader.choice("convention")
    output = try reader.number("output")
    input = try reader.number("input")
    context = try reader.number("context")
    hidden = try reader.number("hidden")
    let recurrent = try reader.numberOrNull("recurrent")
    guard isInTime || recurrent == nil else {
      throw reader.error(
        at: "recurrent", "only \"recurrent\" networks have recurrent weights; leave the key out, or say null")
    }
    givenRecurrent = isInTime ? recurrent ?? 1 : nil
    if isInTime, try reader.number("hidden") != 1 {
      throw reader.error(
        at: "hidden", "the weights between the neurons of a recurrent network are weights.recurrent; leave this key out"
      )
    }
    let given = try reader.numbersOrNull("loading")
    guard let loadings else {
      if given != nil {
        throw reader.error(at: "loading", "only \"moments\" has loadings; leave the key out, or say null")
      }
      loading = nil
      return
    }
    if let given, given.count != 1, given.count != loadings {
      throw reader.error(
        at: "loading",
        "found \(given.count) scales; allowed: one for all, or \(loadings), one per loading (task.loadings)")
    }
    for key in ["output", "input", "context", "hidden"] where try reader.number(key) != 1 {
      throw reader.error(at: key, "\"moments\" has loadings, whose scales are in weights.loading; leave this key out")
    }
    loading = given ?? [1]
  }

  /// The scales of `count` loadings.
  func loadingScales(_ count: Int) -> [Double] {
    guard let loading, loading.count != 1 else { return [Double](repeating: loading?[0] ?? 1, count: count) }
    return loading
  }

  /// Of recurrent weights.
  package var recurrent: Double { givenRecurrent ?? 1 }

  private init(_ other: WeightsSection, convention: WeightConventionName) {
    self.convention = convention
    output = other.output
    input = other.input
    context = other.context
    hidden = other.hidden
    givenRecurrent = other.givenRecurrent
    loading = other.loading
  }

  /// The same scales, as the prior's.
  var asPrior: WeightsSection { WeightsSection(self, convention: .prior) }

  var json: JSONValue {
    var common: [(String, JSONValue)] = [
      ("convention", .string(convention.rawValue)), ("output", .number(output)), ("input", .number(input)),
      ("context", .number(context)), ("hidden", .number(hidden)),
    ]
    // Where there are none of a kind they are left out, as before there were any.
    if let givenRecurrent { common.append(("recurrent", .number(givenRecurrent))) }
    guard let loading else { return .object(common) }
    return .object(common + [("loading", loading.count == 1 ? .number(loading[0]) : .numbers(loading))])
  }
}
