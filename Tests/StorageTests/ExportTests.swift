// What is exported opens in the programs it is meant for, with every number in its place.

import Foundation
import JSON
import Sampling
import Storage
import Testing

@Suite struct ExportTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The Python of an environment that `scripts/arviz-venv.sh` made; nil, and a loud notice, without one.
  private static func python(_ environment: String) -> String? {
    let path = root.appending(path: ".venv/\(environment)/bin/python").path
    if FileManager.default.isExecutableFile(atPath: path) { return path }
    FileHandle.standardError.write(
      Data("*** NO PYTHON ENVIRONMENT .venv/\(environment): ArviZ tests SKIPPED; run scripts/arviz-venv.sh ***\n".utf8))
    return nil
  }

  /// A run with a longer chain than the other, and its export's settings.
  private func makeRun(_ scratch: Scratch) throws -> RunExport {
    let lock = try RunDirectory.create(Toy.description(chains: [3, 5]), at: scratch("run"))
    try Toy.run(lock, draws: 60, settings: Toy.tiny)
    let recorder = try ChainRecorder(
      ToySource(chain: 5), from: RunReader(lock.run).position(ofChain: 5), lock: lock, settings: SegmentSettings(),
      progress: ChainProgress(chain: 5))
    try recorder.recordSegment(upTo: 64, stop: StopFlag())
    var export = RunExport(lock.run, program: "mcmc-run", version: "1.2.3")
    export.includesNetworks = true
    export.arrays = [
      ExportArray(.constantData, "target", axes: [.init("context", 2), .init("feature", 2)], values: [1, 0, 0, 1]),
      ExportArray(.observedData, "stimuli", axes: [.init("stimulus", 3)], values: [0.5, -1, 2]),
    ]
    export.labels = ["context", "feature"].reduce(into: [:]) { $0[$1] = ["\($1) α", "\($1) β"] }
    return export
  }

  /// What Python should find, as JSON: NaN is not JSON, so numbers go as the digits of their bit patterns.
  private func expectation(_ run: RunDirectory) throws -> String {
    let reader = RunReader(run)
    let schema = try #require(try reader.schema())
    func bits(_ columns: [[[Double]]], _ names: [String], _ length: Int) -> JSONValue {
      .object(
        zip(names, columns).map { name, chains in
          .init(name, .array(chains.map { .array($0.prefix(length).map { .string(String($0.bitPattern)) }) }))
        })
    }
    var networks: [JSONValue] = []
    for chain in reader.chains {
      try reader.forEachNetwork(ofChain: chain) { network in
        networks.append(.array(try network.position().map { .number($0) }))
      }
    }
    return JSONValue.object([
      .init("posterior", bits(try reader.observables(schema.scalarNames), schema.scalarNames, 60)),
      .init("sample_stats", bits(try reader.statistics(schema.statistics), schema.statistics, 60)),
      .init("warmup_posterior", bits(try reader.observables(schema.scalarNames, .warmup), schema.scalarNames, 20)),
      .init("warmup_sample_stats", bits(try reader.statistics(schema.statistics, .warmup), schema.statistics, 20)),
      .init("networks", .array(networks)),
    ]).text(.compact)
  }

  private func run(_ python: String, _ script: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = ["-W", "error::UserWarning:arviz", "-c", script] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    return text
  }

  private static let reading = """
    import json, re, struct, sys
    import numpy as np
    def numbers(columns):
        return {name: np.array([[struct.unpack('<d', struct.pack('<Q', int(x)))[0] for x in chain] for chain in chains])
                for name, chains in columns.items()}
    expected = json.load(open(sys.argv[1]))
    groups = {g: numbers(expected[g]) for g in expected if g != 'networks'}
    def entry(array, name):
        # 'readout[0,1]' -> array[:, :, 0, 1]
        indices = [int(i) for i in re.findall(r'\\d+', name[name.index('['):])] if '[' in name else []
        return array[(slice(None), slice(None), *indices)]
    def compare(group, get):
        for name, values in groups[group].items():
            np.testing.assert_array_equal(entry(np.asarray(get(name.split('[')[0])), name).astype(float), values, name)
    """

  /// The archive has the arrays of the folder, under the names of its files, and is replaced by its own kind only.
  @Test func theArchiveHasTheArraysOfTheFolder() throws {
    let scratch = try Scratch()
    let export = try makeRun(scratch)
    _ = try export.writeNPY(to: scratch("arrays"))
    let summary = try export.writeNPZ(to: scratch("arrays.npz"))
    #expect(summary.chains == [3, 5] && summary.draws == [.draws: 60, .warmup: 20] && summary.leftOut == 4)
    let bytes = Array(try Data(contentsOf: URL(filePath: scratch("arrays.npz"))))
    let arrays = try ArrayFile.read(bytes, stem: "arrays", ending: "npz")
    let names = try FileManager.default.subpathsOfDirectory(atPath: scratch("arrays")).filter { $0.hasSuffix(".npy") }
    #expect(Set(arrays.map { "\($0.name).npy" }) == Set(names) && arrays.count == names.count && arrays.count > 10)
    for (name, array) in arrays {
      let file = Array(try Data(contentsOf: URL(filePath: scratch("arrays/\(name).npy"))))
      let alone = try ArrayFile.read(file, stem: name, ending: "npy")[0].array
      #expect(alone.shape == array.shape)
      #expect(ArrayView(alone).elements.map(\.bitPattern) == ArrayView(array).elements.map(\.bitPattern))
    }
    #expect(throws: StorageError.self) { try export.writeNPZ(to: scratch("arrays.npz")) }
    _ = try export.writeNPZ(to: scratch("arrays.npz"), replacing: true)
    // Another program's archive, and a folder.
    try Data([0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 60)).write(to: URL(filePath: scratch("other.npz")))
    #expect(throws: StorageError.self) { try export.writeNPZ(to: scratch("other.npz"), replacing: true) }
    #expect(throws: StorageError.self) { try export.writeNPZ(to: scratch("arrays"), replacing: true) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("")).count == 4)
  }

  @Test(arguments: ["arviz0", "arviz1"].filter { python($0) != nil })
  func arviZOpensTheNetCDF(environment: String) throws {
    let scratch = try Scratch()
    let export = try makeRun(scratch)
    let summary = try export.writeNetCDF(to: scratch("run.nc"))
    #expect(summary.chains == [3, 5] && summary.draws == [.draws: 60, .warmup: 20] && summary.leftOut == 4)
    try expectation(RunDirectory.open(scratch("run"))).write(
      toFile: scratch("expected.json"), atomically: true, encoding: .utf8)
    let script =
      Self.reading + """

        import arviz as az
        data = az.from_netcdf(sys.argv[2])
        for group in groups:
            compare(group, lambda name: data[group][name].values)
        posterior, stats = data['posterior'], data['sample_stats']
        assert posterior['readout'].dims == ('chain', 'draw', 'context', 'feature'), posterior['readout'].dims
        assert list(posterior['chain'].values) == [3, 5]
        assert list(posterior['draw'].values) == list(range(60))
        assert list(posterior['feature'].values) == ['feature α', 'feature β']
        assert stats['diverging'].dtype == bool
        assert stats['n_steps'].dtype == stats['tree_depth'].dtype == np.int64
        np.testing.assert_array_equal(stats['lp'].values, posterior['lp'].values)
        assert posterior.attrs['inference_library'] == 'mcmc-run'
        assert posterior.attrs['inference_library_version'] == '1.2.3'
        np.testing.assert_array_equal(data['constant_data']['target'].values, [[1, 0], [0, 1]])
        np.testing.assert_array_equal(data['observed_data']['stimuli'].values, [0.5, -1, 2])
        kept = data['networks']
        flat = [np.concatenate([kept['weights'].values[c, n].ravel(), kept['gains'].values[c, n].ravel()])
                for c in range(2) for n in range(kept['draw'].size)]
        np.testing.assert_array_equal(flat, expected['networks'])
        table = az.summary(data, var_names=['lp', 'readout'])
        assert len(table) == 5, table
        labels = [i for i in table.index]
        assert abs(float(table.loc['lp', 'mean']) - posterior['lp'].values.mean()) < 0.01, table
        print('ok')
        """
    #expect(
      try run(Self.python(environment)!, script, [scratch("expected.json"), scratch("run.nc")]).hasSuffix("ok\n"))
  }

  @Test(.enabled(if: python("arviz0") != nil, "there is no .venv/arviz0: run scripts/arviz-venv.sh"))
  func arviZReadsTheCSVAsCmdStan() throws {
    let scratch = try Scratch()
    let export = try makeRun(scratch)
    _ = try export.writeCSV(to: scratch("csv"))
    try expectation(RunDirectory.open(scratch("run"))).write(
      toFile: scratch("expected.json"), atomically: true, encoding: .utf8)
    let script =
      Self.reading + """

        import arviz as az
        # Chains of one length: this reader knows no others.
        path = sys.argv[2] + '/chain-0005.csv'
        lines = open(path).read().splitlines()
        open(path, 'w').write('\\n'.join(l.replace('num_samples = 64', 'num_samples = 60') for l in lines[:-4]) + '\\n')
        data = az.from_cmdstan(sorted(__import__('glob').glob(sys.argv[2] + '/*.csv')), save_warmup=True)
        renamed = {'readout': 'readout'}
        for group in ('posterior', 'warmup_posterior'):
            groups[group].pop('lp')
            compare(group, lambda name: data[group][name].values)
        for group in ('sample_stats', 'warmup_sample_stats'):
            compare(group, lambda name: data[group][name].values)
        print('ok')
        """
    #expect(try run(Self.python("arviz0")!, script, [scratch("expected.json"), scratch("csv")]).hasSuffix("ok\n"))
  }

  @Test(.enabled(if: python("arviz0") != nil, "there is no .venv/arviz0: run scripts/arviz-venv.sh"))
  func numPyReadsTheArrays() throws {
    let scratch = try Scratch()
    let export = try makeRun(scratch)
    _ = try export.writeNPY(to: scratch("npy"))
    try expectation(RunDirectory.open(scratch("run"))).write(
      toFile: scratch("expected.json"), atomically: true, encoding: .utf8)
    let script =
      Self.reading + """

        load = lambda *path: np.load('/'.join((sys.argv[2],) + path) + '.npy', mmap_mode='r')
        for group in groups:
            compare(group, lambda name: load(group, name))
        assert load('posterior', 'readout').shape == (2, 60, 2, 2)
        assert load('sample_stats', 'diverging').dtype == bool
        assert load('sample_stats', 'n_steps').dtype == np.int64
        assert load('constant_data', 'target').tolist() == [[1, 0], [0, 1]]
        weights, gains = load('networks', 'weights'), load('networks', 'gains')
        flat = [np.concatenate([weights[c, n].ravel(), gains[c, n].ravel()]) for c in range(2)
                for n in range(load('networks', 'draw').size)]
        np.testing.assert_array_equal(flat, expected['networks'])
        print('ok')
        """
    #expect(try run(Self.python("arviz0")!, script, [scratch("expected.json"), scratch("npy")]).hasSuffix("ok\n"))
  }

  @Test func columnsOfTheCSVAreCmdStans() throws {
    let scratch = try Scratch()
    let summary = try makeRun(scratch).writeCSV(to: scratch("csv"))
    #expect(summary.leftOut == 0 && summary.draws[.draws] == 64)
    let lines = try String(contentsOfFile: scratch("csv/chain-0005.csv"), encoding: .utf8).split(separator: "\n")
    let rows = lines.filter { !$0.hasPrefix("#") }
    #expect(
      rows[0]
        == "lp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__,readout.1.1,readout.1.2,readout.2.1,readout.2.2"
    )
    #expect(rows.count == 1 + 20 + 64)
    let reader = RunReader(try RunDirectory.open(scratch("run")))
    let energy = try reader.statistics(["energy"])[0][1]
    #expect(rows.suffix(64).map { Double($0.split(separator: ",")[6])! } == energy)
  }

  @Test func withoutWarmupOrNetworksNothingOfThemIsThere() throws {
    let scratch = try Scratch()
    var export = try makeRun(scratch)
    export.includesWarmup = false
    export.includesNetworks = false
    #expect(try export.writeNPY(to: scratch("npy")).draws[.warmup] == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch("npy")).sorted()
        == ["constant_data", "observed_data", "posterior", "sample_stats"])
    _ = try export.writeCSV(to: scratch("csv"))
    let rows = try String(contentsOfFile: scratch("csv/chain-0003.csv"), encoding: .utf8).split(separator: "\n")
    #expect(rows.filter { !$0.hasPrefix("#") }.count == 61)
  }

  @Test func whatIsThereIsKeptAndWhatCannotBeMadeLeavesNothing() throws {
    let scratch = try Scratch()
    let export = try makeRun(scratch)
    #expect(FileManager.default.createFile(atPath: scratch("thesis"), contents: Data("x".utf8)))
    for write in [export.writeNetCDF, export.writeCSV, export.writeNPY] {
      let error = #expect(throws: StorageError.self) { try write(scratch("thesis"), false) }
      #expect("\(error!)".contains("is there already"))
    }
    #expect(FileManager.default.contents(atPath: scratch("thesis")) == Data("x".utf8))
    let lock = try RunDirectory.create(Toy.description(), at: scratch("empty"))
    let empty = RunExport(lock.run, program: "mcmc-run", version: "1")
    let error = #expect(throws: StorageError.self) { try empty.writeNetCDF(to: scratch("empty.nc")) }
    #expect("\(error!)".contains("chain 0 of \(scratch("empty")) has no draws after warm-up yet"))
    #expect(throws: StorageError.self) { try export.writeNetCDF(to: scratch("no/such/directory.nc")) }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() == ["empty", "run", "thesis"])
  }
}
