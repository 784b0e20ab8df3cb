// swift-tools-version: 6.0
// The quick start in Swift, a program on top of the package in bindings/swift.
import PackageDescription

let package = Package(
  name: "quickstart",
  platforms: [.macOS(.v13)],
  dependencies: [.package(path: "../../../bindings/swift")],
  targets: [
    .executableTarget(name: "quickstart", dependencies: [.product(name: "OptTrack", package: "swift")])
  ],
  swiftLanguageModes: [.v6]
)
