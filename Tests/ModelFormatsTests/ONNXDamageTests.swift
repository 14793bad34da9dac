import ByteFormats
import ModelGraph
import TestSupport
import Testing

@testable import ModelFormats

/// Damaged files: whatever the damage, reading and binding end without a trap.
@Suite struct ONNXDamageTests {
  private static let names = [
    "cnn_residual", "functions", "if_weights", "mlp_dynamic_batch", "sparse_initializer",
  ]

  private static func bytes(_ name: String) throws -> [UInt8] {
    try TestFiles.bytes(of: TestFiles.fixture("ONNX/\(name).onnx"))
  }

  @Test(arguments: names)
  func `a file cut anywhere is told`(name: String) throws {
    let bytes = try Self.bytes(name)
    for count in 0..<bytes.count {
      let outcome = Outcome(of: MappedFile(Array(bytes.prefix(count)), path: "cut.onnx"))
      #expect(!outcome.isClean || Self.isWhole(bytes, count), "cut at \(count)")
    }
  }

  /// Whether a cut falls between two fields and the model before it is a model too.
  private static func isWhole(_ bytes: [UInt8], _ count: Int) -> Bool {
    var message = ProtobufMessage(MappedFile(Array(bytes.prefix(count)), path: "cut.onnx"))
    var numbers: [Int] = []
    do {
      while let field = try message.next() { numbers.append(field.number) }
    } catch {
      return false
    }
    return numbers.contains(7)
  }

  @Test(arguments: names, UInt64(0)..<4)
  func `flipped bits do not trap`(name: String, seed: UInt64) throws {
    let bytes = try Self.bytes(name)
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let index = damaged.indices.randomElement(using: &generator) ?? 0
        damaged[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      }
      _ = Outcome(of: MappedFile(damaged, path: "flipped.onnx")).description
    }
  }
}
