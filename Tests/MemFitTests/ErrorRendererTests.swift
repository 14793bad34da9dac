import MemFit
import Testing

/// The words of every error, since people read them at their worst moment.
@Suite struct ErrorRendererTests {
  static let errors: [(error: any Error & Sendable, words: String)] = [
    (OpenError.notFound(argument: "resnet5", near: ["resnet50"]), "“resnet5”"),
    (OpenError.folder(path: "models"), "models is a folder"),
    (
      OpenError.file(path: "a.onnx", .bytes(ByteError(.truncated(needed: 8, left: 3), at: 41))),
      "a.onnx: the file is cut off: needs 8 bytes, 3 left, at byte 41"
    ),
    (
      OpenError.file(
        path: "a.onnx",
        .bytes(ByteError(.system(operation: "open", path: "a.onnx", reason: "Permission denied")))),
      "cannot open a.onnx: Permission denied"
    ),
    (
      OpenError.file(path: "a.txt", .unrecognized(fileName: "a.txt", known: ["ONNX"])),
      "a.txt is of no known format"
    ),
    (
      OpenError.file(path: "a", .noModel(format: "ONNX", reason: "no graph")),
      "a: the ONNX file holds no model: no graph"
    ),
    (FormatError.limit(what: "nodes", limit: 7), "more than 7 nodes"),
    (BindingError.unknownSymbol(name: "bach", known: ["batch"]), "no open size called “bach”"),
    (BindingError.notPositive(name: "batch", size: 0), "batch must be at least 1, found 0"),
    (BindingError.noSuchAxis(flag: "--image"), "--image"),
    (BindingError.unknownInput(name: "x", known: ["y"]), "no input called “x”"),
    (
      BindingError.inputTypeMismatch(
        name: "x", expected: "int64[2]", found: .tensor(.float32, [2])),
      "the input x takes int64[2], found float32[2]"
    ),
    (BindingError.layer(name: "fc", reason: "too small"), "the layer fc"),
    (BindingError.layer(name: "", reason: "too small"), "the model cannot take"),
    (BindingError.contradiction(name: "batch", sizes: [2, 3]), "batch is set to 2 and to 3"),
    (
      BindingError.tooLarge(input: "x", type: TensorType(.float32, [1 << 50])),
      "the input x would be float32[1125899906842624]"
    ),
    (ShapeError.missingInput(2), "input 2 is missing"),
    (RequestError.unknownDevice(name: "v100", known: ["v100-16gb"]), "no device called “v100”"),
    (RequestError.unknownFigure(key: "run.peek", known: ["run.peak"]), "“run.peek”"),
  ]

  @Test(arguments: errors.indices)
  func `an error says what was expected and what was found`(index: Int) throws {
    let (error, words) = Self.errors[index]
    let complaint = try #require(ErrorRenderer.complaint(about: error))
    #expect(complaint.message.contains(words))
    #expect(complaint.text.hasPrefix("memfit: "))
    #expect(!complaint.message.hasSuffix("."))
  }

  @Test func `near names are suggested`() throws {
    let error = BindingError.unknownSymbol(name: "bach", known: ["batch", "sequence"])
    let complaint = try #require(ErrorRenderer.complaint(about: error))
    #expect(complaint.hints.contains("did you mean batch?"))
  }

  @Test func `names from files cannot steer a terminal`() throws {
    let error = BindingError.layer(name: "\u{1B}[2J", reason: "x")
    let complaint = try #require(ErrorRenderer.complaint(about: error))
    #expect(!complaint.text.contains("\u{1B}"))
  }

  @Test func `errors of others are left to others`() {
    #expect(ErrorRenderer.complaint(about: CancellationError()) == nil)
  }
}
