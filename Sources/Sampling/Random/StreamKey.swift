// Which random stream: a key, and the injective map from keys to generator seeds.

/// What a stream of random numbers is used for. Streams of different purposes never share a seed.
///
/// The raw value is part of every run's identity: never renumber, only append.
public struct StreamPurpose: RawRepresentable, Hashable, Sendable {
  /// 0 ..< 256.
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The starting point of a chain.
  public static let start = StreamPurpose(rawValue: 0)
  /// The transitions of a chain, warm-up and sampling alike.
  public static let transitions = StreamPurpose(rawValue: 1)
  /// The swaps between tempering rungs.
  public static let swaps = StreamPurpose(rawValue: 2)
  /// Exact draws of whole networks.
  public static let exactDraws = StreamPurpose(rawValue: 3)
  /// Held-out stimuli and other evaluation data.
  public static let evaluation = StreamPurpose(rawValue: 4)
  /// Stimuli on which a task is defined.
  public static let stimuli = StreamPurpose(rawValue: 5)
  /// Statistical tests and bootstrap resampling.
  public static let testing = StreamPurpose(rawValue: 6)
  /// Stochastic solution of a problem without closed form: multipliers, a tightness, a normalising constant.
  public static let solver = StreamPurpose(rawValue: 7)
  /// The order of stimuli in training by gradient descent.
  public static let training = StreamPurpose(rawValue: 8)
  /// The stimuli at which outputs are compared with what they are given all but the output weights.
  public static let checking = StreamPurpose(rawValue: 9)
  /// The network, the data and the ties of a replica of simulation-based calibration.
  public static let calibration = StreamPurpose(rawValue: 10)
  /// The rotations and bootstrap networks by which networks from elsewhere are tested.
  public static let trainedTests = StreamPurpose(rawValue: 11)
  /// The weights of a teacher.
  public static let teacher = StreamPurpose(rawValue: 12)
  /// The noise of a teacher's answers.
  public static let teacherNoise = StreamPurpose(rawValue: 13)
  /// The trials on which a task in time is defined.
  public static let trials = StreamPurpose(rawValue: 14)
  /// The transitions of the tempering replica that starts on rung `index` (0 ..< 128).
  public static func rung(_ index: Int) -> StreamPurpose {
    precondition((0..<128).contains(index), "at most 128 rungs")
    return StreamPurpose(rawValue: UInt8(128 + index))
  }
}

/// The name of one random stream: (seed, chain, purpose).
///
/// For one `seed` the map from (chain, purpose) to ``generatorSeed`` is injective, on every machine and in every
/// job: the pair is packed into 30 bits and permuted by a Feistel network keyed by the seed.
public struct StreamKey: Hashable, Sendable {
  /// The master seed of the experiment.
  public let seed: UInt64
  /// The chain, 0 ..< ``maximumChains``.
  public let chain: Int
  /// What the stream is for.
  public let purpose: StreamPurpose

  /// Chains are numbered below this: 2²².
  public static let maximumChains = 1 << 22

  /// - Precondition: `0 <= chain < maximumChains`.
  public init(seed: UInt64, chain: Int, purpose: StreamPurpose) {
    precondition((0..<Self.maximumChains).contains(chain), "chain numbers are 0 ..< 4194304")
    self.seed = seed
    self.chain = chain
    self.purpose = purpose
  }

  /// A seed in 1 ... 2³⁰ that no other (chain, purpose) of this master seed has.
  ///
  /// Never 0 (to GSL, 0 means "some default seed", which would repeat another stream), and below 2³¹ because
  /// several GSL generators ignore the bits above. The Feistel network permutes 0 ..< 2³⁰ (Luby & Rackoff 1988).
  public var generatorSeed: UInt {
    let packed = UInt64(chain) << 8 | UInt64(purpose.rawValue)
    let mask: UInt64 = (1 << 15) - 1
    var left = packed >> 15
    var right = packed & mask
    for round in 0..<8 {
      let roundKey = mix(seed &+ mix(UInt64(round) &+ 1))
      (left, right) = (right, left ^ (mix(roundKey ^ right) & mask))
    }
    return UInt(left << 15 | right) + 1
  }

  /// The finaliser of SplitMix64 (Steele, Lea & Flood 2014) after its golden-ratio increment.
  private func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
