import ModelGraph

extension MILTable {
  static let reductions: [String: MILRule] = {
    var rules: [String: MILRule] = [:]
    for (name, node) in names {
      rules[name] = { call, function in
        var attributes: Attributes = [
          "keepdims": .integer(call.flag("keep_dims") == true ? 1 : 0)
        ]
        if let axes = call.integers("axes") { attributes["axes"] = .integers(axes) }
        return one(OperatorName(node), attributes, call, &function)
      }
    }
    return rules
  }()

  private static let names: [(String, String)] = [
    ("reduce_mean", "ReduceMean"), ("reduce_sum", "ReduceSum"), ("reduce_max", "ReduceMax"),
    ("reduce_min", "ReduceMin"), ("reduce_prod", "ReduceProd"), ("reduce_l1_norm", "ReduceL1"),
    ("reduce_l2_norm", "ReduceL2"), ("reduce_log_sum", "ReduceLogSum"),
    ("reduce_log_sum_exp", "ReduceLogSumExp"), ("reduce_sum_square", "ReduceSumSquare"),
  ]
}
