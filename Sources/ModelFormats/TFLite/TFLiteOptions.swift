import ByteFormats
import ModelGraph

/// What an operator says besides its tensors, by the names of the schema.
enum TFLiteOptions {
  struct Field {
    var number: Int
    var name: String
    var kind: Kind

    enum Kind {
      case byte, flag, integer, float, integers
    }
  }

  static func attributes(
    of table: FlatTable, _ code: TFLiteFile.Code, _ budget: inout Budget
  ) throws(ByteError) -> Attributes {
    let operatorName = OperatorName(code)
    if operatorName.domain == OperatorName.tfliteCustomDomain {
      return try customAttributes(
        try table.vector(TFLiteField.customOptions, stride: 1), &budget)
    }
    let name = operatorName.name
    let place =
      name.hasPrefix("STABLEHLO") || name == "DILATE"
      ? TFLiteField.secondOptions : TFLiteField.options
    guard let fields = TFLiteOptions.fields[name], let options = try table.table(place) else {
      return [:]
    }
    var attributes = Attributes()
    for field in fields {
      attributes[field.name] = try value(of: field, in: options, &budget)
    }
    return attributes
  }

  /// The whole numbers among the options of an operator that the maker brings along.
  private static func customAttributes(
    _ bytes: FlatVector?, _ budget: inout Budget
  ) throws(ByteError) -> Attributes {
    guard let bytes, bytes.count <= largestCustomOptions else { return [:] }
    try budget.spend(bytes)
    guard let map = FlexMap(try bytes.bytes()) else { return [:] }
    var attributes = Attributes()
    for (key, value) in map.integers { attributes[key] = .integer(value) }
    return attributes
  }

  private static let largestCustomOptions = 1 << 14

  private typealias TFLiteField = ModelFormats.Field.Operator

  private static func value(
    of field: Field, in options: FlatTable, _ budget: inout Budget
  ) throws(ByteError) -> AttributeValue {
    let fallback = field.name.hasPrefix("dilation") ? 1 : 0
    switch field.kind {
    case .byte: return .integer(Int(try options.integer(field.number, default: Int8(fallback))))
    case .flag: return .integer(try options.flag(field.number) ? 1 : 0)
    case .integer:
      return .integer(Int(try options.integer(field.number, default: Int32(fallback))))
    case .float: return .float(Double(try options.float(field.number)))
    case .integers:
      return .integers(try budget.integers(try options.vector(field.number, stride: 4)))
    }
  }
}

extension TFLiteOptions {
  /// The fields that some analysis reads, by operator; others are passed over.
  static let fields: [String: [Field]] = [
    "CONV_2D": convolution, "CONV_3D": volume, "CONV_3D_TRANSPOSE": volume,
    "DEPTHWISE_CONV_2D": [
      Field(0, "padding", .byte), Field(1, "stride_w", .integer), Field(2, "stride_h", .integer),
      Field(3, "depth_multiplier", .integer), Field(4, "activation", .byte),
      Field(5, "dilation_w", .integer), Field(6, "dilation_h", .integer),
    ],
    "TRANSPOSE_CONV": [
      Field(0, "padding", .byte), Field(1, "stride_w", .integer), Field(2, "stride_h", .integer),
    ],
    "AVERAGE_POOL_2D": pooling, "MAX_POOL_2D": pooling, "L2_POOL_2D": pooling,
    "FULLY_CONNECTED": [
      Field(0, "activation", .byte), Field(1, "weights_format", .byte),
      Field(2, "keep_num_dims", .flag), Field(3, "asymmetric_quantize_inputs", .flag),
    ],
    "BATCH_MATMUL": [
      Field(0, "adj_x", .flag), Field(1, "adj_y", .flag),
      Field(2, "asymmetric_quantize_inputs", .flag),
    ],
    "SVDF": [
      Field(0, "rank", .integer), Field(1, "activation", .byte),
      Field(2, "asymmetric_quantize_inputs", .flag),
    ],
    "RNN": [Field(1, "asymmetric_quantize_inputs", .flag)],
    "UNIDIRECTIONAL_SEQUENCE_RNN": [
      Field(0, "time_major", .flag), Field(2, "asymmetric_quantize_inputs", .flag),
    ],
    "BIDIRECTIONAL_SEQUENCE_RNN": [
      Field(0, "time_major", .flag), Field(2, "merge_outputs", .flag),
      Field(3, "asymmetric_quantize_inputs", .flag),
    ],
    "LSTM": [
      Field(1, "cell_clip", .float), Field(2, "proj_clip", .float), Field(3, "kernel_type", .byte),
      Field(4, "asymmetric_quantize_inputs", .flag),
    ],
    "UNIDIRECTIONAL_SEQUENCE_LSTM": [
      Field(3, "time_major", .flag), Field(4, "asymmetric_quantize_inputs", .flag),
      Field(5, "diagonal_recurrent_tensors", .flag),
    ],
    "BIDIRECTIONAL_SEQUENCE_LSTM": [
      Field(3, "merge_outputs", .flag), Field(4, "time_major", .flag),
      Field(5, "asymmetric_quantize_inputs", .flag),
    ],
    "CONCATENATION": [Field(0, "axis", .integer)],
    "RESHAPE": [Field(0, "new_shape", .integers)],
    "SPACE_TO_DEPTH": [Field(0, "block_size", .integer)],
    "DEPTH_TO_SPACE": [Field(0, "block_size", .integer)],
    "GATHER": [Field(0, "axis", .integer), Field(1, "batch_dims", .integer)],
    "SQUEEZE": [Field(0, "squeeze_dims", .integers)],
    "SPLIT": [Field(0, "num_splits", .integer)], "SPLIT_V": [Field(0, "num_splits", .integer)],
    "STRIDED_SLICE": [
      Field(0, "begin_mask", .integer), Field(1, "end_mask", .integer),
      Field(2, "ellipsis_mask", .integer), Field(3, "new_axis_mask", .integer),
      Field(4, "shrink_axis_mask", .integer), Field(5, "offset", .flag),
    ],
    "PACK": [Field(0, "values_count", .integer), Field(1, "axis", .integer)],
    "UNPACK": [Field(0, "num", .integer), Field(1, "axis", .integer)],
    "ONE_HOT": [Field(0, "axis", .integer)],
    "MEAN": reduction, "SUM": reduction, "REDUCE_PROD": reduction, "REDUCE_MAX": reduction,
    "REDUCE_MIN": reduction, "REDUCE_ANY": reduction, "REDUCE_ALL": reduction,
    "IF": [
      Field(0, "then_subgraph_index", .integer), Field(1, "else_subgraph_index", .integer),
    ],
    "WHILE": [
      Field(0, "cond_subgraph_index", .integer), Field(1, "body_subgraph_index", .integer),
    ],
    "CALL_ONCE": [Field(0, "init_subgraph_index", .integer)],
  ]

  private static let reduction = [Field(0, "keep_dims", .flag)]

  private static let pooling = [
    Field(0, "padding", .byte), Field(1, "stride_w", .integer), Field(2, "stride_h", .integer),
    Field(3, "filter_w", .integer), Field(4, "filter_h", .integer), Field(5, "activation", .byte),
  ]

  private static let convolution = [
    Field(0, "padding", .byte), Field(1, "stride_w", .integer), Field(2, "stride_h", .integer),
    Field(3, "activation", .byte), Field(4, "dilation_w", .integer),
    Field(5, "dilation_h", .integer),
  ]

  private static let volume = [
    Field(0, "padding", .byte), Field(1, "stride_d", .integer), Field(2, "stride_w", .integer),
    Field(3, "stride_h", .integer), Field(5, "dilation_d", .integer),
    Field(6, "dilation_w", .integer), Field(7, "dilation_h", .integer),
  ]
}

extension TFLiteOptions.Field {
  fileprivate init(_ number: Int, _ name: String, _ kind: Kind) {
    self.init(number: number, name: name, kind: kind)
  }
}
