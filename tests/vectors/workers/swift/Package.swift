// swift-tools-version: 6.0
// The vectors' worker in Swift: a program over the package in bindings/swift, as its users would write it.
import PackageDescription

let package = Package(
  name: "opttrack-worker-swift",
  platforms: [.macOS(.v13)],
  dependencies: [.package(path: "OptTrack")],
  targets: [
    .executableTarget(name: "opttrack-worker-swift", dependencies: [.product(name: "OptTrack", package: "OptTrack")])
  ],
  swiftLanguageModes: [.v6]
)
