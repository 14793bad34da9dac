import Foundation
import TestSupport
import Testing

/// What the README shows is what the tool says.
@Suite struct ReadmeTests {
  /// The lines after `$ command` in the README's code blocks, by command.
  private func transcripts() throws -> [String: String] {
    let text = String(
      decoding: try TestFiles.bytes(of: "\(TestFiles.packageRoot)/README.md"), as: UTF8.self)
    var transcripts: [String: String] = [:]
    for block in text.components(separatedBy: "```\n") where block.hasPrefix("$ ") {
      let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
      let command = String(lines[0].dropFirst(2))
      transcripts[command] = lines.dropFirst().dropLast().joined(separator: "\n")
    }
    return transcripts
  }

  @Test func `the screen on top is the tool's own`() throws {
    let shown = try #require(try transcripts()["memfit resnet50"])
    let run = try Tool.run("resnet50", "--width", "80")
    #expect(run.output == shown + "\n")
  }

  @Test func `the changes shown are those found`() throws {
    let command = "memfit fit resnet50 --batch 256 --device v100-16gb"
    let shown = try #require(try transcripts()[command])
    let arguments = command.split(separator: " ").dropFirst().map(String.init)
    #expect(try Tool.run(arguments + ["--width", "100"]).output.hasPrefix(shown))
  }

  @Test func `the check shown fails as shown`() throws {
    let check = "memfit check mobilenet_v2 --max-parameters 5M --max-arena 256KiB"
    let shown = try #require(try transcripts()["\(check); echo \"exit $?\""])
    let run = try Tool.run(check.split(separator: " ").dropFirst().map(String.init))
    #expect(run.output + "exit \(run.status)" == shown)
  }
}
