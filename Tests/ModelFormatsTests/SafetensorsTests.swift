import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  /// Reads a file with a header and so many bytes of data.
  private func read(_ header: String, data: Int = 8) throws -> Model {
    let text = Array(header.utf8)
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init)
    let bytes = length + text + [UInt8](repeating: 0, count: data)
    return try Safetensors.read(MappedFile(bytes, path: "folder/model.safetensors"))
  }

  private static let one = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#

  @Test func `a tensor has its type and the file its bytes`() throws {
    let model = try read(Self.one)
    #expect(model.tensors.map(\.type) == [TensorType(.float32, [2])])
    #expect(model.name == "model")
    #expect(model.fileByteCount == ByteCount(8 + Self.one.utf8.count + 8))
    #expect(model.codes == ["rolesToldByName"])
  }

  @Test func `running statistics are state`() throws {
    let model = try Safetensors.read(
      MappedFile(path: TestFiles.fixture("Safetensors/layer.safetensors")))
    let state = model.tensors.filter { $0.role == .state }.map(\.name).sorted()
    #expect(state == ["norm.num_batches_tracked", "norm.running_mean"])
    #expect(model.metadata == ["format": .string("pt")])
  }

  @Test func `tensors of the same bytes share a storage`() throws {
    let model = try read(
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
        + #""b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#)
    #expect(model.tensors.map(\.storage) == [0, 0])
    #expect(model.storedByteCount == 8)
    #expect(model.codes.contains("sharedStorage"))
  }

  @Test(arguments: [
    ("overlappingTensors", [0, 8], [4, 12], 12),
    ("unusedBytes", [0, 8], [16, 24], 24),
    ("unusedBytes", [4, 12], [12, 20], 20),
    ("trailingBytes", [0, 8], [8, 16], 17),
    ("missingData", [0, 8], [8, 16], 15),
    ("missingData", [0, 8], [1 << 60, 1 << 60 + 8], 8),
  ])
  func `data that does not add up is reported`(code: String, a: [Int], b: [Int], data: Int) throws {
    let model = try read(
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":\#(a)},"#
        + #""b":{"dtype":"I32","shape":[2],"data_offsets":\#(b)}}"#, data: data)
    #expect(model.tensors.count == 2)
    #expect(model.codes.contains(code))
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "expected 12 bytes for \"a\""),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "data from 8 to 0"),
    (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "implausible size -2"),
    (#"{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#, "expected an integer"),
    (#"{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}"#, "unknown dtype \"f32\""),
    (#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}"#, "expected 2 bytes"),
    (#"{"a":{"dtype":"F32","shape":[2]}}"#, "expected dtype, shape and two data_offsets"),
    (
      #"{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#,
      "implausible size of the shape of \"a\""
    ),
    (
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
        + #""\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
      "expected every tensor once, found \"a\" twice"
    ),
    ("[]", "expected an object"),
    ("", "expected an object, found the end of the text"),
    ("{}x", "expected the end of the JSON text"),
  ])
  func `a header of doubtful meaning is refused`(header: String, message: String) {
    let error = #expect(throws: FormatError.self) { try read(header) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func `what is unknown is passed over and named`() throws {
    let model = try read(
      #"{"__metadata__":{"format":"pt","n":1},"#
        + #""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":[{}]}}"#)
    #expect(model.tensors.count == 1)
    #expect(model.codes.contains("unknownKey"))
    #expect(model.codes.contains("badMetadata"))
    #expect(model.metadata == ["format": .string("pt")])
  }

  @Test func `a message shows no control characters`() throws {
    let model = try read(
      #"{"a\u001b[31m":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":1}}"#)
    #expect(model.tensors.first?.name == "a\u{1B}[31m")
    #expect(model.diagnostics.allSatisfy { !$0.message.contains("\u{1B}") })
  }

  @Test(arguments: [UInt64(1) << 63, 100_000_001, 4096])
  func `a length beyond reason or the file is refused`(length: UInt64) {
    let bytes = withUnsafeBytes(of: length.littleEndian, Array.init) + Array(Self.one.utf8)
    #expect(throws: FormatError.self) {
      try Safetensors.read(MappedFile(bytes, path: "model.safetensors"))
    }
  }
}
