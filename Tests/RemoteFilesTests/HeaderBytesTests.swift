import ByteFormats
import ModelFormats
import ModelGraph
import RemoteFiles
import TestSupport
import Testing

/// Files on a server that are read block by block: what was never fetched must not be looked at.
@Suite struct HeaderBytesTests {
  /// Gives the bytes of a file as a server would.
  private final class Server: ByteSource, Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(_ range: Range<Int>) throws(ByteError) -> [UInt8] { Array(bytes[range]) }
  }

  private static let names = [
    "TFLite/quantized.tflite", "TFLite/branches.tflite", "PyTorch/state.pt", "PyTorch/script.pt",
    "PyTorch/module.pt", "PyTorch/state_legacy.pth", "PyTorch/arrays.pkl", "PyTorch/quantized.pt",
    "CoreML/network.mlmodel", "CoreML/trees.mlmodel", "Keras/texts.h5", "Keras/images.keras",
    "TorchExport/tiny.pt2", "GGUF/model.gguf", "Safetensors/types.safetensors",
    "ONNX/cnn_residual.onnx",
  ]

  /// Nothing is here before it is asked for: a reader that forgets to ask sees zeros.
  @Test func `every reader asks for the bytes that it looks at`() throws {
    for name in Self.names {
      let path = TestFiles.fixture(name)
      let bytes = try TestFiles.bytes(of: path)
      let file = try MappedFile(path: path, byteCount: bytes.count, source: Server(bytes))
      let (here, there) = (try readModel(atPath: path), try readModel(file))
      #expect(there.tensors == here.tensors, "\(name)")
      #expect(there.diagnostics == here.diagnostics, "\(name)")
      #expect(there.metadata == here.metadata, "\(name)")
    }
  }
}
