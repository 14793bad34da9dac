import Foundation
import MemFit
import Synchronization
import TestSupport
import Testing

@Suite struct ScanTests {
  /// A folder of models, and of what is none, that is taken away again.
  private final class Tree {
    let root: String

    init() throws {
      root =
        FileManager.default.temporaryDirectory
        .appendingPathComponent("memfit-scan-\(UUID().uuidString)").path
      try FileManager.default.createDirectory(
        atPath: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func copy(_ fixture: String, to name: String) throws {
      let path = "\(root)/\(name)"
      try folder(of: path)
      try FileManager.default.copyItem(atPath: TestFiles.fixture(fixture), toPath: path)
    }

    func write(_ text: String, to name: String) throws {
      let path = "\(root)/\(name)"
      try folder(of: path)
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    func link(_ name: String, to target: String) throws {
      let path = "\(root)/\(name)"
      try folder(of: path)
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }

    private func folder(of path: String) throws {
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
  }

  private func scan(_ paths: [String], jobs: Int = 2) -> ModelScan {
    MemFit.scan(paths, jobs: jobs) { _ in }
  }

  @Test func `how far a scan is, is told in files and bytes`() throws {
    let tree = try Tree()
    try tree.copy("Safetensors/layer.safetensors", to: "one.safetensors")
    try tree.copy("GGUF/model.gguf", to: "two.gguf")
    try tree.write("nothing", to: "notes.txt")
    let told = Mutex<[ScanProgress]>([])
    _ = MemFit.scan([tree.root], jobs: 1) { progress in
      told.withLock { $0.append(progress) }
    }
    let steps = told.withLock { $0 }
    #expect(steps.map(\.doneCount) == [1, 2, 3])
    #expect(steps.allSatisfy { $0.count == 3 })
    #expect(steps.last?.modelBytes == ByteCount(408 + 1856))
  }

  private func names(_ scan: ModelScan, below root: String) -> [String] {
    scan.entries.map { String($0.path.dropFirst(root.count + 1)) }
  }

  @Test func `models of all kinds stand in the order of their paths`() throws {
    let tree = try Tree()
    try tree.copy("Safetensors/layer.safetensors", to: "b/one.safetensors")
    try tree.copy("GGUF/model.gguf", to: "a/two.gguf")
    try tree.copy("PyTorch/state.pt", to: "c.pt")
    try tree.write("nothing", to: "notes.txt")
    try tree.copy("HuggingFaceFolder/plain", to: "hub")
    let scan = scan([tree.root])
    #expect(
      names(scan, below: tree.root) == ["a/two.gguf", "b/one.safetensors", "c.pt", "hub"])
    #expect(scan.failureCount == 0)
    #expect(scan.skippedCount == 1)
    #expect(self.scan([tree.root], jobs: 1) == scan)
    #expect(self.scan([tree.root], jobs: 64) == scan)
  }

  @Test func `what cannot be read stands beside the rest`() throws {
    let tree = try Tree()
    try tree.copy("Safetensors/layer.safetensors", to: "good.safetensors")
    try tree.write("no", to: "bad.safetensors")
    let scan = scan([tree.root, "\(tree.root)/missing.pt"])
    #expect(names(scan, below: tree.root) == ["bad.safetensors", "good.safetensors", "missing.pt"])
    #expect(scan.failureCount == 2)
    #expect(scan.models.map(\.storage.parameters.count) == [16])
  }

  @Test func `links are followed within the folder, each once, and no further`() throws {
    let tree = try Tree()
    let outside = try Tree()
    try outside.copy("Safetensors/layer.safetensors", to: "secret.safetensors")
    try tree.copy("Safetensors/layer.safetensors", to: "a/model.safetensors")
    try tree.link("a/loop", to: "..")
    try tree.link("again.safetensors", to: "a/model.safetensors")
    try tree.link("out", to: outside.root)
    try tree.link("broken.pt", to: "nowhere")
    let scan = scan([tree.root])
    #expect(scan.models.count == 1)
    #expect(scan.leftOut.map { String($0.dropFirst(tree.root.count + 1)) } == ["broken.pt", "out"])
  }

  @Test func `the parts of a checkpoint are one model`() throws {
    let tree = try Tree()
    for name in [
      "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
      "model.safetensors.index.json",
    ] { try tree.copy("ShardedCheckpoint/\(name)", to: "parts/\(name)") }
    for part in 1...3 {
      try tree.copy(
        "GGUF/split-0000\(part)-of-00003.gguf", to: "split-0000\(part)-of-00003.gguf")
    }
    let scan = scan([tree.root])
    #expect(
      names(scan, below: tree.root) == [
        "parts/model.safetensors.index.json", "split-00001-of-00003.gguf",
      ])
    #expect(scan.failureCount == 0)
  }

  @Test func `a folder without models is named`() throws {
    let tree = try Tree()
    try tree.write("x", to: "a.txt")
    #expect(scan([tree.root]).failureCount == 0)
    let empty = try Tree()
    #expect(scan([empty.root]).failureCount == 1)
  }

  @Test func `every line of JSON Lines is a document`() throws {
    let tree = try Tree()
    try tree.copy("Safetensors/layer.safetensors", to: "a.safetensors")
    try tree.write("no", to: "b.gguf")
    let lines = JSONLinesForm().write(scan([tree.root])).split(separator: "\n")
    #expect(lines.count == 2)
    let first = try JSONValue(MappedFile(Array(lines[0].utf8), path: "a.json"))
    #expect(first["parameters"]?["count"]?.integer == 16)
    #expect(first["format"]?.string == "safetensors")
    let second = try JSONValue(MappedFile(Array(lines[1].utf8), path: "b.json"))
    #expect(second["error"]?.string?.contains("b.gguf") == true)
  }
}
