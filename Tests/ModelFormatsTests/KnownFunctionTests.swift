import ByteFormats
import ModelGraph
import TestSupport
import Testing

@testable import ModelFormats

/// When variables of functions let go of which a file holds no frame, as the frees of the live modules' steps show.
@Suite struct KnownFunctionTests {
  /// The nodes after which variables let go of what some nodes make, by these nodes' names.
  private func ends(_ fixture: String, of names: [String]) throws -> [String] {
    let path = TestFiles.fixture("TorchExport/Training/\(fixture).pt2")
    let archive = try ExportArchive(MappedFile(path: path))
    let facts = ProgramFacts(try archive.program(try archive.programText(), nil))
    let holds = PythonVariables(facts.body).holds
    return names.map { name in holds[name].map { facts.body.nodes[$0.node].name } ?? "" }
  }

  /// `w = w / softcap`, `w = torch.tanh(w)`, `w = w * softcap`, `w = w + mask` in Gemma's attention.
  @Test func `scores go when the next step to bound them is made`() throws {
    let ends = try ends("bounded", of: ["mul_10", "div", "tanh", "mul_11"])
    #expect(ends == ["div", "tanh", "mul_11", "add_9"])
  }

  /// `attn_mask = attn_mask.permute(0, 2, 1, 3).reshape(…)` and the next two lines of torchvision's windows.
  @Test func `a mask of windows goes when the next one is made`() throws {
    let ends = try ends("shifted", of: ["new_zeros", "reshape_6", "sub"])
    #expect(ends == ["reshape_6", "sub", "masked_fill_1"])
  }
}
