import ByteFormats
import Foundation
import MemFit
import MemoryAnalysis
import ModelFormats
import TestSupport
import Testing

/// Damaged files whose graphs are bound and planned: whatever the damage, every answer ends without a trap.
///
/// A few damages of each file are tried; `MEMFIT_SLOW_TESTS` tries a thousand.
@Suite struct DamagedModelTests {
  private static let files = [
    "TFLite/branches.tflite", "TFLite/quantized.tflite", "ONNX/if_weights.onnx",
    "ONNX/cnn_residual.onnx", "ONNX/qdq_int8.onnx", "ONNX/functions.onnx", "Keras/shared.h5",
    "Keras/texts.h5", "CoreML/network.mlmodel", "GGUF/model.gguf",
    "CoreML/plain.mlpackage/Data/com.apple.CoreML/model.mlmodel",
  ].filter { FileFacts(path: TestFiles.fixture($0)) != nil }

  @Test(arguments: Self.files)
  func `a damaged model is answered for or refused`(name: String) throws {
    let path = TestFiles.fixture(name)
    let bytes = try TestFiles.bytes(of: path)
    var generator = SeededGenerator(seed: UInt64(bytes.count))
    for _ in 0..<(TestFiles.runsSlowTests ? 1000 : 12) {
      attempt(MappedFile(bytes.mutated(using: &generator), path: path))
    }
  }

  private static let foundFiles: [String] = {
    let paths = try? FileManager.default.subpathsOfDirectory(atPath: TestFiles.fixture("Damaged"))
    return (paths ?? []).filter { $0.contains("/") }.map { "Damaged/\($0)" }
  }()

  @Test func `there are files that once brought a reader down`() {
    #expect(Self.foundFiles.count >= 6)
  }

  @Test(arguments: Self.foundFiles)
  func `what once brought a reader down is answered for or refused`(name: String) async {
    await #expect(processExitsWith: .success) { [name] in
      let model = try readModel(MappedFile(path: TestFiles.fixture(name)))
      var request = MemFit.Request()
      _ = try MemFit.report(on: model, request)
      request.sections = [.train]
      do { _ = try MemFit.report(on: model, request) } catch is TrainingError {}
    }
  }

  private func attempt(_ file: MappedFile) {
    do {
      let model = try readModel(file)
      for runtime in Runtime.allCases {
        let request = MemFit.Request(runtime: runtime)
        _ = try MemFit.report(on: model, request)
      }
    } catch {
      if "\(error)".isEmpty { Issue.record("an error that says nothing") }
    }
  }
}
