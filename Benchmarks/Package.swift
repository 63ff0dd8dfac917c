// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "mcmc-run", path: "..")],
  targets: [
    .target(
      name: "PeerTargets",
      dependencies: [
        .product(name: "Sampling", package: "mcmc-run"), .product(name: "Networks", package: "mcmc-run"),
      ]),
    .executableTarget(name: "effective-draws", dependencies: ["PeerTargets"]),
    .executableTarget(name: "throughput", dependencies: ["PeerTargets", "CMachine"]),
    .target(name: "CMachine"),
  ],
  swiftLanguageModes: [.v6]
)
