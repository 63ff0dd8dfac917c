// Teachers: drawn from their prior, the same however many stimuli there are, and known to whoever judges networks.

import JSON
import Networks
import Sampling
import Testing

@testable import Experiments

@Suite struct TeacherTests {
  static let networks = [
    #"{"kind": "gainModulatedLinear", "neurons": 5}"#,
    #"{"kind": "gainModulatedLinear", "neurons": 1, "gains": {"kind": "continuous", "activation": "softplus"}}"#,
    #"{"kind": "gainModulatedLinear", "neurons": 3, "gains": {"kind": "fixed", "path": "gains.csv"}}"#,
    #"{"kind": "twoLayer", "neurons": 4, "activation": "tanh"}"#,
    #"{"kind": "twoLayer", "neurons": 1, "activation": "linear"}"#,
    #"{"kind": "deep", "widths": [4, 3], "activation": "erf", "readoutScaling": "standard", "contextLayers": "none"}"#,
  ]

  static func experiment(
    network: String = networks[3], stimuli: Int = 6, noise: Double = 0.1, seed: Int = 1, features: Int = 2,
    task: String = "", ensemble: String = #"{"kind": "gibbs", "tightness": 3}"#, _ more: String = ""
  ) throws -> Experiment {
    try ExperimentSamples.read(
      """
      { "task": {"kind": "teacher", "contexts": 2, "features": \(features), "noise": \(noise), "seed": \(seed)\(task)},
        "network": \(network), "ensemble": \(ensemble), "stimuli": {"kind": "sampled", "count": \(stimuli)}\(more) }
      """)
  }

  /// The teacher and its first labels, to the bit.
  @Test(arguments: networks) func moreStimuliLeaveTheFirstLabelsAsTheyAre(network: String) throws {
    let many = try #require(try Self.experiment(network: network, stimuli: 700).teacher())
    for count in [1, 2, 3, 7, 64, 299] {
      let few = try #require(try Self.experiment(network: network, stimuli: count).teacher())
      #expect(few.position == many.position)
      for c in 0..<2 {
        #expect(few.labels.row(c) == Array(many.labels.row(c).prefix(count)), "\(count) stimuli")
        #expect(few.clean.row(c) == Array(many.clean.row(c).prefix(count)), "\(count) stimuli")
      }
    }
    let other = try #require(try Self.experiment(network: network, stimuli: 700, seed: 2).teacher())
    #expect(other.position != many.position && other.labels != many.labels)
  }

  /// Labels are answers and noise of the stated variance; without noise they are answers. 1400 numbers: beyond 6 standard errors
  /// once in 10⁹.
  @Test(arguments: networks) func labelsAreAnswersAndNoise(network: String) throws {
    let experiment = try Self.experiment(network: network, stimuli: 700, noise: 0.3)
    let teacher = try #require(try experiment.teacher())
    let noise = (teacher.labels - teacher.clean).elements
    let variance = noise.reduce(0) { $0 + $1 * $1 } / 1400
    #expect(abs(variance / 0.3 - 1) < 6 * (2.0 / 1400).squareRoot())
    let mean = noise.reduce(0, +) / 1400
    #expect(abs(mean) < 6 * (0.3 / 1400).squareRoot())
    let silent = try #require(try Self.experiment(network: network, stimuli: 700, noise: 0).teacher())
    #expect(silent.labels == silent.clean && silent.clean == teacher.clean && silent.position == teacher.position)
    // Its answers are those of a network of the ensemble at its position.
    let stimuli = try #require(try experiment.stimulusList())
    let ensemble = try experiment.networkEnsemble()
    if let outputs = try ensemble.outputs(at: teacher.position, stimuli: stimuli) {
      #expect(teacher.readout == nil)
      for (a, b) in zip(outputs.elements, teacher.clean.elements) { #expect(abs(a - b) <= 1e-14 * max(1, abs(b))) }
    } else {
      let readout = try #require(teacher.readout)
      #expect(readout * stimuli.transposed == teacher.clean)
    }
    #expect(try teacher.outputs(at: stimuli) == teacher.clean)
  }

  /// Over 400 teachers: mean w² is σ_w² and mean |m|² is D σ_m²; the errors are those of chi-squared numbers, and 6 of them are passed
  /// once in 10⁹.
  @Test func teachersAreDrawnFromTheirOwnPrior() throws {
    var (output, input) = (0.0, 0.0)
    for seed in 1...400 {
      let teacher = try #require(
        try Self.experiment(
          seed: seed, task: #", "network": \#(Self.networks[0]), "weights": {"output": 2, "input": 0.5}"#
        ).teacher())
      #expect(!teacher.isOfStudentsKind && !teacher.isOfStudentsPrior)
      let w = teacher.layout["output_weight"]!.range
      let m = teacher.layout["input_weights"]!.range
      output += teacher.position[w].reduce(0) { $0 + $1 * $1 }
      input += teacher.position[m].reduce(0) { $0 + $1 * $1 }
    }
    #expect(abs(output / (2000 * 4) - 1) < 6 * (2.0 / 2000).squareRoot())
    #expect(abs(input / (4000 * 0.25) - 1) < 6 * (2.0 / 4000).squareRoot())
  }

  /// β n = P/T.
  @Test func theTightnessLeftOutIsThatOfTheNoise() throws {
    let bayes = #"{"kind": "gibbs"}"#
    for (network, factor) in zip(Self.networks, [5.0, 1, 3, 4, 1, 1]) {
      let experiment = try Self.experiment(network: network, stimuli: 6, noise: 0.25, ensemble: bayes)
      #expect(experiment.ensemble == .gibbs(tightness: 6 / (factor * 0.25)) && experiment.isBayesOptimal)
      #expect(experiment.resolvedJSON["ensemble"]?["tightness"] == .null)
      // The same number, given.
      let given = try Self.experiment(
        network: network, stimuli: 6, noise: 0.25, ensemble: #"{"kind": "gibbs", "tightness": \#(24 / factor)}"#)
      #expect(given.isBayesOptimal && !given.tightnessIsBayes)
      let other = try Self.experiment(
        network: network, stimuli: 6, noise: 0.25, ensemble: #"{"kind": "gibbs", "tightness": \#(24 / factor * 1.001)}"#
      )
      #expect(!other.isBayesOptimal && other.bayesTightness == 24 / factor)
      #expect(try DataRemarks(other)!.sentences.last!.hasSuffix("the ensemble is not Bayes-optimal."))
      #expect(try DataRemarks(given)!.sentences.last!.hasSuffix("the ensemble is Bayes-optimal."))
    }
    // The student's own network and weights, written out, are the same teacher; other weights are another prior.
    let same = try Self.experiment(
      task: #", "network": \#(Self.networks[3]), "weights": {"output": 1}"#, ensemble: bayes)
    #expect(try same.isBayesOptimal && same.teacher()!.position == Self.experiment().teacher()!.position)
    let wide = try Self.experiment(task: #", "weights": {"output": 1.1}"#, ensemble: bayes)
    #expect(try !wide.isBayesOptimal && wide.teacher()!.isOfStudentsKind)
    #expect(try DataRemarks(wide)!.sentences.last!.contains("no tightness is Bayes-optimal"))
    #expect(try Self.experiment(ensemble: #"{"kind": "gibbs", "expectedLoss": 0.1}"#).isBayesOptimal == false)
    #expect(try Self.experiment(noise: 0).bayesTightness == nil)
  }

  /// Networks that respond linearly see A = (1/P) Y Xᵀ S⁻¹, which is R(θ*) without noise; the loss of any network is that against A, and a
  /// constant.
  @Test func linearNetworksSeeTheRegression() throws {
    let silent = try Self.experiment(network: Self.networks[0], stimuli: 9, noise: 0)
    let readout = try #require(try silent.teacher()?.readout)
    for (a, b) in zip(try silent.learningTask().target.elements, readout.elements) { #expect(abs(a - b) < 1e-13) }
    #expect(try abs(silent.constantLoss()) < 1e-26)

    let experiment = try Self.experiment(network: Self.networks[0], stimuli: 9, noise: 0.5)
    let ensemble = try #require(try experiment.networkEnsemble() as? GainModulatedLinearEnsemble)
    let density = try ensemble.density()
    let (stimuli, teacher) = (try #require(try experiment.stimulusList()), try #require(try experiment.teacher()))
    var stream = try RandomStream(StreamKey(seed: 8, chain: 0, purpose: .testing))
    for _ in 0..<5 {
      let x = density.drawPrior(using: &stream)
      let seen = ensemble.observables(of: density).values(at: x, of: density)
      var own = Matrix(rows: 2, columns: 2)
      for c in 0..<2 { for d in 0..<2 { own[c, d] = seen["readout[\(c),\(d)]"]! } }
      let whole = (own * stimuli.transposed - teacher.labels).squaredNorm / 18
      #expect(abs(seen["loss"]! + (try experiment.constantLoss()) - whole) < 1e-12 * whole)
    }
    // Where the teacher is nonlinear, the constant part is not the noise alone.
    let curved = try Self.experiment(
      network: Self.networks[0], stimuli: 40, noise: 0, task: #", "network": \#(Self.networks[3])"#)
    #expect(try curved.constantLoss() > 1e-6)
    #expect(try Self.experiment().constantLoss() == 0)
  }

  /// Judged by the answers without noise, at stimuli that nobody was bound to.
  @Test func networksAreJudgedByTheTeacher() throws {
    for network in Self.networks {
      let experiment = try Self.experiment(network: network, noise: 0.4)
      let (data, teacher) = (try experiment.evaluationData(), try #require(try experiment.teacher()))
      #expect(data.source == .drawn && data.stimuli.rows == 1000 && data.task.isKnownEverywhere)
      let answers = try teacher.outputs(at: data.stimuli)
      #expect(data.task.wantedOutputs(for: data.stimuli) == answers)
      #expect(try experiment.learningTask().isKnownEverywhere == experiment.respondsLinearly)
      let one = data.stimuli.row(17)
      let wanted = data.task.wanted(one, context: 1)
      #expect(abs(wanted - answers[1, 17]) <= 1e-14 * max(1, abs(wanted)))
    }
  }

  @Test func theKeptTeacherIsAStart() throws {
    let teacher = try #require(try Self.experiment().teacher())
    let file = try JSONReader.read(teacher.json.text())
    #expect(file["networks"]?.array?.first?.array?.compactMap(\.realNumber) == teacher.position)
    let text = """
      { "task": {"kind": "inputSelection", "contexts": 2}, "network": \(Self.networks[3]),
        "ensemble": {"kind": "gibbs", "tightness": 1}, "stimuli": {"kind": "sampled"}, "sampler": {"start": "teacher.json"} }
      """
    let experiment = try ExperimentSamples.read(Array(text.utf8), files: ["teacher.json": teacher.json.text()])
    guard case .networks(let kept) = experiment.sampler.start.start(ofChain: 3) else {
      Issue.record("no networks")
      return
    }
    #expect(kept.table.row(0) == teacher.position)
  }

  /// Chain c takes entry c mod n; the chains of one entry take its networks in turn.
  @Test func chainsTakeStartsInTurn() throws {
    let text = """
      { "task": {"kind": "inputSelection", "contexts": 2}, "network": \(Self.networks[3]),
        "ensemble": {"kind": "gibbs", "tightness": 1}, "stimuli": {"kind": "sampled"},
        "sampler": {"start": ["prior", "a.csv", "b.csv"]} }
      """
    let starts = try ExperimentSamples.read(Array(text.utf8), files: ["a.csv": "1\n2\n3\n", "b.csv": "4\n"]).sampler
      .start
    #expect(starts.differ && !starts.areDefault)
    let words = (0..<7).map { starts.start(ofChain: $0).words }
    #expect(words == ["the prior", "a.csv", "b.csv", "the prior", "a.csv", "b.csv", "the prior"])
    #expect([1, 4, 7, 10].map { starts.network(ofChain: $0, among: 3) } == [0, 1, 2, 0])
    #expect(ChainStarts.prior.areDefault && !ChainStarts.prior.differ)
  }

  /// In ensembles that are the posterior of their own teacher.
  @Test func nishimoriRowsAreThoseOfBayesOptimalEnsembles() throws {
    let bayes = #"{"kind": "gibbs"}"#
    for (network, numbers) in zip(Self.networks, [4.0, 4, 4, 12, 12, 12]) {
      // 6 stimuli and 2 features in 2 contexts: linear networks have 2 numbers in each.
      let experiment = try Self.experiment(network: network, noise: 0.3, ensemble: bayes)
      let rows = try experiment.nishimoriPredictions()
      #expect(rows.map(\.name) == ["nishimori_error", "nishimori_overlap"])
      #expect(abs(rows[0].expected - numbers * 0.3 / 12) < 1e-15)
      #expect(try Self.experiment(network: network, noise: 0.3).nishimoriPredictions().isEmpty)
    }
    // One stimulus has one number, whatever the features.
    let one = try Self.experiment(network: Self.networks[0], stimuli: 1, noise: 0.3, ensemble: bayes)
    #expect(abs(try one.nishimoriPredictions()[0].expected - 2 * 0.3 / 2) < 1e-15)
  }
}
