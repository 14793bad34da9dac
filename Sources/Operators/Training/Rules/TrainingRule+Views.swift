import ModelGraph

extension TrainingRule {
  /// The same elements in the output's shape.
  static let reshaping = TrainingRule.unary { dispatcher, x, call in
    let shape = call.outputs.first?.shape ?? x.shape
    if let axis = call.attributes.integer("unsqueezed"), let layout = x.layout.unsqueezed(at: axis)
    {
      return dispatcher.reshape(x, as: layout, "UnsqueezeBackward0")
    }
    if let axis = call.attributes.integer("squeezed"), x.shape.indices.contains(axis),
      x.shape[axis] == 1
    {
      return dispatcher.reshape(x, as: x.layout.selected(axis: axis), "SqueezeBackward1")
    }
    return dispatcher.reshape(x, shape)
  }

  static let permutation = TrainingRule.unary { dispatcher, x, call in
    let stated = call.attributes.integers("perm")?.map { $0 < 0 ? $0 + x.shape.count : $0 }
    return dispatcher.permute(x, stated ?? x.shape.indices.reversed())
  }

  static let expansion = TrainingRule.unary { dispatcher, x, call in
    dispatcher.expand(x, to: call.outputs.first?.shape ?? x.shape)
  }

  static let selection = TrainingRule.unary { dispatcher, x, call in
    let axis = call.attributes.integer("axis") ?? 0
    let layout = x.layout.selected(axis: axis < 0 ? axis + x.shape.count : axis)
    return dispatcher.part(x, as: layout, gradientBy: "select_backward")
  }

  static let narrowing = TrainingRule.unary { dispatcher, x, call in
    guard let type = call.outputs.first, type.rank == x.shape.count else { return x }
    guard let axis = x.shape.indices.first(where: { x.shape[$0] != type.shape[$0] }) else {
      return x
    }
    let step = call.attributes.integer("step") ?? 1
    let layout = x.layout.narrowed(axis: axis, to: type.shape[axis], step: step)
    return dispatcher.part(x, as: layout, gradientBy: "slice_backward")
  }

  /// Overlapping runs of an axis as a last axis.
  static let runs = TrainingRule.unary { dispatcher, x, call in
    guard let type = call.outputs.first, type.rank == x.shape.count + 1,
      let axis = call.attributes.integer("axis"), x.shape.indices.contains(axis)
    else { return x }
    var strides = x.layout.strides
    let step = max(1, call.attributes.integer("step") ?? 1)
    strides.append(strides[axis])
    strides[axis] = saturatingProduct(strides[axis], step)
    let layout = TensorLayout(TensorType(x.dataType, type.shape), strides: strides)
    return dispatcher.part(x, as: layout, gradientBy: "unfold_backward")
  }

  /// Another element type: the output's, or single precision where that is asked for by name.
  static let conversion = TrainingRule.unary { dispatcher, x, call in
    guard let type = call.outputs.first else { return x }
    let isSingle = call.attributes.flag("single") && type.dataType.isFloatingPoint
    return dispatcher.cast(
      x, to: isSingle ? .float32 : type.dataType, isDense: call.attributes.flag("dense"))
  }

  /// One value in a shape, in single precision whatever the model computes in if that is asked for.
  static let filled = TrainingRule { dispatcher, call in
    call.outputs.map { type in
      let isSingle = call.attributes.flag("single") && type.dataType.isFloatingPoint
      let made = isSingle ? TensorType(.float32, type.shape) : type
      return dispatcher.make(made, by: "ConstantOfShape")
    }
  }

  /// Another type; what the host has comes to the device in it.
  static let inPrecision = TrainingRule { dispatcher, call in
    let isSingle = call.attributes.flag("single")
    let told = call.attributes.string("model").flatMap(DataType.init(rawValue:))
    let model = told ?? call.input(1)?.dataType ?? dispatcher.environment.parameterType
    let target = isSingle ? .float32 : model
    guard let x = call.input(0) else {
      return call.outputs.prefix(1).map {
        dispatcher.make(
          $0.dataType.isFloatingPoint ? TensorType(target, $0.shape) : $0, by: "_to_copy")
      }
    }
    guard x.dataType.isFloatingPoint else { return [x] }
    if call.attributes.flag("autocast") {
      return [dispatcher.cast(x, to: dispatcher.environment.autocast ?? x.dataType)]
    }
    return [dispatcher.cast(x, to: target, isDense: call.attributes.flag("dense"))]
  }

  static let boundingInHalf = TrainingRule.unary { dispatcher, x, call in
    guard x.dataType == .float16 else { return x }
    guard call.attributes.flag("tensors") else {
      return dispatcher.clamp(x, isBoundedBelow: true, isBoundedAbove: true, inPlace: false)
    }
    let number = TensorType(.float32, [])
    let size = dispatcher.make(x.layout.densified(), by: "abs")
    let infinite = dispatcher.make(x.layout.densified(as: .bool), by: "isinf")
    dispatcher.release(size)
    let found = dispatcher.make(TensorType(.bool, []), by: "any")
    dispatcher.release(infinite)
    let choices = (0..<2).map { _ in dispatcher.make(number, by: "scalar_tensor") }
    let high = dispatcher.make(number, by: "where_self")
    for choice in choices.reversed() { dispatcher.release(choice) }
    dispatcher.release(found)
    let low = dispatcher.make(number, by: "neg")
    let bounded = dispatcher.clampBetweenTensors(x, [low, high])
    for bound in [high, low] { dispatcher.release(bound) }
    return bounded
  }

  /// Equal parts of one axis; the gradient joins theirs.
  static let chunking = TrainingRule { dispatcher, call in
    guard let x = call.input(0) else { return [] }
    let parts = call.outputs.map {
      let type = TensorType(x.dataType, $0.shape)
      return dispatcher.share(x, as: TensorLayout(type, strides: x.layout.strides))
    }
    dispatcher.record("SplitBackward0", from: [x], to: parts) { dispatcher, call in
      for (gradient, part) in zip(call.gradients, parts) where gradient == nil {
        _ = dispatcher.make(part.layout.type, by: "zeros")
      }
      // Joined with their channels last if all lie so.
      let areLast = call.gradients.allSatisfy { $0?.layout.suggestsChannelsLast ?? false }
      let type = x.layout.type
      return [
        dispatcher.make(areLast ? TensorLayout(channelsLast: type) : TensorLayout(type), by: "cat")
      ]
    }
    return parts
  }

  /// Each index of an axis by itself; the gradient stacks theirs.
  static let unbinding = TrainingRule { dispatcher, call in
    guard let x = call.input(0), !x.shape.isEmpty else { return [] }
    let axis = (try? call.call.axis(default: 0, rank: x.shape.count)) ?? 0
    let parts = call.outputs.map { _ in dispatcher.share(x, as: x.layout.selected(axis: axis)) }
    dispatcher.record("UnbindBackward0", from: [x], to: parts) { dispatcher, call in
      for (gradient, part) in zip(call.gradients, parts) where gradient == nil {
        _ = dispatcher.make(part.layout.type, by: "zeros")
      }
      return [dispatcher.make(x.layout.type, by: "stack")]
    }
    return parts
  }

  /// Rows named by indices along some axes; the gradient adds theirs to zeros of the whole size.
  static let indexing = TrainingRule { dispatcher, call in
    guard let x = call.input(0), let type = call.outputs.first else { return [] }
    let isOnHost = call.attributes.flag("host")
    let copies =
      isOnHost ? [] : dispatcher.alignedPlaces(call.inputs.dropFirst().compactMap(\.self))
    let y = dispatcher.make(TensorType(x.dataType, type.shape), by: "index_Tensor")
    for copy in copies.reversed() { dispatcher.release(copy) }
    let adds = call.attributes.flag("adds")
    // Of places on the host, the kernel has a copy for itself.
    let places = isOnHost ? [] : Array(call.inputs.dropFirst())
    dispatcher.record("IndexBackward0", from: [x], to: [y], saving: places) {
      dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      // `index_select` adds rows one by one.
      guard !adds else { return [dispatcher.make(x.layout.type, by: "new_zeros")] }
      return [dispatcher.gradientOfRows(gradient, x.layout.type, places.first ?? nil)]
    }
    return [y]
  }

  /// Elements put before and after each axis, or a copy where there are none; where they are the tensor's own, their gradients are
  /// added to zeros like the input, which is kept.
  static let padding = TrainingRule.unary { dispatcher, x, call in
    guard let shape = call.outputs.first?.shape else { return x }
    let isOwn = call.attributes.string("mode").map { $0 != "constant" } ?? false
    let layout =
      shape == x.shape && !isOwn
      ? x.layout.densified() : x.layout.suggested(TensorType(x.dataType, shape))
    let y = dispatcher.make(layout, by: isOwn ? "reflection_pad2d" : "constant_pad_nd")
    // What goes round is copied part by part, and nothing is kept of it.
    let keeps = isOwn && call.attributes.string("mode") != "wrap"
    dispatcher.record("PadBackward", from: [x], to: [y], saving: keeps ? [x] : []) {
      dispatcher, call in
      let kernel = isOwn ? "zeros_like" : "constant_pad_nd"
      return [call.gradient.map { _ in dispatcher.make(x.layout.densified(), by: kernel) }]
    }
    return y
  }

  /// Whole axes repeated; the gradient is summed over the repetitions.
  static let repetition = TrainingRule.unary { dispatcher, x, call in
    call.outputs.first.map { dispatcher.repeated(x, to: $0.shape) } ?? x
  }

  /// The elements moved along each axis in turn, by a copy for each, of rows in order.
  ///
  /// Source: `ATen/native/cuda/TensorTransformations.cu`, PyTorch 2.15.
  static let rolling = TrainingRule.unary { dispatcher, x, call in
    let count = max(1, call.attributes.integers("dims")?.count ?? 1)
    let y = dispatcher.roll(x, count)
    dispatcher.record("RollBackward0", from: [x], to: [y]) { dispatcher, call in
      [call.gradient.map { dispatcher.roll($0, count) }]
    }
    return y
  }

  /// A dense tensor: a copy if need be, or in any case, in the same order of axes or in row-major order.
  static let contiguousCopy = TrainingRule.unary { dispatcher, x, call in
    // What is a copy already, in this precision, may be a stack of matrices as it lies.
    if call.attributes.flag("stacks"), x.shape.count > 2,
      x.layout.viewed(as: [Shape(x.shape.dropLast(2)).elementCount] + x.shape.suffix(2)) != nil
    {
      return x
    }
    let copies = call.attributes.integer("copies") ?? 0
    return copies == 0 ? dispatcher.contiguous(x) : dispatcher.clone(x, isContiguous: copies == 2)
  }

  /// Tensors joined along an axis; the gradients are parts of the output's.
  static let concatenation = TrainingRule { dispatcher, call in
    let parts = call.inputs.compactMap(\.self)
    guard let type = call.outputs.first, !parts.isEmpty else { return [] }
    let axis = call.attributes.integer("axis") ?? 0
    let position = axis < 0 ? axis + type.rank : axis
    let widest = parts.map(\.dataType).reduce(parts[0].dataType, promoted)
    let areLast = parts.allSatisfy(\.layout.suggestsChannelsLast)
    let joined = TensorType(widest, type.shape)
    let y = dispatcher.make(
      areLast ? TensorLayout(channelsLast: joined) : TensorLayout(joined), by: "cat")
    dispatcher.record("CatBackward0", from: parts, to: [y]) { dispatcher, call in
      parts.indices.map { index in
        guard call.needs(index), let gradient = call.gradient else { return nil }
        let layout = gradient.layout.narrowed(
          axis: position, to: parts[index].shape[position])
        return dispatcher.share(gradient, as: layout)
      }
    }
    return [y]
  }
}

extension Dispatcher {
  /// The copies that a kernel makes of places along several axes whose strides differ.
  ///
  /// Source: `AdvancedIndex` of `ATen/native/TensorAdvancedIndexing.cpp`, PyTorch 2.15.
  fileprivate mutating func alignedPlaces(_ places: [DispatchedTensor]) -> [DispatchedTensor] {
    var shape: Shape? = []
    for place in places { shape = shape.flatMap { try? broadcastShape($0, place.shape) } }
    guard let shape, places.count > 1 else { return [] }
    let layouts = places.map { $0.layout.expanded(to: shape) }
    guard !layouts.allSatisfy({ $0.strides == layouts[0].strides }) else { return [] }
    return layouts.filter { !$0.isContiguous }.map { make($0.type, by: "clone") }
  }

  /// Whole axes repeated to a shape.
  mutating func repeated(_ x: DispatchedTensor, to shape: Shape) -> DispatchedTensor {
    let y = make(TensorType(x.dataType, shape), by: "repeat")
    record("RepeatBackward0", from: [x], to: [y]) { dispatcher, call in
      [call.gradient.map { dispatcher.sumOfRepetitions($0, x.shape) }]
    }
    return y
  }

  /// The sum over the repetitions of a tensor of a shape.
  fileprivate mutating func sumOfRepetitions(
    _ gradient: DispatchedTensor, _ shape: Shape
  ) -> DispatchedTensor {
    let whole = gradient.shape
    guard whole.count >= shape.count else { return gradient }
    let full = Array(repeating: 1, count: whole.count - shape.count) + shape
    var split: Shape = []
    var axes: Set<Int> = []
    for (size, own) in zip(whole, full) where own > 0 {
      if size != own {
        axes.insert(split.count)
        split.append(size / own)
      }
      split.append(own)
    }
    guard !axes.isEmpty else { return gradient }
    let parts = reshape(gradient, split)
    let total = sum(parts, over: axes, keepsAxes: false)
    return total.shape == shape
      ? total : share(total, as: TensorLayout(TensorType(total.dataType, shape)))
  }

  /// A copy for each axis, of which the last stays: the calls for the axes before it are around its own.
  ///
  /// Source: `roll_common` of `ATen/native/TensorTransformations.h`, PyTorch 2.15.
  fileprivate mutating func roll(_ x: DispatchedTensor, _ count: Int) -> DispatchedTensor {
    let layout = TensorLayout(x.layout.type)
    let dense = temporarilyDense(x, as: layout)
    var made = [make(layout, by: "roll")]
    drop(dense, ifCopyOf: x)
    for _ in 1..<count { made.append(make(layout, by: "roll")) }
    let y = made[count - 1]
    release(Array(made.dropLast()))
    return y
  }
}

extension Dispatcher {
  /// Rows added to zeros, after their places were sorted.
  ///
  /// Source: `index_put_with_sort_kernel` of `ATen/native/cuda/Indexing.cu`, PyTorch 2.15.
  fileprivate mutating func gradientOfRows(
    _ gradient: DispatchedTensor, _ type: TensorType, _ places: DispatchedTensor?
  ) -> DispatchedTensor {
    let kernel = "_index_put_impl_"
    let made = make(type, by: kernel)
    guard let places else { return made }
    let list = TensorType(.int64, [places.layout.elementCount])
    let wrapped = make(list, by: kernel)
    let offsets = make(list, by: kernel)
    release(wrapped)
    let copies = rowMajor([gradient])
    let sorted = (0..<3).map { _ in make(list, by: kernel) }
    let width = max(1, gradient.layout.elementCount / max(1, list.elementCount))
    let rows = type.elementCount / width
    scratch(Self.sortScratch(list.elementCount, keysBelow: rows), by: kernel)
    release([offsets] + copies + sorted)
    return made
  }
}
