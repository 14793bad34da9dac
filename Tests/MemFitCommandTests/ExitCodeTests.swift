import TestSupport
import Testing

@Suite struct ExitCodeTests {
  @Test(arguments: [
    ["squeezenet1_1"], ["show", "squeezenet1_1"], ["store", "squeezenet1_1"],
    ["run", "squeezenet1_1"], ["layers", "squeezenet1_1"],
    ["compare", "squeezenet1_1", "squeezenet1_0"], ["models", "squeeze"], ["devices"],
    ["train", "squeezenet1_1", "--optimizer", "sgd:momentum", "--precision", "amp-bf16"],
    ["fit", "squeezenet1_1", "--batch", "8", "--device", "t4", "--keep", "device,image"],
    ["fit", "resnet18", "--goal", "run", "--device", "t4", "--max", "image"],
    ["explain", "squeezenet1_1"], ["explain", "run.peak", "squeezenet1_1"],
    ["explain", "squeezenet1_1", "store.parameters.count"], ["--version"], ["--help"],
    ["store", "squeezenet1_1", "--limit", "100MB"],
    ["scan", TestFiles.fixture("GGUF"), "--jobs", "2"],
    ["scan", TestFiles.fixture("PyTorch"), "--format", "jsonl"],
    ["check", "squeezenet1_1", "--max-parameters", "1,235,496"],
    ["--generate-completion-script", "bash"], ["--generate-completion-script", "zsh"],
    ["--generate-completion-script", "fish"],
  ])
  func `what is done ends with 0`(arguments: [String]) throws {
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.output.isEmpty)
    #expect(outcome.errors.isEmpty)
  }

  @Test(arguments: [
    ["store", "squeezenet1_1", "--limit", "1MB"],
    ["run", "squeezenet1_1", "--device", "stm32f746"],
    ["squeezenet1_1", "--device", "stm32f746"],
    ["train", "gpt2", "--batch", "64", "--device", "t4"],
    [
      "fit", "gpt2", "--batch", "64", "--device", "t4", "--keep",
      "batch,accumulation,device,sequence",
      "--keep", "recomputation,frozen,lora,precision",
    ],
    ["check", "squeezenet1_1", "--max-parameters", "1,235,495"],
    ["check", "squeezenet1_1", "--max-size", "1MB", "--type", "int8"],
    ["check", "squeezenet1_1", "--max-peak", "1KiB", "--max-arena", "100GB"],
    ["check", "squeezenet1_1", "--device", "rp2040"],
  ])
  func `an exceeded limit ends with 1 and the answer is given all the same`(
    arguments: [String]
  ) throws {
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == 1, "\(outcome.errors)")
    #expect(outcome.output.contains("✗"))
    #expect(outcome.errors.isEmpty)
  }

  static let failures: [(arguments: [String], words: String)] = [
    (["run", "resnet18", "--set", "batch=2", "--batch", "3"], "batch is set to 2 and to 3"),
    (["run", "resnet18", "--set", "batch=2", "--set", "batch=3"], "batch is given 2 and 3"),
    (["run", "resnet18", "--batch", "-1"], "batch must be at least 1, found -1"),
    (["run", "resnet18", "--batch", "many"], "expected a whole number such as 8"),
    (["run", "resnet18", "--batch", "1000000000000000000"], "more than 2⁴⁸ elements"),
    (["run", "vit_b_16", "--image", "256"], "the model cannot take these sizes"),
    ([], "USAGE:"),
    (["squeezenet"], "did you mean"),
    (["store"], "Missing expected argument '<model>'"),
    (["stor", "squeezenet1_1"], "did you mean memfit store?"),
    (["trian", "squeezenet1_1"], "did you mean memfit train?"),
    (["squeezenet1_1", "--batches", "2"], "Unknown option '--batches'"),
    (["/"], "/ is a folder"),
    (["run", "no/such/file.onnx"], "no file and no built-in architecture"),
    (["run", "squeezenet1_1", "--set", "batch"], "expected a name and a size"),
    (["run", "squeezenet1_1", "--set", "bach=2"], "did you mean batch?"),
    (["run", "squeezenet1_1", "--batch", "0"], "batch must be at least 1"),
    (["run", "squeezenet1_1", "--batch", "two"], "'two' is invalid"),
    (["run", "squeezenet1_1", "--image", "axb"], "224 or 224x320"),
    (["run", "squeezenet1_1", "--sequence", "5"], "--sequence"),
    (["run", "squeezenet1_1", "--device", "v100"], "did you mean v100-16gb"),
    (["run", "squeezenet1_1", "--runtime", "jax"], "pytorch"),
    (["run", "squeezenet1_1", "--input", "x=/no/such.pb"], "cannot open /no/such.pb"),
    (["store", "squeezenet1_1", "--limit", "10x"], "100MB"),
    (["store", "squeezenet1_1", "--cost", "cheap"], "0.023/GB-month"),
    (["store", "squeezenet1_1", "--copies", "0"], "--copies must be at least 1"),
    (["store", "squeezenet1_1", "--width", "3"], "--width takes 40 to 240"),
    (["store", "squeezenet1_1", "--format", "yaml"], "markdown"),
    (["layers", "squeezenet1_1", "--type", "conv"], "convolution"),
    (["check", "squeezenet1_1"], "no limit is given"),
    (["check", "squeezenet1_1", "--type", "int8", "--device", "t4"], "give --max-size too"),
    (["check", "squeezenet1_1", "--max-parameters", "many"], "5M"),
    (["check", "squeezenet1_1", "--max-size", "1MB", "--type", "string"], "store.sizes.int8"),
    (["explain", "squeezenet1_1", "run.peek"], "run.peak"),
    (["models", "zzzz"], "“zzzz”"),
  ]

  @Test(arguments: failures.indices)
  func `what cannot be done ends with 2 and says why on the error stream`(index: Int) throws {
    let (arguments, words) = Self.failures[index]
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == 2)
    #expect(!outcome.wasKilled)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(arguments.isEmpty || outcome.errors.hasPrefix("memfit: "))
  }
}
