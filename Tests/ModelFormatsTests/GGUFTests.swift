import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

@Suite struct GGUFTests {
  private func fixture(_ name: String) throws -> Model {
    try readModel(atPath: TestFiles.fixture("GGUF/\(name)"))
  }

  @Test func `figures of the architecture are kept and the tokenizer is not`() throws {
    let metadata = try fixture("model.gguf").metadata
    #expect(metadata.string("general.architecture") == "llama")
    #expect(metadata.integer("llama.context_length") == 128)
    #expect(metadata.integers("llama.attention.head_count_kv") == [2, 1])
    #expect(metadata.float("llama.rope.freq_base") == 10000)
    #expect(metadata.string("tokenizer.ggml.model") == "gpt2")
    #expect(metadata["tokenizer.ggml.tokens"] == nil)
    #expect(metadata["tokenizer.ggml.scores"] == nil)
  }

  @Test func `both byte orders say the same`() throws {
    let (little, big) = (try fixture("model.gguf"), try fixture("bigendian.gguf"))
    #expect(little.tensors == big.tensors)
    #expect(little.metadata == big.metadata)
    #expect(little.name == "small")
  }

  @Test func `rotary tables are state`() throws {
    let model = try fixture("model.gguf")
    #expect(model.tensors.filter { $0.role == .state }.map(\.name) == ["rope_freqs.weight"])
  }

  @Test func `parts are counted together whichever is given`() throws {
    let models = try (1...3).map { try fixture("split-0000\($0)-of-00003.gguf") }
    for model in models {
      #expect(model.tensors == models[0].tensors)
      #expect(model.fileByteCount?.value == 704 + 768 + 192)
      #expect(model.name == "split")
      #expect(model.codes.filter { $0 == "missingParts" } == [])
    }
  }

  @Test func `a part that is not there is reported`() throws {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("GGUF/split-00001-of-00003.gguf"))
    let model = try GGUF.read(MappedFile(bytes, path: "/nowhere/split-00001-of-00003.gguf"))
    let missing = model.diagnostics.filter { $0.code == "missingParts" }
    #expect(missing.map(\.severity) == [.error])
    #expect(missing.first?.message.contains("2 of 3 parts") == true)
  }

  @Test func `bits per weight are counted over all tensors`() throws {
    #expect(GGUFSummary(try fixture("version2.gguf").tensors).bitsPerWeight == 4.5)
  }

  @Test func `elements are summed by purpose`() throws {
    let summary = GGUFSummary(try fixture("model.gguf").tensors)
    let counts = summary.groups.map { "\($0.name) \($0.elementCount)" }
    #expect(
      counts == [
        "feed-forward 128", "attention 64", "token embeddings 32", "normalization 8",
        "rotary tables 4",
      ])
  }

  @Test(arguments: [
    ("blk.0.ffn_up_exps.weight", "experts"),
    ("blk.0.ffn_up_shexp.weight", "shared experts"),
    ("blk.0.ffn_gate_inp.weight", "router"),
    ("blk.11.attn_q_norm.weight", "normalization"),
    ("blk.1.ssm_a", "state space"),
    ("output.weight", "output"),
    ("output_norm.weight", "normalization"),
    ("token_embd_norm.weight", "normalization"),
    ("something", "other"),
    ("", "other"),
  ])
  func `a name tells the purpose`(name: String, group: String) {
    let tensor = Tensor(name: name, type: TensorType(.float32, [1]), role: .parameter, storage: 0)
    #expect(GGUFSummary([tensor]).groups.map(\.name) == [group])
  }
}
