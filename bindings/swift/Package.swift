// swift-tools-version: 6.0
// The Swift package of libopttrack. It finds the installed library by pkg-config, as "opttrack".
import PackageDescription

let package = Package(
  name: "OptTrack",
  platforms: [.macOS(.v13), .iOS(.v16)],
  products: [.library(name: "OptTrack", targets: ["OptTrack"])],
  targets: [
    .systemLibrary(name: "COptTrack", pkgConfig: "opttrack"),
    .target(name: "OptTrack", dependencies: ["COptTrack"]),
    .executableTarget(name: "OptTrackKilled", dependencies: ["OptTrack"], path: "Tests/OptTrackKilled"),
    .testTarget(name: "OptTrackTests", dependencies: ["OptTrack", "OptTrackKilled"]),
  ],
  swiftLanguageModes: [.v6]
)
