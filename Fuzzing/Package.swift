// swift-tools-version: 6.2

import PackageDescription

// A package of its own, since its one program is linked against libFuzzer: see `Fuzzing/run`.
let package = Package(
  name: "fuzzing",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "memfit", path: "..")],
  targets: [
    .executableTarget(
      name: "fuzz", dependencies: [.product(name: "MemFit", package: "memfit")],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])])
  ]
)
