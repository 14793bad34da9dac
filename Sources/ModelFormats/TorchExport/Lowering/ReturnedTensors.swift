import ModelGraph

/// What calls of modules return besides what their last node makes.
///
/// A file tells no `return`. What a call makes and something reads after it must have been returned, as
/// `outputs = self.encoder(x)` returns a sequence and its mean. What nothing reads is known from the
/// modules' own code.
struct ReturnedTensors {
  /// The tensors that a call returns although nothing reads them.
  fileprivate struct Unread {
    var name: String
    var node: Int
  }

  private let body: ExportedBody
  private let uses: TensorUses

  /// By the depth of the call's frame, in the order of the nodes.
  private var unread: [Int: [Unread]] = [:]

  init(_ body: ExportedBody, _ uses: TensorUses) {
    self.body = body
    self.uses = uses
    for index in body.nodes.indices where body.nodes[index].isOfTransformers {
      let frames = body.nodes[index].frames
      for depth in frames.indices
      where frames[depth].readsWhatIsReturned
        || depth > 0 && frames[depth].poolsLastState
          && frames[depth - 1].goesOnWithAll(of: frames[depth])
      {
        note(frames[depth], depth, index)
      }
      if let depth = listedDepth(index) { noteListed(body.nodes[index], depth, index) }
    }
  }

  /// The depth of the call that lists what a node ends to make, and returns the list; `nil` if none does.
  private func listedDepth(_ index: Int) -> Int? {
    let frames = body.nodes[index].frames
    guard let depth = frames.firstIndex(where: \.fusesLevels) else { return nil }
    let after = index + 1 < body.nodes.count ? body.nodes[index + 1].frames : []
    let isSame =
      after.count > depth + 1 && frames.count > depth + 1 && after[depth] == frames[depth]
      && after[depth + 1].module == frames[depth + 1].module
    return isSame ? nil : depth
  }

  /// Notes one of a list that a call returns, and the call around it, too.
  private mutating func noteListed(_ node: ExportedNode, _ depth: Int, _ index: Int) {
    guard let name = node.outputs.first ?? nil else { return }
    for depth in [depth - 1, depth] where depth >= 0 {
      unread[depth, default: []].append(Unread(name: name, node: index))
    }
  }

  /// Notes what a statement reads first, if it is the statement's first node to do so.
  private mutating func note(_ frame: PythonFrame, _ depth: Int, _ index: Int) {
    let node = body.nodes[index]
    let known = unread[depth]?.last?.node ?? -1
    guard known < 0 || body.nodes[known].frames.dropFirst(depth).first != frame,
      let name = node.tensorNames.first(where: {
        isMadeBefore($0, index)
      })
    else { return }
    unread[depth, default: []].append(Unread(name: name, node: index))
  }

  private func isMadeBefore(_ name: String, _ index: Int) -> Bool {
    guard let maker = uses.makers[name], maker < index else { return false }
    return body.tensors[name]?.dataType.isFloatingPoint ?? false
  }

  /// What the calls in a statement of a call at a depth return, beside what it assigns; of several
  /// variables each has its own.
  func extras(_ nodes: ClosedRange<Int>, depth: Int, assigned: Set<String>) -> [String] {
    let ofCalls = unread[depth + 1] ?? []
    let kept = ofCalls[ofCalls.firstIndex(notBefore: nodes.lowerBound)...]
      .prefix { $0.node <= nodes.upperBound }.map(\.name)
    var read: [String] = []
    for index in nodes where body.nodes[index].frames.count > depth + 1 {
      for case let name? in body.nodes[index].outputs
      where uses.isRead(name, after: nodes.upperBound) && !assigned.contains(name) {
        read.append(name)
      }
    }
    return read + kept
  }
}

extension PythonFrame {
  /// Whether a statement reads first what its call returns although nothing reads it then: what
  /// stands before a stage's last layer makes it smaller, and inputs without their places.
  ///
  /// Source: `SwinStage` and `PerceiverImagePreprocessor` and their copies, transformers 5.23.
  fileprivate var readsWhatIsReturned: Bool {
    if Self.filesOfStages.contains(file) { return statement.methods.contains("downsample") }
    guard file == "modeling_perceiver.py" else { return false }
    return statement.methods.contains("_build_network_inputs")
      || targets == ["embeddings"] && statement.methods.contains("position_embeddings")
  }

  /// Whether a statement of a model inside of another makes one vector of a last hidden state, beside which that is returned.
  ///
  /// As in `pooled_output = torch.mean(last_hidden_state, dim=[-2, -1])`. Source: models with `BaseModelOutputWithPooling` and its
  /// copies, transformers 5.23.
  fileprivate var poolsLastState: Bool {
    targets == ["pooled_output"] && statement.readNames.contains("last_hidden_state")
  }

  /// Whether a statement gives its variable all that the call of a module returns: it calls the module itself or a method
  /// like `get_image_features`, where others pick what they need, as CLIPSeg's `get_conditional_embeddings` does.
  fileprivate func goesOnWithAll(of call: PythonFrame) -> Bool {
    call.module.child(of: module).map(statement.methods.contains) ?? true
      || !statement.methods.contains { $0.hasPrefix("get_") && !$0.hasSuffix("_features") }
  }

  /// Whether a statement makes one of the levels that a stage lists and returns, of which the last alone may be read.
  ///
  /// Source: `DPTFeatureFusionStage` of `modeling_dpt.py` and its copies, transformers 5.23.
  fileprivate var fusesLevels: Bool { targets == ["fused_hidden_state"] }

  private static let filesOfStages: Set = [
    "modeling_clap.py", "modeling_dinat.py", "modeling_donut_swin.py", "modeling_focalnet.py",
    "modeling_swinv2.py",
  ]
}

extension [ReturnedTensors.Unread] {
  /// The place of the first that is read at a node or after it.
  fileprivate func firstIndex(notBefore node: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].node < node { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
