import ModelGraph

/// What a program says whatever the sizes of its symbols are, found once for all of them.
struct ProgramFacts: Sendable {
  /// The graph, with what a live module runs in place of what tracing wrote down.
  let body: ExportedBody

  /// The sizes that depend on contents, each as small as may be.
  let contentSizes: [String: Int]

  /// The tensor whose type each cast asks for, by the cast's output.
  let castModels: [String: String]

  /// The masks that only tracing makes.
  let masks: UnneededMasks

  /// What the nodes are to be written as.
  let nodes: Deferred<NodeFacts>

  init(_ program: ExportedProgram) {
    let casts = CastTypes(StandInCasts(InlinedRegions(program.forward).body).body)
    let attention = AttentionCasts(casts.body)
    castModels = casts.models.merging(attention.models) { _, ofAttention in ofAttention }
    var body = UnrolledSolves(PackedSequences(UnseenCasts(attention.body).body).body).body
    contentSizes = ContentSizes(body, program.ranges).sizes
    masks = UnneededMasks(body)
    body.nodes = masks.repeated.undone(in: body.nodes)
    body.tensors = masks.seenThrough(in: body)
    self.body = body
    nodes = Deferred { [body, masks] in NodeFacts(body, masks, program) }
  }
}

/// What is known of the nodes of a program before they are written in our operators.
struct NodeFacts: Sendable {
  /// What noise is multiplied with, and what the host makes.
  let noise: NoiseModels
  let hostTensors: HostTensors
  let cached: CachedAttributes
  let bases: ViewBases
  let bounds: HalfPrecisionBounds
  let dropped: DroppedBranches

  /// Whether layers are given by name all that comes beside what they go on with.
  let namesLayerInputs: Bool

  /// Whether layers are given by name what gives gradients beside what they go on with.
  let namesLayerGradients: Bool

  /// Whether layers are given the cosines and sines of positions by name; timm gives them by position.
  let namesLayerPositions: Bool

  /// The modules that the library has computed again, where that is known.
  let libraryBlocks: LibraryBlocks

  /// The calls of functions with a backward pass of their own, by their first node.
  let functions: [Int: OwnFunctions.Call]

  /// What the model itself has computed again.
  let recomputed: RecomputedCalls

  /// The nodes that a live module does not run on the device, by index.
  let unneeded: Set<Int>

  init(_ body: ExportedBody, _ masks: UnneededMasks, _ program: ExportedProgram) {
    noise = NoiseModels(body)
    hostTensors = HostTensors(body, constants: program.names(of: .constant))
    cached = CachedAttributes(body, buffers: program.names(of: .state))
    bases = ViewBases(body)
    bounds = HalfPrecisionBounds(body)
    dropped = DroppedBranches(body, modules: program.modules)
    functions = OwnFunctions(body).calls
    recomputed = RecomputedCalls(body)
    let (files, isOfTransformers) = (body.files, body.isOfTransformers)
    namesLayerPositions = isOfTransformers
    namesLayerInputs = isOfTransformers && NamedLayerInputs.areIn(files)
    namesLayerGradients = isOfTransformers && NamedLayerInputs.arePlacesIn(files)
    libraryBlocks = LibraryBlocks(body, files: files)
    unneeded = masks.nodes.union(hostTensors.nodes).union(cached.nodes)
  }
}

extension ExportedProgram {
  /// The graph's names of what the file stores in a role.
  fileprivate func names(of role: Tensor.Role) -> Set<String> {
    Set(stored.filter { $0.value.role == role }.map(\.key.text))
  }
}

extension UnneededMasks {
  /// The tensors of a body, those behind masks with the types of what is seen through them.
  fileprivate func seenThrough(in body: ExportedBody) -> NameMap<ExportedTensor> {
    var tensors = body.tensors
    guard !unmasked.isEmpty || !futureHidden.isEmpty else { return tensors }
    for node in body.nodes {
      guard let result = node.outputs.first, let result else { continue }
      if let original = unmasked[result] ?? futureHidden[result] {
        tensors[result] = tensors[original]
      } else if node.target.name == "contiguous",
        let name = node.operand,
        unmasked[name] != nil || futureHidden[name] != nil
      {
        // A copy of it is no larger than the tensor itself.
        let sizes = tensors[name]?.sizes ?? []
        tensors[result]?.sizes = sizes
        tensors[result]?.strides = []
      }
    }
    return tensors
  }
}
