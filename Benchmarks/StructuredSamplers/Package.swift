// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "StructuredSamplers",
  dependencies: [.package(name: "mcmc-run", path: "../..")],
  targets: [
    .executableTarget(
      name: "structured-samplers",
      dependencies: [
        .product(name: "Sampling", package: "mcmc-run"), .product(name: "Networks", package: "mcmc-run"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
