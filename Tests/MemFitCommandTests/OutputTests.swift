import Foundation
import TestSupport
import Testing

@Suite struct OutputTests {
  private func document(_ arguments: String...) throws -> [String: Any] {
    let outcome = try Tool.run(arguments + ["--format", "json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let parsed = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try #require(parsed as? [String: Any])
  }

  private func number(_ path: String, _ document: [String: Any]) -> Int? {
    path.split(separator: ".").reduce(document as Any?) { value, key in
      (value as? [String: Any])?[String(key)]
    } as? Int
  }

  /// Each process hashes by a seed of its own, so that an answer that follows the order of a dictionary varies.
  @Test(arguments: try TestFiles.fixtures("TorchExport/Training", "pt2"))
  func `an answer is the same each time`(path: String) throws {
    let answers = try (0..<2).map { _ in
      try Tool.run("train", path, "--format", "json", "--this-batch-only").output
    }
    #expect(!answers[0].isEmpty && answers[0] == answers[1])
  }

  @Test func `ResNet-50 has the published parameters and state`() throws {
    let document = try document("store", "resnet50")
    #expect(number("store.parameters.count", document) == 25_557_032)
    #expect(number("store.state.count", document) == 53_173)
    #expect(document["run"] == nil)
  }

  @Test(arguments: [
    ("squeezenet1_1", 1_235_496), ("mobilenet_v2", 3_504_872), ("vgg16", 138_357_544),
    ("alexnet", 61_100_840),
  ])
  func `published parameter counts`(name: String, count: Int) throws {
    #expect(number("store.parameters.count", try document("store", name)) == count)
  }

  /// The lecture's own figures: <https://hanlab.mit.edu/courses/2024-fall-65940>, lecture 2.
  @Test func `the lecture's AlexNet counts as in the lecture`() throws {
    let document = try document("run", "alexnet-lecture")
    #expect(number("run.lecture.activations", document) == 932_264)
    #expect(number("run.lecture.peak", document) == 440_928)
  }

  @Test func `sizes are bound and told`() throws {
    let document = try document("run", "squeezenet1_1", "--batch", "4", "--image", "160x128")
    #expect(number("model.bindings.batch", document) == 4)
    let inputs = (document["graph"] as? [String: Any])?["inputs"] as? [[String: Any]]
    #expect(inputs?.first?["shape"] as? [Int] == [4, 3, 160, 128])
  }

  @Test func `values, layers and derivations come on demand`() throws {
    let document = try document("squeezenet1_1", "--values", "--layers", "--explain")
    let values = (document["graph"] as? [String: Any])?["values"] as? [[String: Any]]
    #expect((values?.count ?? 0) > 60)
    let layers = (document["store"] as? [String: Any])?["layers"] as? [[String: Any]]
    #expect(layers?.first?["formula"] as? String == "64 × 3 × 3 × 3 + 64 = 1,792")
    #expect((document["explanations"] as? [Any])?.isEmpty == false)
  }

  @Test func `pipes get no colour and no progress`() throws {
    let outcome = try Tool.run("squeezenet1_1", environment: ["TERM": "xterm-256color"])
    #expect(!outcome.output.contains("\u{1B}"))
    #expect(outcome.errors.isEmpty)
  }

  @Test func `colour comes when it is asked for`() throws {
    #expect(try Tool.run("squeezenet1_1", "--color", "always").output.contains("\u{1B}[1m"))
    #expect(try !Tool.run("squeezenet1_1", "--color", "never").output.contains("\u{1B}"))
  }

  @Test func `the width is the flag's, then the environment's, then 80`() throws {
    func widest(_ arguments: String..., columns: String? = nil) throws -> Int {
      let environment = columns.map { ["COLUMNS": $0] } ?? [:]
      return try Tool.run(arguments, environment: environment).output
        .split(separator: "\n").map(\.count).max() ?? 0
    }
    #expect(try widest("squeezenet1_1") == 80)
    #expect(try widest("squeezenet1_1", columns: "100") == 100)
    #expect(try widest("squeezenet1_1", "--width", "120", columns: "100") == 120)
    #expect(try widest("squeezenet1_1", columns: "nonsense") == 80)
  }

  @Test func `units do not mix`() throws {
    let decimal = try Tool.run("squeezenet1_1").output
    let binary = try Tool.run("squeezenet1_1", "--units", "binary").output
    #expect(decimal.contains(" MB") && !decimal.contains("iB"))
    #expect(binary.contains(" MiB") && !binary.contains(" MB") && !binary.contains(" KB"))
  }

  @Test func `layers as CSV are one plain table`() throws {
    let lines = try Tool.run("layers", "squeezenet1_1", "--format", "csv").output
      .split(separator: "\n")
    #expect(lines.first == "name,type,formula,count,bytes,stateCount")
    #expect(lines.count == 27)
    #expect(lines[1].hasPrefix("features.0,convolution,"))
  }

  @Test func `layers are filtered, sorted and cut`() throws {
    let outcome = try Tool.run(
      "layers", "resnet50", "--type", "linear", "--type", "normalization", "--sort", "size",
      "--top", "2", "--format", "csv")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 3 && lines[1].hasPrefix("fc,linear,"))
  }

  @Test func `a quiet check that holds says nothing`() throws {
    let outcome = try Tool.run("check", "squeezenet1_1", "--max-parameters", "2M", "--quiet")
    #expect(outcome.status == 0 && outcome.output.isEmpty)
  }

  @Test func `a check says by how much a limit is exceeded`() throws {
    let outcome = try Tool.run("check", "squeezenet1_1", "--max-parameters", "1M")
    #expect(outcome.output.contains("exceeded by 235,496"))
  }

  @Test func `a reader that goes away is no accident`() throws {
    let outcome = try Tool.runIntoClosedPipe("squeezenet1_1", "--format", "json", "--values")
    #expect(outcome.status == 0)
    #expect(!outcome.wasKilled)
    #expect(outcome.errors.isEmpty)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func `an answer that cannot be written is a failure`() throws {
    let outcome = try Tool.run(["squeezenet1_1"], outputPath: "/dev/full")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("cannot write the answer"))
  }

  @Test func `names are completed from the zoo and the file system`() throws {
    let outcome = try Tool.run("---completion", "store", "--", "positional@0", "1", "7", "resnet5")
    #expect(outcome.output.contains("resnet50"))
  }

  @Test(.enabled(if: TestFiles.corpus != nil))
  func `files answer like architectures`() throws {
    let corpus = try #require(TestFiles.corpus)
    let document = try document("\(corpus)/onnx/export/resnet50.dynamo.onnx")
    // ONNX Runtime's sum of node outputs is 105,791,392 bytes; views are free here.
    let bytes = try #require(number("run.activations.bytes", document))
    #expect(abs(bytes - 105_791_392) <= 105_791)
  }
}
