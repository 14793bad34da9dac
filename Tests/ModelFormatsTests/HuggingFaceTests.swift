import ByteFormats
import Foundation
import ModelFormats
import ModelGraph
import TestSupport
import Testing

@Suite struct HuggingFaceTests {
  private func read(_ name: String) throws -> Model {
    try readModel(atPath: TestFiles.fixture("HuggingFaceFolder/\(name)"))
  }

  private func message(_ code: String, _ model: Model) -> String {
    model.diagnostics.first { $0.code == code }?.message ?? ""
  }

  @Test func `config json says what the weights are`() throws {
    let model = try read("plain")
    #expect(model.name == "plain")
    #expect(model.format == "Hugging Face folder")
    #expect(model.storedElementCount == 16)
    #expect(model.metadata.string("model_type") == "llama")
    #expect(model.metadata.string("architecture") == "LlamaForCausalLM")
    #expect(message("modelType", model).contains("\"llama\" (\"LlamaForCausalLM\")"))
  }

  @Test func `weights that lie there several times are counted once and named`() throws {
    let model = try read("variants")
    #expect(model.storedByteCount == 64)
    let others = message("otherWeights", model)
    #expect(others.contains("\"model.safetensors\" is counted"))
    #expect(others.contains("\"model.fp16.safetensors\", \"pytorch_model.bin\""))
    #expect(!others.contains("training_args"))
  }

  @Test func `a variant is counted where nothing else lies`() throws {
    let model = try read("halfonly")
    #expect(model.storedByteCount == 32)
    #expect(message("variant", model).contains("\"fp16\""))
  }

  @Test func `shards of an index are one model`() throws {
    let model = try read("sharded")
    #expect(model.tensors.map(\.name).sorted() == ["layer.bias", "layer.weight"])
    #expect(Set(model.tensors.map(\.storage)).count == 2)
    #expect(model.diagnostics.filter { $0.severity > .note } == [])
    #expect(model.codes.filter { $0 == "rolesToldByName" }.count == 1)
    #expect(!model.codes.contains("otherWeights"))
  }

  @Test func `an adapter names its base`() throws {
    let model = try read("adapter")
    #expect(model.storedElementCount == 32)
    #expect(model.metadata.integer("adapter.rank") == 2)
    #expect(message("adapter", model).contains("\"LORA\" adapter of rank 2 of \"org/base\""))
  }

  @Test func `a pipeline is the sum of its components`() throws {
    let model = try read("pipeline")
    #expect(
      model.tensors.map(\.name).sorted() == [
        "unet.layer.bias", "unet.layer.weight", "vae.conv.weight",
      ])
    #expect(model.metadata.string("architecture") == "StableDiffusionPipeline")
    #expect(message("missingParts", model).contains("\"text_encoder\""))
    let others = model.diagnostics.filter { $0.code == "otherWeights" }.map(\.message)
    #expect(others.contains { $0.contains("\"whole.safetensors\" lies beside the components") })
    #expect(others.contains { $0.contains("diffusion_pytorch_model.fp16.safetensors") })
  }

  @Test func `a sentence transformer is the sum of its modules`() throws {
    let model = try read("sentence")
    #expect(
      model.tensors.map(\.name).sorted() == ["2_Dense.linear.weight", "layer.bias", "layer.weight"])
    #expect(model.metadata.string("model_type") == "bert")
  }

  @Test func `weights as PyTorch saves them are read, alone or listed in an index`() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("memfit-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.copyItem(
      atPath: TestFiles.fixture("PyTorch/protocol5.bin"), toPath: "\(folder)/pytorch_model.bin")
    #expect(try readModel(atPath: folder).storedByteCount == 64)
    let index =
      #"{"weight_map": {"weight": "pytorch_model.bin", "bias": "pytorch_model.bin"}}"#
    try Data(index.utf8).write(
      to: URL(fileURLWithPath: "\(folder)/pytorch_model.bin.index.json"))
    let model = try readModel(atPath: folder)
    #expect(model.tensorDescriptions == ["bias float32[4]", "weight float32[4, 3]"])
    #expect(model.diagnostics.filter { $0.severity > .note } == [])
  }

  @Test func `a pointer of Git LFS is told from a model`() {
    let text = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
    let folder = FileManager.default.temporaryDirectory
    let path = folder.appendingPathComponent("memfit-\(UUID().uuidString).safetensors").path
    #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8)))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let error = #expect(throws: FormatError.self) { try readModel(atPath: path) }
    #expect(error?.description.contains("git lfs pull") == true)
  }

  @Test func `a folder without weights is what it describes`() throws {
    let model = try read("empty")
    #expect(model.format == "config.json")
    #expect(model.elementCount(.parameter) == 6_738_415_616)
  }

  @Test func `a folder of something else is not read`() {
    #expect(throws: FormatError.self) { try readModel(atPath: "\(TestFiles.packageRoot)/Sources") }
  }
}

@Suite struct ShardedCheckpointTests {
  private func read(_ index: String) throws -> Model {
    let path = TestFiles.fixture("ShardedCheckpoint/model.safetensors.index.json")
    return try ShardedCheckpoint.read(MappedFile(Array(index.utf8), path: path))
  }

  private func map(_ pairs: (String, String)...) -> String {
    let members = pairs.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",")
    return "{\"metadata\":{\"total_size\":-1},\"weight_map\":{\(members)}}"
  }

  private static let first = "model-00001-of-00002.safetensors"

  @Test func `what the index and the files do not agree on is reported`() throws {
    let model = try read(
      map(("embed.weight", Self.first), ("lost", Self.first), ("x", "none.safetensors")))
    #expect(model.storedElementCount == 56)
    #expect(
      Set(model.codes) == [
        "badTotalSize", "missingParts", "missingTensors", "unlistedTensor", "rolesToldByName",
      ])
  }

  @Test(arguments: ["../x.safetensors", "/etc/passwd", "a/../../x", ""])
  func `an index does not lead out of its folder`(path: String) {
    let error = #expect(throws: FormatError.self) { try read(map(("a", path))) }
    #expect(error?.description.contains("below the index's folder") == true)
  }

  @Test func `an index that names itself is refused`() {
    #expect(throws: FormatError.self) { try read(map(("a", "model.safetensors.index.json"))) }
  }

  @Test func `an index whose files are gone is refused`() {
    let error = #expect(throws: FormatError.self) { try read(map(("a", "gone.safetensors"))) }
    #expect(error?.description.contains("are not there") == true)
    #expect(throws: FormatError.self) { try read("{}") }
  }
}
