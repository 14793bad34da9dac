import Foundation
import TestSupport
import Testing

/// Help texts as they look; set `MEMFIT_UPDATE=1` to write them anew.
@Suite struct HelpTests {
  @Test(arguments: [
    "memfit", "show", "store", "run", "train", "fit", "layers", "compare", "check", "models",
    "devices", "explain", "scan", "plan", "plan arena", "plan order", "plan recomputation",
    "plan patches",
  ])
  func `help looks as it did`(command: String) throws {
    let arguments = command == "memfit" ? [] : command.split(separator: " ").map(String.init)
    let text = try Tool.run(arguments + ["--help"]).output
    let path = TestFiles.fixture(
      "Help/\(command.replacingOccurrences(of: " ", with: "-")).txt")
    if ProcessInfo.processInfo.environment["MEMFIT_UPDATE"] == "1" {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
    let kept = String(decoding: try TestFiles.bytes(of: path), as: UTF8.self)
    #expect(text == kept, "run again with MEMFIT_UPDATE=1 if the help of \(command) should change")
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(text.contains("EXAMPLES"))
  }

  @Test func `the version is that of the library`() throws {
    #expect(try Tool.run("--version").output == "0.1.0\n")
  }
}
