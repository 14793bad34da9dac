/// What a part of a checkpoint is for.
enum Section: Hashable {
  case model

  /// Running averages of the weights.
  case average
  case optimizer

  /// What else training keeps: random states, metrics, schedules.
  case other
}

extension Section {
  /// What the key of a dictionary near the root of a checkpoint says; `nil` if it says nothing.
  init?(ofKey key: String) {
    let words = key.lowercased().split { "_- ./".contains($0) }
    if words.contains(where: { $0.hasPrefix("optim") || $0 == "opt" }) {
      self = .optimizer
    } else if words.contains(where: Self.otherWords.contains) {
      self = .other
    } else if words.contains(where: Self.averageWords.contains) {
      self = .average
    } else {
      return nil
    }
  }

  /// Whether the key of a tensor says that it is the state of a generator of random numbers.
  static func isRandomState(_ key: String) -> Bool {
    let words = key.lowercased().split { "_- ./".contains($0) }
    return words.contains("rng") || words.contains("seed") || key.hasPrefix("random_state")
  }

  /// Whether the keys of a dictionary are those of `torch.optim`'s `state_dict`.
  static func isOptimizer(_ keys: Set<String>) -> Bool {
    keys.contains("state") && keys.contains("param_groups")
  }

  private static let averageWords: Set<Substring> = ["ema", "swa", "averaged"]

  private static let otherWords: Set<Substring> = [
    "rng", "scheduler", "schedulers", "sched", "scaler", "scalers", "callbacks", "loops", "hparams",
    "hyper", "hyperparameters", "args", "config", "metrics", "history", "losses", "loss", "stats",
    "sampler", "dataloader", "datamodule",
  ]
}
