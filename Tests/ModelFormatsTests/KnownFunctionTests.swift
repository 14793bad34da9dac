import ByteFormats
import ModelGraph
import TestSupport
import Testing

@testable import ModelFormats

/// When variables of functions let go of which a file holds no frame, as the frees of the live modules' steps show.
@Suite struct KnownFunctionTests {
  private func facts(_ fixture: String) throws -> ProgramFacts {
    let path = TestFiles.fixture("TorchExport/Training/\(fixture).pt2")
    let archive = try ExportArchive(MappedFile(path: path))
    return ProgramFacts(try archive.program(try archive.programText(), nil))
  }

  /// The nodes after which variables let go of what some nodes make, by these nodes' names.
  private func ends(_ fixture: String, of names: [String]) throws -> [String] {
    let facts = try facts(fixture)
    let holds = PythonVariables(facts.body).holds
    return names.map { name in holds[name].map { facts.body.nodes[$0.node].name } ?? "" }
  }

  /// `x1`, `x2` and `torch.cat((-x2, x1), dim=-1)` of `rotate_half(q.float())`.
  @Test func `halves of what is cast to be turned go when they are joined`() throws {
    #expect(try ends("rotary", of: ["slice_1", "slice_2"]) == ["cat_1", "cat_1"])
  }

  /// `position_ids` stands before `inputs_embeds` in the signature, whichever is given a value first.
  @Test func `places go before what takes the place of tokens when a model returns`() throws {
    let holds = PythonVariables(try facts("rotary").body).holds
    let (places, embeddings) = try (#require(holds["unsqueeze_15"]), #require(holds["to_3"]))
    #expect(places.node == embeddings.node && places.place < embeddings.place)
  }

  /// `x = self._pos_embed(x)`, which adds positions and joins the sum with a token.
  @Test func `patches go when the function that joins them with tokens returns`() throws {
    #expect(try ends("registers", of: ["transpose"]) == ["cat"])
  }

  /// `residual = x` after `x = self.norm(x)` and once more after `x = self.last(x)`.
  @Test func `what a name held goes when another name's value is made that it is given`() throws {
    #expect(try ends("residuals", of: ["layer_norm"]) == ["layer_norm_1"])
  }

  /// `y = self.mix(x)` and `y = self.dropout(y)` in layers that are called as `layer.forward(x)`.
  @Test func `what a module makes whose forward is called by its name goes with its variable`()
    throws
  {
    #expect(try ends("direct", of: ["conv1d", "conv1d_1"]) == ["dropout", "dropout_1"])
  }

  /// `x = self.split(x)` and `x = shortcut + self.mlp(x)`, where `split` is called by another function than `forward`.
  @Test func `what a module makes whose call no file tells goes with its variable`() throws {
    #expect(try ends("aliased", of: ["cat", "cat_1"]) == ["add", "add_1"])
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
