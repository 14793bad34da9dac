import ModelGraph

extension TrainingRule {
  /// Elements added to places; their gradient is gathered from these.
  static let scatterAdd = TrainingRule { dispatcher, call in
    guard let x = call.input(0), let places = call.input(1), let source = call.input(2) else {
      return []
    }
    let y = dispatcher.updated(x, call, by: "scatter_add")
    dispatcher.record("ScatterAddBackward0", from: [x, source], to: [y], saving: [places]) {
      dispatcher, call in
      dispatcher.passing(call, picking: places.shape, by: "gather")
    }
    return [y]
  }

  /// Elements gathered at places by their sum, mean, largest or smallest.
  ///
  /// Source: `scatter_reduce_backward` of `torch/csrc/autograd/FunctionsManual.cpp`, PyTorch 2.15.
  static let scatterReduce = TrainingRule { dispatcher, call in
    guard let x = call.input(0), let places = call.input(1), let source = call.input(2) else {
      return []
    }
    let kernel = "scatter_reduce_two"
    let reduction = call.attributes.string("reduce") ?? "sum"
    let y = dispatcher.updated(x, call, by: kernel)
    if reduction == "mean" {
      let counts = [source, x].map { dispatcher.make($0.layout.densified(), by: "ones_like") }
      dispatcher.scratch(x.layout.elementCount, by: "eq_Scalar")
      dispatcher.release(counts)
    }
    dispatcher.record(
      "ScatterReduceBackward0", from: [x, source], to: [y], saving: [places, x, source, y]
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      let gathered = TensorType(gradient.dataType, places.shape)
      switch reduction {
      case "mean":
        return dispatcher.gradientsOfMeans(gradient, gathered, isNeeded: call.needs)
      case "amax", "amin":
        return dispatcher.gradientsOfExtremes(gradient, gathered)
      default:
        return dispatcher.passing(call, picking: places.shape, by: "gather")
      }
    }
    return [y]
  }

  /// Rows added to others, or written over them, whose own gradient is zero then.
  static func indexUpdating(_ kernel: String, clears: Bool) -> TrainingRule {
    TrainingRule { dispatcher, call in
      guard let x = call.input(0), let places = call.input(1) else { return [] }
      let source = call.input(2)
      let y = dispatcher.updated(x, call, by: kernel)
      dispatcher.record(
        "IndexBackward0", from: [x, source], to: [y],
        saving: [places, dispatcher.needsGradient(source) ? source : nil]
      ) { dispatcher, call in
        guard let gradient = call.gradient else { return [nil, nil] }
        var first = call.needs(0) ? gradient : nil
        if clears, call.needs(0) {
          first = dispatcher.make(gradient.layout.densified(), by: "index_fill_int_Scalar")
        }
        guard call.needs(1), let source else { return [first, nil] }
        let type = TensorType(gradient.dataType, source.shape)
        return [first, dispatcher.make(type, by: "index_select")]
      }
      return [y]
    }
  }

  /// A tensor put in place of a part of another.
  static let partScatter = TrainingRule { dispatcher, call in
    guard let x = call.input(0), let source = call.input(1) else { return [] }
    let y = dispatcher.make(x.layout.densified(), by: "slice_scatter")
    dispatcher.record("SliceScatterBackward0", from: [x, source], to: [y]) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      var first: DispatchedTensor?
      if call.needs(0) {
        let zeros = dispatcher.make(TensorType(gradient.dataType, source.shape), by: "zeros")
        first = dispatcher.make(gradient.layout.densified(), by: "slice_scatter")
        dispatcher.release(zeros)
      }
      let part = TensorLayout(TensorType(gradient.dataType, source.shape))
      return [first, call.needs(1) ? dispatcher.share(gradient, as: part) : nil]
    }
    return [y]
  }

  /// Elements added to places that are sorted first; their gradient is picked from these.
  ///
  /// Source: `index_put_with_sort_kernel` of `ATen/native/cuda/Indexing.cu`, PyTorch 2.15.
  static let indexSum = TrainingRule { dispatcher, call in
    guard let x = call.input(0), let values = call.input(1) else { return [] }
    let places = call.inputs.dropFirst(2).compactMap(\.self)
    let kernel = "_index_put_impl_"
    dispatcher.begin(kernel)
    let y =
      call.isInPlace ? dispatcher.share(x) : dispatcher.make(x.layout.densified(), by: "clone")
    dispatcher.sortPlaces(places.first, of: x.shape.first ?? 1, by: kernel)
    dispatcher.record("IndexPutBackward0", from: [x, values], to: [y], saving: places) {
      dispatcher, call in
      dispatcher.passing(call, picking: values.shape, by: "index_Tensor")
    }
    return [y]
  }

  /// The sum or mean of the rows of each bag: which bag each index is in is kept, and how many are in each.
  ///
  /// Source: `ATen/native/cuda/EmbeddingBag.cu`, PyTorch 2.15.
  static let embeddingBag = TrainingRule { dispatcher, call in
    guard let table = call.input(0), let given = call.input(1), let type = call.outputs.first,
      table.shape.count == 2
    else { return [] }
    let indices = dispatcher.contiguous(given)
    let kernel = "_embedding_bag"
    let bags = type.shape.first ?? 0
    let offsets =
      call.input(2)
      ?? dispatcher.make(TensorType(indices.dataType, [bags]), by: "arange_start_step")
    let size = dispatcher.make(TensorType(indices.dataType, [bags]), by: kernel)
    let bag = dispatcher.make(
      TensorType(indices.dataType, [indices.layout.elementCount]), by: kernel)
    let y = dispatcher.make(TensorType(table.dataType, type.shape), by: kernel)
    let isLargest = call.attributes.string("mode") == "max"
    let largest =
      isLargest ? dispatcher.make(TensorType(indices.dataType, type.shape), by: kernel) : nil
    dispatcher.record(
      "EmbeddingBagBackward0", from: [table], to: [y],
      saving: [indices, offsets, bag, size, largest]
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      let kernel = "_embedding_bag_dense_backward"
      guard !isLargest else { return [dispatcher.make(table.layout.type, by: kernel)] }
      return [
        dispatcher.tableGradient(gradient, table.layout, indices.layout, kernel: kernel, fewest: 0)
      ]
    }
    return [y]
  }
}

extension Dispatcher {
  /// The gradient as it is for what is added to, and picked from it for what is added.
  fileprivate mutating func passing(
    _ call: BackwardCall, picking shape: Shape, by kernel: String
  ) -> [DispatchedTensor?] {
    guard let gradient = call.gradient else { return [nil, nil] }
    let picked = TensorType(gradient.dataType, shape)
    return [call.needs(0) ? gradient : nil, call.needs(1) ? make(picked, by: kernel) : nil]
  }

  /// The first operand written over, or a new tensor that lies like it.
  fileprivate mutating func updated(
    _ x: DispatchedTensor, _ call: TrainingCall, by kernel: String
  ) -> DispatchedTensor {
    begin(kernel)
    return call.isInPlace ? share(x) : make(x.layout.densified(), by: kernel)
  }

  fileprivate mutating func gradientsOfMeans(
    _ gradient: DispatchedTensor, _ gathered: TensorType, isNeeded: [Bool]
  ) -> [DispatchedTensor?] {
    let layout = gradient.layout.densified()
    let ones = make(layout, by: "ones_like")
    let more = make(gathered, by: "ones_like")
    let counts = make(layout, by: "scatter_add")
    release(ones)
    release(more)
    scratch(layout.elementCount, by: "eq_Scalar")
    let first = make(layout, by: "div_Tensor")
    let parts = (0..<2).map { _ in make(gathered, by: "gather") }
    let second = make(gathered, by: "div_Tensor")
    release(parts)
    release(counts)
    guard isNeeded.first == true else {
      release(first)
      return [nil, second]
    }
    return [first, second]
  }

  fileprivate mutating func gradientsOfExtremes(
    _ gradient: DispatchedTensor, _ gathered: TensorType
  ) -> [DispatchedTensor?] {
    let layout = gradient.layout.densified()
    let value = make(gathered, by: "gather")
    func flagged(_ layout: TensorLayout) -> DispatchedTensor {
      let flags = make(layout.densified(as: .bool), by: "eq_Tensor")
      let numbers = make(layout, by: "_to_copy")
      release(flags)
      return numbers
    }
    let isOwn = flagged(layout)
    let isSource = flagged(TensorLayout(gathered))
    let count = make(layout, by: "scatter_add")
    let share = make(layout, by: "div_Tensor")
    func product(_ layout: TensorLayout) -> DispatchedTensor {
      let flags = make(layout.densified(as: .bool), by: "eq_Tensor")
      let made = make(layout, by: "mul_Tensor")
      release(flags)
      return made
    }
    let first = product(layout)
    let spread = make(gathered, by: "gather")
    let second = product(TensorLayout(gathered))
    release([spread, share, count, isSource, isOwn, value])
    return [first, second]
  }

  /// Places in order, beside where they stood.
  fileprivate mutating func sortPlaces(
    _ places: DispatchedTensor?, of rows: Int, by kernel: String
  ) {
    guard let places else { return }
    let list = TensorType(.int64, [places.layout.elementCount])
    let bounds = (0..<2).map { _ in make(TensorType(.int64, []), by: "aminmax") }
    scratch(1, by: "lt_Scalar")
    scratch(1, by: "ge_Scalar")
    release(bounds)
    let wrapped = make(list, by: kernel)
    let offsets = make(list, by: kernel)
    release(wrapped)
    let sorted = (0..<3).map { _ in make(list, by: kernel) }
    scratch(Self.sortScratch(list.elementCount, keysBelow: rows), by: kernel)
    release([offsets] + sorted)
  }
}
