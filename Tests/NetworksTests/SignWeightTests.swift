// Networks with weights of two signs and with given output weights: densities, flips, and draws against all networks that there are.

import Foundation
import Sampling
import TestSupport
import Testing

@testable import Networks

/// A small network whose weights are not all normal, with a task.
struct FormCase: Sendable, CustomTestStringConvertible {
  let architecture: FeedforwardArchitecture
  var scales = WeightScales(output: 1.3, input: 0.7, context: 1.1, hidden: 0.9)
  let stimuli: Matrix
  let task: LearningTask
  var tightness: Double

  init(_ architecture: FeedforwardArchitecture, stimuli count: Int = 5, tightness: Double = 3, seed: UInt64 = 5) {
    self.architecture = architecture
    self.tightness = tightness
    var stream = try! RandomStream(StreamKey(seed: seed, chain: 0, purpose: .testing))
    func normals(_ rows: Int, _ columns: Int) -> Matrix {
      Matrix(rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in stream.standardNormal() })
    }
    stimuli = normals(count, architecture.features)
    task = try! LearningTask(target: normals(architecture.contexts, architecture.features))
  }

  var testDescription: String {
    "\(architecture.activation) \(architecture.widths), K = \(architecture.contexts), \(architecture.drivenLayers), "
      + "\(architecture.readoutScaling), signs \(architecture.signs.map(\.rawValue).sorted()), "
      + (architecture.fixedReadout == nil ? "drawn" : "given") + " outputs"
  }

  var ensemble: FeedforwardEnsemble {
    get throws {
      try FeedforwardEnsemble(
        task: task, architecture: architecture, stimuli: stimuli, scales: scales, binding: .gibbs(tightness: tightness))
    }
  }

  func position(seed: UInt64) throws -> [Double] {
    var stream = try RandomStream(StreamKey(seed: seed, chain: 1, purpose: .testing))
    return try ensemble.density().drawPrior(using: &stream)
  }

  /// Every activation with every kind of block, one hidden layer to three.
  static let all: [FormCase] = {
    var cases: [FormCase] = []
    let groups: [Set<WeightGroup>] = [
      [.output, .input, .hidden, .context], [.input], [.output], [.hidden, .context], [.context], [],
    ]
    for activation in [Activation.tanh, .relu, .sign, .hermite2] {
      for (number, signs) in groups.enumerated() {
        for widths in [[7], [4, 5], [3, 4, 2]] {
          for isGiven in [false, true] {
            let own = isGiven ? signs.subtracting([.output]) : signs
            guard isGiven || !own.isEmpty else { continue }
            let drives = FeedforwardArchitecture.DrivenLayers.allCases[(number + widths.count) % 3]
            cases.append(
              FormCase(
                FeedforwardArchitecture(
                  features: 3, contexts: 2, widths: widths, activation: activation,
                  readoutScaling: number % 2 == 0 ? .meanField : .standard, drivenLayers: drives,
                  fixedReadout: isGiven ? (0..<widths.last!).map { 0.5 - Double($0) } : nil, signs: own)))
          }
        }
      }
    }
    return cases
  }()
}

@Suite struct WeightFormTests {
  /// Outputs are those of a network of normal weights with the same numbers, laid out in order.
  @Test(arguments: FormCase.all) func outputsAreThoseOfTheWeights(form: FormCase) throws {
    let architecture = form.architecture
    let plain = FeedforwardArchitecture(
      features: architecture.features, contexts: architecture.contexts, widths: architecture.widths,
      activation: architecture.activation, readoutScaling: architecture.readoutScaling,
      drivenLayers: architecture.drivenLayers)
    let density = try form.ensemble.density()
    let position = try form.position(seed: 1)
    let weights = architecture.weights(at: position)
    #expect(architecture.weightLayout == plain.layout && weights.count == plain.layout.dimension)
    if let given = architecture.fixedReadout { #expect(Array(weights.prefix(given.count)) == given) }
    let other = FeedforwardDensity(
      architecture: plain, scales: form.scales, stimuli: form.stimuli, task: form.task, tightness: form.tightness)
    #expect(
      density.outputs(at: position.span, stimuli: form.stimuli)
        == other.outputs(at: weights.span, stimuli: form.stimuli))
    // ln p is the task's part, and the Gaussians of the weights that are normal.
    var (own, theirs) = (density.makeWorkspace(), other.makeWorkspace())
    let slope = density.temperatureSlope(at: position.span, using: &own)
    #expect(slope == other.temperatureSlope(at: weights.span, using: &theirs))
    var prior = 0.0
    for (j, scale) in density.priorScales.enumerated() { prior -= position[j] * position[j] / (scale * scale) / 2 }
    let value = density.logDensity(at: position.span, using: &own)
    #expect(abs(value - slope - prior) < 1e-12 * max(1, abs(value)))
    // Signs are of their scale.
    for block in density.layout.blocks where block.kind == .sign {
      #expect(position[block.range].allSatisfy { abs($0) == block.magnitude })
    }
    // What the prior draws, exports keep as numbers.
    #expect(density.layout.stored.realCount == density.layout.dimension)
  }

  @Test(
    arguments: FormCase.all.filter { $0.architecture.activation.isDifferentiable && $0.architecture.drawsNormalWeights }
  )
  func gradientsAreDifferences(form: FormCase) throws {
    let density = try form.ensemble.density()
    for seed: UInt64 in 1...3 {
      #expect(gradientError(of: density, at: try form.position(seed: seed)) < 1e-7)
      #expect(gradientError(of: density.tempered(to: 0.4), at: try form.position(seed: seed)) < 1e-7)
    }
  }

  /// Changes by flips are differences of the log density, while caches follow some of them.
  @Test(arguments: FormCase.all.filter { !$0.architecture.signs.isEmpty })
  func flipsAreDifferences(form: FormCase) throws {
    let density = try form.ensemble.density()
    var stream = try RandomStream(StreamKey(seed: 3, chain: 0, purpose: .testing))
    for seed: UInt64 in 1...4 {
      let position = try form.position(seed: seed)
      // Differences of large numbers have their rounding.
      var workspace = density.makeWorkspace()
      let rounding = 1e-12 * max(1, abs(density.logDensity(at: position.span, using: &workspace)))
      #expect(flipError(of: density, at: position, using: &stream) < rounding)
      #expect(flipError(of: density.tempered(to: 0.3), at: position, using: &stream) < rounding)
      #expect(flipError(of: density.tempered(to: 0), at: position, using: &stream) == 0)
    }
  }

  /// Sums of signs that are exactly 0 stay so: whole-number stimuli, neurons that answer with signs, every flip taken.
  @Test(arguments: [[6], [4, 6], [2, 4, 2]]) func tiesOfSignsAreExact(widths: [Int]) throws {
    let architecture = FeedforwardArchitecture(
      features: 4, contexts: 1, widths: widths, activation: .sign, drivenLayers: .none,
      signs: [.output, .input, .hidden])
    let stimuli = Matrix([[1, 1, -1, 1], [1, -1, 1, 1], [2, 1, 1, 0]])
    let density = FeedforwardDensity(
      architecture: architecture, scales: WeightScales(output: 1, input: 0.3, hidden: 0.7), stimuli: stimuli,
      task: try LearningTask(target: [[1, 0, 0.5, 0]]), tightness: 4)
    var stream = try RandomStream(StreamKey(seed: 8, chain: 0, purpose: .testing))
    for _ in 0..<20 { #expect(flipError(of: density, at: density.drawPrior(using: &stream), using: &stream) < 1e-12) }
  }

  @Test func stepsDoNotAllocate() throws {
    guard countsAllocations else { return }
    for form in FormCase.all where form.architecture.signs.contains(.input) {
      let density = try form.ensemble.density()
      var stream = try RandomStream(StreamKey(seed: 4, chain: 0, purpose: .testing))
      func count<Kernel: PointKernel>(_ kernel: Kernel) throws -> Int where Kernel.Target == FeedforwardDensity {
        var state = try kernel.initialState(at: form.position(seed: 2))
        for _ in 0..<3 { _ = kernel.step(&state, using: &stream) }
        return allocations { for _ in 0..<10 { _ = kernel.step(&state, using: &stream) } }
      }
      #expect(try count(BinaryFlips(density)) == 0, "\(form.testDescription)")
      if density.layout.realCount > 0 {
        #expect(try count(Cycle(EllipticalSlice(density), BinaryFlips(density))) == 0)
        #expect(
          try count(
            Cycle(
              HamiltonianMonteCarlo(density, tuning: Tuning(stepSize: 0.1), length: .fixed(3)), BinaryFlips(density)))
            == 0)
      }
      let observables = try form.ensemble.observables(of: density)
      var workspace = observables.makeWorkspace()
      var values = [Double](repeating: 0, count: observables.variables.reduce(0) { $0 + $1.count })
      let position = try form.position(seed: 3)
      func look() {
        var span = values.mutableSpan
        observables.evaluate(at: position.span, logDensity: 0, into: &span, using: &workspace)
      }
      look()
      #expect(allocations { for _ in 0..<5 { look() } } == 0)
    }
  }

  /// What belongs to normal weights only is not there.
  @Test func whatNeedsNormalWeightsIsLeftOut() throws {
    for form in FormCase.all {
      let ensemble = try form.ensemble
      let density = ensemble.density()
      let length = TrajectoryLength.fixed(3)
      #expect(density.neuronKernel() == nil && density.collapsedTrajectoryKernel(stepSize: 0.1, length: length) == nil)
      #expect(HiddenDensity(density) == nil)
      #expect(try ensemble.wideNetworks() == nil && ensemble.logEvidence() == nil)
      let names = try ensemble.predictions().map(\.name)
      let hasConditional = names.contains { $0.hasPrefix("conditional") }
      #expect(hasConditional == form.architecture.drawsNormalOutputs, "\(form.testDescription)")
      #expect(names.filter { $0.hasPrefix("sign_residual") }.count == density.signBlocks.count)
      // Without slopes only the output weights have an identity.
      let real = density.layout.blocks.filter { $0.kind == .real }.map(\.name)
      let identities = names.filter { $0.hasPrefix("weight_identity") }.count
      #expect(
        identities
          == (form.architecture.activation.isDifferentiable
            ? real.count : form.architecture.drawsNormalOutputs ? 1 : 0))
    }
  }

  /// A network drawn from the prior makes the data that the density is then conditioned on.
  @Test(arguments: FormCase.all) func dataCanBeDrawn(form: FormCase) throws {
    let density = try form.ensemble.density()
    var stream = try RandomStream(StreamKey(seed: 6, chain: 0, purpose: .testing))
    let teacher = density.drawPrior(using: &stream)
    let conditional = try #require(density.withTask(drawnGiven: teacher.span, using: &stream))
    #expect(conditional.potential != density.potential && conditional.layout == density.layout)
    if !form.architecture.signs.isEmpty { #expect(flipError(of: conditional, at: teacher, using: &stream) < 1e-12) }
  }
}

/// All networks of signs that there are, with their weights under the Gibbs ensemble.
struct EnumeratedSigns {
  /// ln of the mean of exp(−n V) over the prior.
  let logEvidence: Double
  /// Averages of everything that is recorded.
  let means: [String: Double]

  init(_ form: FormCase) throws {
    let ensemble = try form.ensemble
    let density = ensemble.density()
    let layout = density.layout
    precondition(layout.realCount == 0 && layout.dimension <= 16)
    let magnitudes = layout.blocks.flatMap { [Double](repeating: $0.magnitude, count: $0.count) }
    let observables = ensemble.observables(of: density)
    var workspace = density.makeWorkspace()
    var total = 0.0
    var sums: [String: Double] = [:]
    for state in 0..<1 << layout.dimension {
      let position = magnitudes.enumerated().map { state >> $0.offset & 1 == 1 ? $0.element : -$0.element }
      let weight = exp(density.logDensity(at: position.span, using: &workspace))
      total += weight
      for (name, value) in ObservableTests.values(observables, of: density, at: position) {
        sums[name, default: 0] += weight * value
      }
    }
    logEvidence = log(total / Double(1 << layout.dimension))
    means = sums.mapValues { $0 / total }
  }
}

@Suite struct SignEnumerationTests {
  /// Networks of at most 16 signs.
  static func cases(tightness: Double) -> [FormCase] {
    func form(
      _ features: Int, _ contexts: Int, _ widths: [Int], _ activation: Activation,
      _ drives: FeedforwardArchitecture.DrivenLayers,
      given: Bool = false
    ) -> FormCase {
      FormCase(
        FeedforwardArchitecture(
          features: features, contexts: contexts, widths: widths, activation: activation, drivenLayers: drives,
          fixedReadout: given ? (0..<widths.last!).map { $0 % 2 == 0 ? 1 : -0.5 } : nil,
          signs: Set(given ? [.input, .hidden, .context] : WeightGroup.allCases)), stimuli: 3, tightness: tightness)
    }
    return [
      form(2, 1, [5], .tanh, .none), form(2, 2, [3], .relu, .first), form(3, 1, [5], .sign, .none, given: true),
      form(1, 1, [16], .tanh, .none, given: true), form(2, 1, [2, 3], .erf, .none),
      form(1, 2, [2, 2], .hermite2, .all),
    ]
  }

  static func draw<Target: DifferentiableLogDensity & FlippableLogDensity>(
    _ form: FormCase, from target: Target, seed: UInt64, draws: Int = 6000
  ) throws -> [String: [[Double]]] where Target.Workspace == FeedforwardDensity.Workspace {
    let ensemble = try form.ensemble
    let density = ensemble.density()
    let observables = ensemble.observables(of: density)
    let kernel = BinaryFlips(target)
    var series: [String: [[Double]]] = [:]
    for chain in 0..<4 {
      var stream = try RandomStream(StreamKey(seed: seed, chain: chain, purpose: .testing))
      var state = try kernel.initialState(at: density.drawPrior(using: &stream))
      for _ in 0..<200 { _ = kernel.step(&state, using: &stream) }
      var values: [String: [Double]] = [:]
      for _ in 0..<draws {
        _ = kernel.step(&state, using: &stream)
        for (name, value) in ObservableTests.values(observables, of: density, at: state.position)
        where name != "lp" {
          values[name, default: []].append(value)
        }
      }
      for (name, chain) in values { series[name, default: []].append(chain) }
    }
    return series
  }

  /// z of every average that varies.
  static func deviations(_ series: [String: [[Double]]], _ means: [String: Double]) -> [(name: String, z: Double)] {
    series.compactMap { name, chains in
      guard let expected = means[name] else { return nil }
      let moments = RunningMoments(chains.joined())
      guard moments.standardDeviation > 1e-9 * max(1e-6, abs(expected)) else { return nil }
      return (name, (moments.mean - expected) / Diagnostics.mcseMean(chains))
    }
  }

  /// Loss, outputs' second and fourth moments and readouts, at 4 standard errors; about a hundred comparisons, whose false alarms are 6 in
  /// 1000 in all (seeds are fixed).
  @Test(arguments: [0, 2, 15.0]) func drawsAreTheEnumerated(tightness: Double) throws {
    for (number, form) in Self.cases(tightness: tightness).enumerated() {
      let exact = try EnumeratedSigns(form)
      let series = try Self.draw(form, from: form.ensemble.density(), seed: 100 + UInt64(number))
      let compared = Self.deviations(series, exact.means)
      #expect(compared.contains { $0.name == "loss" } && compared.contains { $0.name == "output_square" })
      // Residuals of signs that hardly move are made by few draws: their own test sums them over all states.
      for (name, z) in compared where !name.hasPrefix("sign_residual") {
        #expect(abs(z) < 4, "\(form.testDescription), β = \(tightness): \(name)")
      }
    }
  }

  /// Flips at another temperature, with prior odds other than 1, and with outputs that do not follow the flips.
  @Test(arguments: 0..<3) func mutantsAreCaught(mutant: Int) throws {
    let form = Self.cases(tightness: 6)[0]
    let exact = try EnumeratedSigns(form)
    var misread = Misread(try form.ensemble.density())
    switch mutant {
    case 0: misread.inverseTemperature = 0.8
    case 1: misread.extraLogOdds = 1.5
    default: misread.updatesCaches = false
    }
    let compared = Self.deviations(try Self.draw(form, from: misread, seed: 200), exact.means)
    #expect(compared.contains { abs($0.z) > 6 }, "\(compared)")
  }

  /// The residual of signs is zero under the ensemble, to rounding, and not under one of another tightness.
  @Test func residualsAreZero() throws {
    for form in Self.cases(tightness: 4) {
      let exact = try EnumeratedSigns(form)
      let names = exact.means.keys.filter { $0.hasPrefix("sign_residual") }
      #expect(names.count == (try form.ensemble.density().signBlocks.count))
      for name in names { #expect(abs(exact.means[name]!) < 1e-13, "\(form.testDescription)") }
    }
    let form = Self.cases(tightness: 4)[0]
    var misread = Misread(try form.ensemble.density())
    misread.inverseTemperature = 0.8
    let series = try Self.draw(form, from: misread, seed: 300)
    let residuals = series.filter { $0.key.hasPrefix("sign_residual") }
    #expect(Self.deviations(residuals, residuals.mapValues { _ in 0 }).contains { abs($0.z) > 6 })
  }

  /// Thermodynamic integration, stepping-stone and annealing of flips against the sum over all networks, at 4 standard errors.
  @Test func evidenceIsTheEnumerated() throws {
    for (number, form) in Self.cases(tightness: 5).prefix(3).enumerated() {
      let exact = try EnumeratedSigns(form).logEvidence
      let density = try form.ensemble.density()
      var settings = EvidenceSettings()
      settings.draws = 3000
      settings.annealedRuns = 300
      settings.seed = 40 + UInt64(number)
      let found = try estimateEvidence(
        BinaryFlips(density), warmup: NoAdaptation(transitions: 200), settings: settings,
        drawReference: { density.drawPrior(using: &$0) })
      for estimate in [found.thermodynamicIntegration, found.steppingStone, found.annealedImportanceSampling] {
        #expect(abs(estimate.value - exact) < 4 * estimate.standardError + 1e-9 + found.quadratureError, "\(exact)")
      }
    }
  }

  /// Draws of the prior, as proposals and as starts, have signs of both kinds.
  @Test func referencesDrawSigns() throws {
    let form = Self.cases(tightness: 2)[0]
    let ensemble = try form.ensemble
    let reference = try ensemble.proposal()
    var stream = try RandomStream(StreamKey(seed: 9, chain: 0, purpose: .testing))
    var position = [Double](repeating: 0, count: reference.layout.dimension)
    var workspace: Void = ()
    var plus = 0
    for _ in 0..<1000 {
      var span = position.mutableSpan
      reference.draw(into: &span, workspace: &workspace, using: &stream)
      for block in reference.layout.blocks { #expect(position[block.range].allSatisfy { abs($0) == block.magnitude }) }
      plus += position.count { $0 > 0 }
    }
    let count = Double(1000 * position.count)
    #expect(abs(Double(plus) - count / 2) < 4 * (count / 4).squareRoot())
    #expect(flipError(of: reference, at: position, using: &stream) == 0)
    #expect(abs(reference.logDensity(at: position.span, using: &workspace) + Double(position.count) * log(2)) < 1e-12)
  }
}

@Suite("Proof: kernels on networks with signs") struct ProofOfSignKernelsTests {
  typealias Run = @Sendable (FeedforwardEnsemble, SequentialTest, inout RandomStream) throws -> KernelTestReport?

  static let pure = FormCase(
    .twoLayer(features: 2, contexts: 1, neurons: 4, activation: .tanh, signs: [.output, .input, .context]), tightness: 6
  )
  static let mixed = FormCase(
    FeedforwardArchitecture(
      features: 2, contexts: 2, widths: [3, 4], activation: .tanh, readoutScaling: .standard, signs: [.input, .hidden]),
    tightness: 6)
  static let given = FormCase(
    .twoLayer(
      features: 2, contexts: 1, neurons: 5, activation: .sign, fixedReadout: [1, -1, 1, 1, -1], signs: []), tightness: 6
  )

  static func run<Kernel: PointKernel>(
    _ makeKernel: @escaping @Sendable (FeedforwardDensity) throws -> Kernel
  ) -> Run where Kernel.Target == FeedforwardDensity {
    { try $0.testKernel(transitions: 12, rule: $1, using: &$2, makeKernel: makeKernel) }
  }

  static let cases: [(name: String, form: FormCase, run: Run)] = [
    ("flips", pure, run { BinaryFlips($0) }),
    ("flips in random order", pure, run { BinaryFlips($0, scan: .randomCoordinates) }),
    (
      "trajectories and flips", mixed,
      run {
        Cycle(
          HamiltonianMonteCarlo($0, tuning: Tuning(stepSize: 0.3, inUnitsOf: $0), length: .uniform(1...6)),
          BinaryFlips($0))
      }
    ),
    ("slices and flips", mixed, run { Cycle(EllipticalSlice($0), BinaryFlips($0)) }),
    ("slices of networks without gradients", given, run { EllipticalSlice($0) }),
  ]

  @Test("every kernel is exact (false alarms below 1e-5 in all)", arguments: cases.indices)
  func isExact(number: Int) throws {
    let rule = SequentialTest(falseAlarmRate: 1e-5, sampleSize: 2000).shared(by: Self.cases.count)
    var stream = try RandomStream(StreamKey(seed: 611, chain: number, purpose: .testing))
    let (name, form, run) = Self.cases[number]
    let report = try #require(try run(try form.ensemble, rule, &stream))
    #expect(report.passed, "\(name): \(report)")
  }

  /// Kernels on targets that are read with a mistake, from networks and data that are drawn together.
  @Test("mutants are rejected", arguments: 0..<3) func isRejected(mutant: Int) throws {
    let rule = SequentialTest(falseAlarmRate: 1e-5, sampleSize: 4000).shared(by: 3)
    var stream = try RandomStream(StreamKey(seed: 612, chain: mutant, purpose: .testing))
    let report = try #require(
      try Self.pure.ensemble.testKernel(transitions: 12, rule: rule, using: &stream) { density in
        var misread = Misread(density)
        switch mutant {
        case 0: misread.inverseTemperature = 0.8
        case 1: misread.extraLogOdds = 1.5
        default: misread.updatesCaches = false
        }
        return BinaryFlips(misread)
      })
    #expect(!report.passed, "\(report)")
  }
}
