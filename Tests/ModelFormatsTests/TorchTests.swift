import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

@Suite struct TorchTests {
  private func read(_ name: String) throws -> Model {
    try PyTorch.read(MappedFile(path: TestFiles.fixture("PyTorch/\(name)")))
  }

  private func roles(_ model: Model) -> [String: Tensor.Role] {
    Dictionary(uniqueKeysWithValues: model.tensors.map { ($0.name, $0.role) })
  }

  @Test func `every way to save is read as PyTorch reads it`() throws {
    for file in try FormatFixtures(of: PyTorch.self, under: "more").files {
      let model = try readModel(atPath: file.path)
      #expect(model.format == "PyTorch")
      #expect(model.tensorDescriptions == file.tensors, "\(file.name)")
      #expect(model.heldByteCount == file.byteCount, "\(file.name)")
      #expect(model.diagnostics.filter { $0.severity > .note } == [], "\(file.name)")
    }
  }

  @Test func `a folder that many processes wrote is read from its list`() throws {
    let truth = try JSONValue(MappedFile(path: TestFiles.fixture("PyTorch/distributed.json")))
    let model = try readModel(atPath: TestFiles.fixture("PyTorch/distributed"))
    let expected = truth.elements.map { tensor -> String in
      let parts = tensor.elements
      let shape = parts[2].elements.compactMap(\.integer)
      return "\(parts[0].string ?? "") \(parts[1].string ?? "")\(shape)"
    }
    #expect(model.format == "PyTorch distributed checkpoint")
    #expect(model.tensorDescriptions == expected.sorted())
    #expect(model.elementCount(.parameter) == 6)
    #expect(model.elementCount(.optimizerState) == 8)
  }

  @Test func `an optimizer's state lies beside the parameters`() throws {
    let model = try read("checkpoint.ckpt")
    let roles = roles(model)
    #expect(roles["state_dict.layer.weight"] == .parameter)
    #expect(roles["optimizer_states.0.state.0.exp_avg"] == .optimizerState)
    #expect(roles["rng"] == .constant)
    // The buffer of three elements has a name like any parameter's.
    #expect(model.elementCount(.parameter) == 6)
    #expect(model.elementCount(.optimizerState) == 8)
    #expect(model.metadata.integer("epoch") == 3)
  }

  @Test func `a whole module says what is trained`() throws {
    let model = try read("module.pt")
    #expect(model.elementCount(.parameter) == 10)
    #expect(model.elementCount(.state) == 5)
    #expect(model.codes.contains("wholeModule"))
    #expect(!model.codes.contains("rolesToldByName"))
  }

  @Test func `views are counted as the storage they lie in`() throws {
    let model = try read("views.pt")
    #expect(Set(model.tensors.map(\.storage)).count == 1)
    #expect(model.elementCount(.parameter) == 24)
    #expect(model.heldByteCount == 96)
  }

  @Test func `TorchScript tells what it stores`() throws {
    let model = try read("script.pt")
    #expect(model.elementCount(.parameter) == 3)
    #expect(model.elementCount(.state) == 3)
    #expect(model.codes.contains("noGraph"))
  }

  @Test func `pickles alone hold arrays or tensors`() throws {
    #expect(try read("arrays.pkl").heldByteCount == 80)
    #expect(try read("tensors.pkl").heldByteCount == 64)
  }
}

/// Pickles written by hand, in the archive that PyTorch writes.
@Suite struct TorchPickleTests {
  private func read(
    _ pickle: String, storages: [(String, Int)] = [("0", 16)]
  ) throws(FormatError) -> Model {
    let data = ZipWriter.Member("m/data.pkl", Array(pickle.utf8))
    let records = storages.map {
      ZipWriter.Member("m/data/\($0.0)", [UInt8](repeating: 0, count: $0.1))
    }
    return try PyTorch.read(MappedFile(ZipWriter([data] + records).bytes, path: "m.pt"))
  }

  /// The call that makes a tensor, in the letters of protocol 0.
  private func tensor(
    offset: String = "0", sizes: String = "4", strides: String = "1", count: String = "4",
    key: String = "0", identifier: String? = nil
  ) -> String {
    let storage =
      identifier.map { "P\($0)\n" }
      ?? "(Vstorage\nctorch\nFloatStorage\nV\(key)\nVcpu\nI\(count)\ntQ"
    let numbers = [sizes, strides].map { list in
      "(" + list.split(separator: " ").map { "I\($0)\n" }.joined() + "t"
    }
    return "ctorch._utils\n_rebuild_tensor_v2\n(\(storage)I\(offset)\n\(numbers[0])\(numbers[1])"
      + "I00\nNtR"
  }

  @Test func `a tensor is read`() throws {
    let model = try read("(Va\n\(tensor())d.")
    #expect(model.tensorDescriptions == ["a float32[4]"])
    #expect(model.diagnostics.filter { $0.severity > .note } == [])
  }

  /// As `torch.save(…, pickle_protocol=0)` writes it; `torch.load` does not read it.
  @Test func `an identifier may be the text of a tuple`() throws {
    func written(_ identifier: String) throws -> Model {
      try read("(Va\n\(tensor(identifier: identifier))d.")
    }
    let model = try written("('storage', <class 'torch.FloatStorage'>, '0', 'cpu', 4)")
    #expect(model.tensorDescriptions == ["a float32[4]"])
    let wrong = [
      "", "()", "('storage', <class 'torch.FloatStorage'>, '0', 'cpu', -4)",
      "('storage', FloatStorage, '0', 'cpu', 4)",
      "('storage', <class 'torch.FloatStorage'>, '', 'cpu', 4)",
      "('storage', <class 'torch.FloatStorage'>, '0', 'cpu', 99999999999999999999)",
      "('storage', <class 'torch.FloatStorage'>, '0', 'cpu', 4, ('a', 1, 2))",
    ]
    for identifier in wrong { #expect(throws: FormatError.self) { try written(identifier) } }
  }

  @Test func `a tensor that reaches out of its storage is refused`() {
    let wrong = [
      tensor(offset: "1"), tensor(sizes: "5"), tensor(sizes: "2", strides: "4"),
      tensor(offset: "9223372036854775807"), tensor(sizes: "4611686018427387904 4", strides: "1 1"),
      tensor(sizes: "2", strides: "9223372036854775807"), tensor(sizes: "-1"),
      tensor(sizes: "4 1", strides: "1"), tensor(count: "-4"), tensor(strides: "-1"),
    ]
    for pickle in wrong { #expect(throws: FormatError.self) { try read("(Va\n\(pickle)d.") } }
  }

  @Test func `elements that repeat the same bytes count once`() throws {
    let model = try read("(Va\n\(tensor(sizes: "1099511627776", strides: "0"))d.")
    #expect(model.tensors.first?.type.elementCount == 1 << 40)
    #expect(model.elementCount(.parameter) == 1)
    #expect(model.heldByteCount == 16)
  }

  @Test func `the rest of a storage is held and unused`() throws {
    let model = try read("(Va\n\(tensor(sizes: "2"))Vb\n\(tensor(offset: "3", sizes: "1"))d.")
    #expect(model.elementCount(.parameter) == 3)
    #expect(model.unused == [TensorType(.float32, [1])])
    #expect(model.codes.contains("unusedBytes"))
  }

  @Test func `tensors that overlap count every byte once`() throws {
    let pickle = "(Va\n\(tensor(sizes: "3"))Vb\n\(tensor(offset: "1", sizes: "3"))d."
    #expect(try read(pickle).elementCount(.parameter) == 4)
    let columns =
      "(Va\n\(tensor(sizes: "2", strides: "2"))"
      + "Vb\n\(tensor(offset: "1", sizes: "2", strides: "2"))d."
    let model = try read(columns)
    #expect(model.elementCount(.parameter) == 4)
    #expect(model.unused.isEmpty)
  }

  @Test func `data that the archive lacks is missed`() throws {
    #expect(try read("(Va\n\(tensor(key: "7"))d.").codes.contains("missingData"))
    #expect(try read("(Va\n\(tensor())d.", storages: [("0", 12)]).codes.contains("missingData"))
    let more = try read("(Va\n\(tensor())d.", storages: [("0", 20), ("1", 8)])
    #expect(more.unused == [TensorType(.uint8, [4]), TensorType(.uint8, [8])])
  }

  @Test func `nothing that a pickle names is run, and what is not known is named`() throws {
    let model = try read("(Va\ncposix\nsystem\n(Vrm -rf /\ntRVb\ncodd\nThing\n)Rd.")
    #expect(Set(model.codes) == ["unsafeGlobal", "unknownGlobal", "noTensors", "unusedBytes"])
    #expect(model.diagnostics.contains { $0.message.contains("\"odd.Thing\"") })
  }

  @Test func `objects that unfold without end are cut short`() throws {
    var laughs = "(lp0\n"
    for level in 0..<40 {
      laughs += "0(l" + String(repeating: "g\(level)\na", count: 10) + "p\(level + 1)\n"
    }
    #expect(try read(laughs + ".").codes.contains("deepObjects"))
    #expect(try read("(lp0\ng0\na.").codes.contains("deepObjects"))
    let deep = String(repeating: "(l", count: 5000) + String(repeating: "a", count: 4999)
    #expect(try read(deep + ".").codes.contains("deepObjects"))
  }

  @Test func `tensors made of each other without end are refused`() {
    let wraps = String(repeating: "ctorch._utils\n_rebuild_parameter\n(", count: 2000)
    let ends = String(repeating: "I01\nNtR", count: 2000)
    #expect(throws: FormatError.self) { try read("(Va\n\(wraps)\(tensor())\(ends)d.") }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a checkpoint of 5,000 tensors is read in time that grows with their number`() throws {
    let pickle = (0..<5000).map { "Vlayer\($0).weight\n\(tensor())" }.joined()
    #expect(try read("(\(pickle)d.").tensors.count == 5000)
  }

  @Test func `a tensor of a class that is not known is named and looked into`() throws {
    let call = "ctorch._tensor\n_rebuild_from_type_v2\n(codd\nmake\ncodd\nClass\n(\(tensor())t(dtR"
    let model = try read("(Va\n\(call)d.")
    #expect(model.tensors.map { "\($0.type)" } == ["float32[4]"])
    #expect(model.diagnostics.contains { $0.message.contains("\"odd.make\"") })
  }

  @Test func `the elements of a nested tensor are those of its rows`() throws {
    let parts = "Vvalues\n\(tensor(sizes: "3"))Voffsets\n\(tensor(offset: "3", sizes: "1"))"
    let model = try read(
      "(Va\nctorch._tensor\n_rebuild_from_type_v2\n(ctorch.nested._internal.nested_tensor\n"
        + "_rebuild_njt\nctorch\nTensor\n((\(parts)dt(dtRd.")
    #expect(model.tensorDescriptions == ["a float32[3]"])
    #expect(model.heldByteCount == 16)
  }

  @Test func `packed weights have the names of a state_dict`() throws {
    let packed =
      "ctorch\nScriptObject\n)R(\(tensor(sizes: "3"))\(tensor(offset: "3", sizes: "1"))tb"
    let layer = "codd\nLayer\n)R(V_modules\n(dV_parameters\n(dV_packed_params\n\(packed)db"
    #expect(
      try read("(Va\n\(layer)d.").tensorDescriptions
        == ["a._packed_params.0 float32[3]", "a._packed_params.1 float32[1]"])
    let convolution =
      "ctorch.ao.nn.quantized.modules.conv\nConv2d\n)R(I3\n\(tensor(sizes: "3"))"
      + "\(tensor(offset: "3", sizes: "1"))F1.0\ntb"
    #expect(
      try read("(Va\n\(convolution)d.").tensorDescriptions
        == ["a.bias float32[1]", "a.weight float32[3]"])
  }

  @Test func `subclasses of tensors that hold each other many times over are refused`() {
    let head =
      "ctorch._utils\n_rebuild_wrapper_subclass\n(codd\nClass\nctorch\nfloat32\n(I1\nt(I1\nt"
      + "I0\nctorch\nstrided\nVcpu\nI00\ntR"
    var pickle = "(Vx\n\(tensor())p0\n"
    for level in 0..<8 {
      let copies = String(repeating: "g\(level)\na", count: 40)
      pickle += "Vy\(level)\n\(head)(l\(copies)bp\(level + 1)\n"
    }
    #expect(throws: FormatError.self) { try read(pickle + "d.") }
  }

  @Test func `an attribute with tensors is found in a class that is not known`() throws {
    let model = try read("codd\nThing\n)R(Vinner\n(Va\n\(tensor())ddb.")
    #expect(model.tensorDescriptions == ["inner.a float32[4]"])
    #expect(model.codes.contains("unknownGlobal"))
  }
}

@Suite struct TorchContainerTests {
  private func error(_ bytes: [UInt8], _ name: String = "m.pt") -> String {
    do throws(FormatError) {
      _ = try PyTorch.read(MappedFile(bytes, path: name))
      return ""
    } catch {
      return error.description
    }
  }

  @Test func `what is no checkpoint is refused with a reason`() {
    #expect(error(Array("hello".utf8)).contains("neither a ZIP archive nor a pickle"))
    #expect(error(Array("(hello".utf8)).contains("memo"))
    #expect(error([]).contains("it is empty"))
    #expect(error([0x1F, 0x8B, 8, 0]).contains("compressed"))
    var tar = [UInt8](repeating: 0, count: 512)
    tar.replaceSubrange(257..<262, with: Array("ustar".utf8))
    #expect(error(tar).contains("tar archive"))
    let packed = ZipWriter([.init("m/data.pkl", [1, 2, 3], method: 9)]).bytes
    #expect(error(packed).contains("packed with method 9"))
    #expect(error(ZipWriter([.init("m/x")]).bytes).contains("no data.pkl"))
  }

  @Test func `joblib's files are refused by name`() {
    let pickle = "cjoblib.numpy_pickle\nNumpyArrayWrapper\n)R}b\u{1}"
    #expect(error(Array(pickle.utf8), "m.joblib").contains("joblib"))
  }

  @Test func `bytes after an archive are reported`() throws {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("PyTorch/state.pt"))
    let model = try PyTorch.read(
      MappedFile(bytes + [UInt8](repeating: 7, count: 200), path: "s.pt"))
    #expect(model.tensors.count == 2)
    #expect(model.codes.contains("trailingBytes"))
  }
}
