import MemoryAnalysis
import ModelGraph
import Reports

/// A small network's answers, written down by hand so that the forms can be tested alone.
enum SampleReport {
  static func report(
    sections: Set<Report.SectionName> = [.store, .run], details: Set<Report.Detail> = []
  ) -> Report {
    Report(
      version: "0.1.0",
      model: ModelSummary(
        name: "tiny", source: "tiny.onnx", format: "ONNX",
        bindings: [ModelSummary.Binding("batch", 2)]),
      graph: GraphSummary(
        nodeCount: 6,
        inputs: [.init("image", .tensor(.float32, [2, 3, 32, 32]))],
        outputs: [.init("logits", .tensor(.float32, [2, 10]))],
        values: [
          .init("image", .tensor(.float32, [2, 3, 32, 32])), .init("boxes", .unknown),
          .init("pieces", .sequence([.tensor(.int64, [])])),
        ]),
      store: sections.contains(.store) ? store : nil, run: sections.contains(.run) ? run : nil,
      sections: sections, details: details, diagnostics: diagnostics)
  }

  private static let store = StoreAnswer(
    footprint: StoreFootprint(
      parameters: Tally(count: 6090, bytes: 24_360), state: Tally(count: 33, bytes: 136),
      tensors: Tally(count: 6123, bytes: 24_496),
      byLayerType: [
        .init(type: .linear, layers: 1, parameters: Tally(count: 5130, bytes: 20_520)),
        .init(type: .convolution, layers: 2, parameters: Tally(count: 928, bytes: 3712)),
        .init(type: .normalization, layers: 1, parameters: Tally(count: 32, bytes: 128)),
      ],
      file: 25_012, sizes: sizes, layers: layers,
      explanations: [
        Explanation(
          key: "store.parameters.count", formula: "Σ sizes multiplied out",
          numbers: "448 + 32 + 480 + 5,130 = 6,090", origin: "initializers of the file",
          certainty: .exact)
      ]),
    cost: StorageBill(
      cost: StorageCost(
        price: 0.023, unit: "GB", unitBytes: 1_000_000_000, period: "month", copies: 1000),
      bytes: 24_496, amount: 0.000563),
    limits: [
      SizeVerdict(
        limit: SizeLimit(name: "20KB", title: "20KB", bytes: 20_000), bytes: 24_360, fits: false,
        fittingTypes: [.float16, .int8]),
      SizeVerdict(
        limit: SizeLimit(
          name: "pocket", title: "Pocket Store", bytes: 100_000, source: "https://pocket.example"),
        bytes: 24_360, fits: true,
        fittingTypes: [.float32, .float16, .int8]),
    ])

  private static let sizes: [StoreFootprint.DataTypeSize] = [
    DataType.float32, .float16, .bfloat16, .float8E4M3FN, .int8, .int4, .q8_0, .q4_0, .q4_K,
  ].map { StoreFootprint.DataTypeSize(dataType: $0, bytes: $0.byteCount(ofElements: 6090)) }

  private static let layers = [
    LayerFootprint(
      name: "features.0", type: .convolution, parameters: Tally(count: 448, bytes: 1792),
      state: .zero, shapes: [[16, 3, 3, 3], [16]]),
    LayerFootprint(
      name: "features.1", type: .normalization, parameters: Tally(count: 32, bytes: 128),
      state: Tally(count: 33, bytes: 136), shapes: [[16], [16]]),
    LayerFootprint(
      name: "features.4.a_very_long_name_that_goes_on.and_on.until_nobody_reads_it.conv",
      type: .convolution, parameters: Tally(count: 480, bytes: 1920), state: .zero,
      shapes: [[10, 16, 3], [0]]),
    LayerFootprint(
      name: "classifier", type: .linear, parameters: Tally(count: 5130, bytes: 20_520),
      state: .zero, shapes: [[512, 10], [10]]),
  ]

  private static let run = RunAnswer(
    footprint: runFootprint, requiredBytes: 286_640,
    device: DeviceFit(
      of: store.footprint, runFootprint,
      on: Device(
        name: "stm32f746", title: "STM32F746", kind: .microcontroller, usableMemory: 320 * 1024,
        flash: 20_000, source: "https://www.st.com/resource/en/datasheet/stm32f746ng.pdf")))

  private static let runFootprint = RunFootprint(
    runtime: .pytorch, activations: Tally(count: 70_676, bytes: 282_704),
    peak: RunFootprint.Peak(
      bytes: 262_144, node: "features.2", operatorName: "Relu",
      live: [
        .init(name: "features.1.out", bytes: 131_072, producer: "features.1"),
        .init(name: "features.2.out", bytes: 131_072, producer: "features.2"),
        .init(name: "image", bytes: 24_576, producer: ""),
      ]),
    lecture: LectureCount(activations: 6144, peak: 3000, node: "features.0"),
    arena: Arena(bytes: 270_336, lowerBound: 262_144, planner: "greedy by size"),
    work: WorkTally(multiplyAccumulates: 1_234_567, elementwise: 65_536),
    timeline: timeline, weights: 24_496)

  private static let timeline: [RunFootprint.Step] = [
    ("features.0", "Conv", 155_648), ("features.1", "BatchNormalization", 262_000),
    ("features.2", "Relu", 262_144), ("features.3", "MaxPool", 163_840),
    ("features.4", "Conv", 40_960), ("classifier", "Gemm", 4176),
  ].map { RunFootprint.Step(node: $0.0, operatorName: $0.1, liveBytes: ByteCount($0.2)) }

  private static let diagnostics = [
    Diagnostic(.note, "assumedSize", "batch was not given; 1 is assumed"),
    Diagnostic(
      .warning, "opaqueOperator", "no declaration of com.example::Fancy; its output keeps its type",
      at: "node 7"),
    Diagnostic(.note, "assumedSize", "sequence was not given; 128 is assumed"),
  ]
}
