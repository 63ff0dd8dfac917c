// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Examples",
  dependencies: [.package(name: "mcmc-run", path: "..")],
  targets: [
    .executableTarget(
      name: "anharmonic-oscillator", dependencies: [.product(name: "Sampling", package: "mcmc-run")]),
    .executableTarget(
      name: "constrained-neuron", dependencies: [.product(name: "Sampling", package: "mcmc-run")]),
    .executableTarget(
      name: "experiment-file", dependencies: [.product(name: "Experiments", package: "mcmc-run")]),
    .executableTarget(
      name: "hopfield-network", dependencies: [.product(name: "Sampling", package: "mcmc-run")]),
    .executableTarget(
      name: "own-observable",
      dependencies: [
        .product(name: "Networks", package: "mcmc-run"), .product(name: "Sampling", package: "mcmc-run"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
