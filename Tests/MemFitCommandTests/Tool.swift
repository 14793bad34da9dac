import Foundation
import TestSupport

/// The built command, run as a user runs it.
enum Tool {
  struct Outcome {
    var status: Int32
    var wasKilled: Bool
    var output: String
    var errors: String
  }

  /// The executable beside the test bundle.
  static let path: String = {
    let bundle =
      CommandLine.arguments.first { $0.hasSuffix(".xctest") }
      ?? Bundle.allBundles.map(\.bundlePath).first { $0.hasSuffix(".xctest") }
      ?? CommandLine.arguments[0]
    let folder = bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let beside = folder.joined(separator: "/") + "/memfit"
    let isThere = FileManager.default.isExecutableFile(atPath: beside)
    return isThere ? beside : "\(TestFiles.packageRoot)/.build/debug/memfit"
  }()

  /// Runs the command without a terminal and with nothing but the given environment.
  static func run(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws -> Outcome {
    try run(arguments, environment: environment)
  }

  static func run(
    _ arguments: [String], environment: [String: String] = [:], outputPath: String? = nil
  ) throws -> Outcome {
    // Files take any amount, where pipes would have to be drained while the command runs.
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("memfit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let output = folder.appendingPathComponent("output")
    let errors = folder.appendingPathComponent("errors")
    for file in [output, errors] { try Data().write(to: file) }

    let process = process(arguments, environment)
    process.standardOutput = try FileHandle(
      forWritingTo: outputPath.map { URL(fileURLWithPath: $0) } ?? output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, wasKilled: process.terminationReason != .exit,
      output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }

  /// Runs the command with an output that nobody reads.
  static func runIntoClosedPipe(_ arguments: String...) throws -> Outcome {
    let pipe = Pipe()
    let errors = Pipe()
    let process = process(arguments, [:])
    process.standardOutput = pipe
    process.standardError = errors
    try pipe.fileHandleForReading.close()
    try process.run()
    let told = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, wasKilled: process.terminationReason != .exit,
      output: "", errors: String(decoding: told, as: UTF8.self))
  }

  private static func process(
    _ arguments: [String], _ environment: [String: String]
  ) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = environment.merging(libraryPath) { own, _ in own }
    process.standardInput = FileHandle.nullDevice
    return process
  }

  /// Where the system must look for Swift's libraries, if it was told.
  private static let libraryPath = ProcessInfo.processInfo.environment.filter {
    ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH"].contains($0.key)
  }
}
