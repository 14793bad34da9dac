#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The files that tests read.
public enum TestFiles {
  /// The package's own folder.
  public static var packageRoot: String {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    return parts.joined(separator: "/")
  }

  /// The path of a file below `Tests/Fixtures`.
  public static func fixture(_ name: String) -> String {
    "\(packageRoot)/Tests/Fixtures/\(name)"
  }

  /// The paths of all files of a kind in a folder below `Tests/Fixtures`.
  public static func fixtures(_ folder: String, _ kind: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: fixture(folder))
      .filter { $0.hasSuffix(".\(kind)") }.sorted().map { fixture("\(folder)/\($0)") }
  }

  /// The folder of the larger corpus, if this machine has one.
  ///
  /// Tests over it are enabled only where it is: set `MEMFIT_CORPUS`, or lay it at
  /// `../shared/corpus` beside the checkout.
  public static var corpus: String? {
    let environment = ProcessInfo.processInfo.environment
    let path = environment["MEMFIT_CORPUS"] ?? "\(packageRoot)/../shared/corpus"
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  /// How many files a sweep over the corpus must compare; one at least where `MEMFIT_CORPUS` names another.
  public static func comparisons(_ count: Int) -> Int {
    ProcessInfo.processInfo.environment["MEMFIT_CORPUS"] == nil ? count : 1
  }

  /// Whether tests that take minutes were asked for, by `MEMFIT_SLOW_TESTS`.
  public static var runsSlowTests: Bool {
    ProcessInfo.processInfo.environment["MEMFIT_SLOW_TESTS"] != nil
  }

  public static func bytes(of path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }
}
