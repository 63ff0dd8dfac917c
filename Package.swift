// swift-tools-version: 6.2
// SPDX-License-Identifier: GPL-3.0-or-later (LICENSE says why: the Numerics target links GSL.)
import PackageDescription

let package = Package(
  name: "mcmc-run",
  products: [
    .library(name: "Sampling", targets: ["Sampling"]),
    .library(name: "Networks", targets: ["Networks"]),
    .library(name: "Experiments", targets: ["Experiments"]),
    .executable(name: "mcmc-run", targets: ["mcmc-run"]),
  ],
  targets: [
    .systemLibrary(
      name: "CGSL", pkgConfig: "gsl", providers: [.apt(["libgsl-dev"]), .brew(["gsl"])]),
    // Its header is compiled against, and the library loaded when it is first used: nothing links it.
    .target(name: "CNetCDF", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "CGSLErrors", dependencies: ["CGSL"]),
    .target(name: "CKernels", dependencies: ["CGSL"]),
    .target(name: "COutOfMemory"),
    // What speaks MPI is a library of its own, loaded where there is a launcher: make build-mpi.
    .target(name: "CMPI", exclude: ["library"], linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .target(name: "Numerics", dependencies: ["CGSL", "CGSLErrors", "CKernels"]),
    .target(name: "Sampling", dependencies: ["Numerics", "CGSL", "CKernels"]),
    .target(name: "Networks", dependencies: ["Sampling", "CGSL"]),
    .target(name: "JSON"),
    .target(
      name: "Storage",
      dependencies: ["JSON", "Numerics", "Sampling", "CKernels", "CNetCDF", "CZlib", "COutOfMemory"]),
    .plugin(name: "BuildInfo", capability: .buildTool()),
    .target(
      name: "Experiments", dependencies: ["JSON", "Sampling", "Networks", "Storage", "CMPI"], plugins: ["BuildInfo"]),
    .executableTarget(
      name: "mcmc-run", dependencies: ["JSON", "Sampling", "Networks", "Storage", "Experiments", "COutOfMemory"]),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .target(name: "TestSupport", dependencies: ["Sampling", "CAllocationCounter"], path: "Tests/TestSupport"),
    .testTarget(name: "NumericsTests", dependencies: ["Numerics", "Sampling", "TestSupport", "CKernels"]),
    .testTarget(
      name: "SamplingTests", dependencies: ["Sampling", "TestSupport", "CGSL", "CKernels"],
      exclude: ["Reference/make_diagnostics.py"],
      resources: [.copy("Reference/diagnostics.json")]),
    .testTarget(
      name: "NetworksTests", dependencies: ["Networks", "TestSupport"],
      resources: [.copy("Reference")]),
    .testTarget(
      name: "StorageTests", dependencies: ["Storage", "JSON", "TestSupport", "CNetCDF"],
      // Segments that the program would never write are written with the library itself.
      linkerSettings: [.linkedLibrary("netcdf")]),
    .testTarget(
      name: "CommandTests", dependencies: ["mcmc-run", "Experiments", "JSON", "Storage", "TestSupport", "CGSL"],
      resources: [.copy("Tiny/Reference")]),
  ],
  swiftLanguageModes: [.v6]
)
