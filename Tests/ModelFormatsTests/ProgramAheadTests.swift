import ByteFormats
import ModelGraph
import TestSupport
import Testing

@testable import ModelFormats

/// Nodes and tensors that are read beside what comes before them must be those that stand there.
@Suite struct ProgramAheadTests {
  private static let tensors = #"{"x": {"dtype": 7, "sizes": [{"as_int": 3}]}}"#
  private static let others = #"{"y": {"dtype": 7, "sizes": [{"as_int": 5}]}}"#

  private func program(graph: String, after: String = "1") throws -> ExportedProgram {
    let text = #"""
      {"graph_module": {"graph": \#(graph), "note": \#(after)}, "schema_version": {"major": 8}}
      """#
    let file = MappedFile(Array(text.utf8), path: "model.json")
    let whole = MemberText(file: file, range: 0..<file.byteCount)
    return try ExportedProgram(whole, ProgramAhead(whole))
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

  private func node(_ name: String, within inputs: String = "") -> String {
    #"{"target": "torch.ops.aten.relu.default", "inputs": [\#(inputs)], "name": "\#(name)"}"#
  }

  /// Argument 0 of a node: a graph with nodes of its own.
  private func region(_ nodes: [String]) -> String {
    let list = nodes.joined(separator: ", ")
    let graph = #"{"inputs": [], "nodes": [\#(list)], "tensor_values": {}}"#
    return #"{"name": "", "arg": {"as_graph": {"name": "g", "graph": \#(graph)}}}"#
  }

  @Test(arguments: [0, 1, 2, 7, 40])
  func `every node is read once, in order`(count: Int) throws {
    let names = (0..<count).map { "n\($0)" }
    let nodes = names.map { node($0) }.joined(separator: ", ")
    let program = try program(graph: #"{"nodes": [\#(nodes)], "tensor_values": \#(Self.tensors)}"#)
    #expect(program.body.nodes.map(\.name) == names)
    #expect(program.body.tensors.keys.map(\.text) == ["x"])
  }

  @Test func `nodes of a region are not taken for those around it`() throws {
    let inner = region((0..<40).map { node("inner\($0)") })
    let nodes = [node("first"), node("outer", within: inner), node("last")].joined(separator: ", ")
    let program = try program(graph: #"{"nodes": [\#(nodes)], "tensor_values": \#(Self.tensors)}"#)
    #expect(program.body.nodes.map(\.name) == ["first", "outer", "last"])
  }

  @Test(arguments: [#"{"target": 7}"#, #"{"target": "x""#, "7", #""{\"target\": \"""#])
  func `what is wrong with late nodes is said where it stands`(wrong: String) throws {
    let nodes = ((0..<40).map { node("n\($0)") } + [wrong, node("last")]).joined(separator: ", ")
    let graph = #"{"nodes": [\#(nodes)], "tensor_values": \#(Self.tensors)}"#
    let error = #expect(throws: ByteError.self) { try program(graph: graph) }
    #expect(error.map { $0.offset > 2_000 } ?? false)
  }
}
