import ByteFormats
import ModelGraph
import TestSupport
import Testing

@testable import ModelFormats

/// Tensors that are read beside the nodes must be those that stand there.
@Suite struct TensorsAheadTests {
  private static let tensors = #"{"x": {"dtype": 7, "sizes": [{"as_int": 3}]}}"#
  private static let others = #"{"y": {"dtype": 7, "sizes": [{"as_int": 5}]}}"#

  private func program(graph: String, after: String = "1") throws -> ExportedProgram {
    let text = #"""
      {"graph_module": {"graph": \#(graph), "note": \#(after)}, "schema_version": {"major": 8}}
      """#
    let file = MappedFile(Array(text.utf8), path: "model.json")
    return try ExportedProgram(file, 0..<file.byteCount)
  }

  @Test(
    arguments: [
      // As PyTorch writes them; other white space; named before the nodes; the same words in what follows.
      (#"{"nodes": [], "tensor_values": \#(tensors)}"#, "1"),
      (#"{"nodes": [], "tensor_values":\#(tensors)}"#, "1"),
      (#"{"tensor_values": \#(tensors), "nodes": []}"#, "1"),
      (#"{"nodes": [], "tensor_values": \#(tensors)}"#, #"{"tensor_values": \#(others)}"#),
      (#"{"nodes": [], "tensor_values": \#(tensors)}"#, #"["\"tensor_values\": {", 1]"#),
      (#"{"nodes": [], "tensor_values": \#(tensors)}"#, #""\"tensor_values\": {""#),
    ])
  func `the tensors of the graph are read`(graph: String, after: String) throws {
    let program = try program(graph: graph, after: after)
    #expect(program.body.tensors.keys.map(\.text) == ["x"])
    #expect(program.body.tensors["x"]?.sizes == [.number(3)])
  }

  @Test(arguments: ["7", #"{"x": 1}"#, #"{"x": {"sizes": []}}"#, #"{"x": {"dtype": 7}"#])
  func `what is wrong with them is said where it stands`(tensors: String) throws {
    let graph = #"{"nodes": [], "tensor_values": \#(tensors)}"#
    let error = #expect(throws: ByteError.self) { try program(graph: graph) }
    #expect(error.map { $0.offset > 40 } ?? false)
  }
}
