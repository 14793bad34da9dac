import ModelGraph

extension DETR {
  /// Masks of what is found, from where each query looks and from the larger maps of the backbone.
  func masks(_ x: Variable, _ labels: Int, in graph: inout GraphBuilder) -> Variable {
    let (boxes, findings) = graph.scoped(form.detector) { self.boxes(x, labels, in: &$0) }
    graph.output(boxes)
    let looks = graph.scoped("bbox_attention") { look(findings, in: &$0) }
    return graph.scoped("mask_head") { paint(findings, looks, in: &$0) }
  }

  /// How much each head of a query looks at each place, `[batch · queries, heads, height, width]`.
  private func look(_ findings: Findings, in graph: inout GraphBuilder) -> Variable {
    let (heads, map) = (encoder.heads, findings.map)
    let (height, width) = (map.size(2), map.size(3))
    let batch = map.size(0)
    let parts = [("q_proj", findings.found), ("k_proj", findings.memory)].map { name, source in
      let product = Linear(features, features).named(name)(source, in: &graph)
      let split = graph.view(product, [batch, source.size(1), heads, features / heads])
      return graph.contiguous(graph.transpose(split, 1, 2))
    }
    let scores = graph.matrixProduct(
      graph.scale(parts[0], by: 1), graph.transpose(parts[1], 2, 3))
    let ordered = graph.contiguous(graph.transpose(scores, 1, 2))
    let flat = graph.view(ordered, [batch, queries, heads * height * width])
    return graph.view(graph.softmax(flat), [batch * queries, heads, height, width])
  }

  private func paint(
    _ findings: Findings, _ looks: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let joined = graph.concatenate([repeated(findings.map, in: &graph), looks], axis: 1)
    let inputs = features + encoder.heads
    var map = convolution(inputs, inputs).named("conv1")(joined, in: &graph)
    map = convolution(inputs, features / 2).named("conv2")(map, in: &graph)
    for (index, side) in findings.maps.dropLast().suffix(3).reversed().enumerated() {
      let (narrow, next) = (features >> (index + 1), features >> (index + 2))
      map = graph.scoped("fpn_stages.\(index)") { graph in
        let fitted = Conv2d(side.size(1), narrow, kernel: 1).named("fpn_adapter")(
          repeated(side, in: &graph), in: &graph)
        let grown = graph.enlarged(map, to: Extent(fitted.size(2), fitted.size(3)))
        return convolution(narrow, next).named("refine")(
          graph.add(fitted, grown), in: &graph)
      }
    }
    return Conv2d(features / 16, 1, kernel: 3, padding: 1).named("output_conv")(map, in: &graph)
  }

  /// A map for every query.
  private func repeated(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let shape = [x.size(1), x.size(2), x.size(3)]
    let apart = graph.view(x, [x.size(0), 1] + shape)
    let all = graph.contiguous(graph.expand(apart, to: [x.size(0), queries] + shape))
    return graph.view(all, [x.size(0) * queries] + shape)
  }

  private func convolution(_ inputs: Int, _ outputs: Int) -> GroupedConvolution {
    GroupedConvolution(inputs: inputs, outputs: outputs, activation: activation)
  }

  func checkMasks() throws(ConfigurationError) {
    let widths = [2, 4, 8, 16].map { features / $0 } + [features + encoder.heads]
    guard widths.allSatisfy({ $0 > 0 && $0.isMultiple(of: min(8, $0)) }) else {
      throw .contradiction(
        "masks need features that form groups of eight, found \(features) for "
          + "\(encoder.heads) heads")
    }
    guard backbone.widths.count == 4 else {
      throw .contradiction("masks need four maps of the backbone, found \(backbone.widths.count)")
    }
  }

  /// A convolution normalized in eight groups.
  struct GroupedConvolution: Layer {
    var inputs: Int
    var outputs: Int
    var activation: String

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let y = Conv2d(inputs, outputs, kernel: 3, padding: 1).named("conv")(x, in: &graph)
      let normalized = GroupNorm(outputs, groups: min(8, outputs)).named("norm")(y, in: &graph)
      return NamedActivation(name: activation)(normalized, in: &graph)
    }
  }
}
