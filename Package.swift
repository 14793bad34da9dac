// swift-tools-version: 6.2

import PackageDescription

/// Language modes of the future, turned on today, one link each.
let settings: [SwiftSetting] =
  [
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

/// One target of the house: arrows only run down the list below.
func module(
  _ name: String, _ dependencies: [Target.Dependency] = [],
  testing: [Target.Dependency] = []
) -> [Target] {
  [
    .target(
      name: name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: settings),
    .testTarget(
      name: "\(name)Tests",
      dependencies: [.byName(name: name), "TestSupport"] + dependencies + testing,
      swiftSettings: settings),
  ]
}

let package = Package(
  name: "memfit",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "MemFit", targets: ["MemFit"]),
    .executable(name: "memfit", targets: ["MemFitCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // MARK: Words and bytes
    module("ModelGraph"),
    module("ByteFormats"),
    module("MemoryPlanning", testing: ["ByteFormats"]),

    // MARK: Where bytes come from
    [
      .target(
        name: "CURLLibrary", exclude: ["README.md"],
        linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))])
    ],
    module(
      "RemoteFiles", ["ByteFormats", "CURLLibrary"], testing: ["ModelFormats", "ModelGraph"]),

    // MARK: What operators mean
    module("Operators", ["ModelGraph"]),

    // MARK: Where models come from
    module("ModelZoo", ["ByteFormats", "ModelGraph", "Operators"]),
    module("ModelFormats", ["ByteFormats", "ModelGraph", "Operators", "ModelZoo"]),

    // MARK: What models cost
    module(
      "MemoryAnalysis", ["ModelGraph", "Operators", "MemoryPlanning"], testing: ["ModelZoo"]),
    module("Reports", ["MemoryAnalysis", "MemoryPlanning", "ModelGraph"]),

    // MARK: The library and the command
    module(
      "MemFit",
      [
        "ModelGraph", "ByteFormats", "MemoryPlanning", "Operators", "ModelFormats", "ModelZoo",
        "MemoryAnalysis", "Reports", "RemoteFiles",
      ]),
    [
      .executableTarget(
        name: "MemFitCommand",
        dependencies: [
          "MemFit", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        exclude: ["README.md"], swiftSettings: settings,
        linkerSettings: [
          // Where the program lies is settled at once, not when it starts: half a millisecond and two megabytes less.
          .unsafeFlags(
            ["-Xclang-linker", "-no-pie"], .when(platforms: [.linux], configuration: .release))
        ]),
      .testTarget(
        name: "MemFitCommandTests", dependencies: ["MemFitCommand", "MemFit", "TestSupport"],
        swiftSettings: settings),
      .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    ],
  ].flatMap(\.self)
)
