import ModelGraph

/// Tells what the tensors of a checkpoint are, from where they stand in it.
struct CheckpointRoles {
  /// Whether a part of the checkpoint is a model, beside which other tensors stand.
  private let hasModel: Bool

  init(_ tensors: [ObjectWalk.Found]) {
    hasModel = tensors.contains { $0.section == .model && !$0.isAtRoot }
  }

  func role(of found: ObjectWalk.Found) -> Tensor.Role {
    switch found.section {
    case .optimizer: .optimizerState
    case .other: .constant
    case .average where hasModel: .state
    case .model where isBesideModel(found): .constant
    case .model, .average: ownRole(of: found)
    }
  }

  /// Whether a single tensor stands beside the dictionary of a model, as counters do.
  private func isBesideModel(_ found: ObjectWalk.Found) -> Bool {
    hasModel && found.isAtRoot && !found.name.contains(".") && found.tensor.isParameter == nil
  }

  /// What the file says, or what the name tells.
  private func ownRole(of found: ObjectWalk.Found) -> Tensor.Role {
    switch found.tensor.isParameter {
    case true?: .parameter
    case false?: .state
    case nil: TensorRoles.role(of: found.name, type: found.tensor.type)
    }
  }
}
